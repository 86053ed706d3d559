//! Which of the user's tasks a sentence means.

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveDateTime};
use domain::{FoundTask, Status, TaskSearch};
use language::{Command, Filter, Part, Target, TargetKind};
use uuid::Uuid;

use crate::plan::Verb;

/// How many tasks one command may touch.
pub(crate) const MOST_TASKS: usize = 100;
/// How many tasks of one title are looked at.
const MOST_CANDIDATES: u32 = 50;
/// How well words must fit a title.
const FITS: f64 = 0.6;

/// Words that name no task.
const SMALL: [&str; 30] = [
    "a", "an", "the", "my", "our", "to", "of", "for", "with", "and", "in", "on", "at", "this",
    "that", "task", "tasks", "todo", "one", "کو", "کا", "کی", "کے", "والا", "والی", "میرا", "میری",
    "کام", "ٹاسک", "سے",
];

/// How words find nothing yet: any task of these statuses.
pub(crate) fn any(statuses: &[Status], limit: u32) -> TaskSearch {
    TaskSearch {
        ids: None,
        words: None,
        statuses: statuses.to_vec(),
        overdue: false,
        due_from: None,
        due_before: None,
        priority: None,
        tags: Vec::new(),
        limit,
    }
}

/// The tasks of these ids, the trash included.
pub(crate) fn by_ids(ids: &[Uuid]) -> TaskSearch {
    let all = [Status::Active, Status::Completed, Status::Deleted];
    TaskSearch {
        ids: Some(ids.to_vec()),
        ..any(&all, u32::try_from(ids.len()).unwrap_or(u32::MAX))
    }
}

/// The tasks whose titles have some of these words.
pub(crate) fn by_title(title: &str) -> TaskSearch {
    let words = words(title).iter().map(|word| stem(word)).collect();
    TaskSearch { words: Some(words), ..any(&[Status::Active, Status::Completed], MOST_CANDIDATES) }
}

/// All tasks of a kind, with what else the command names.
pub(crate) fn all(filter: Filter, command: &Command, sentence: &str, limit: u32) -> TaskSearch {
    let status = if filter == Filter::Completed { Status::Completed } else { Status::Active };
    let days = command.due.map(|due| days(command, sentence, due.at));
    TaskSearch {
        overdue: filter == Filter::Overdue,
        due_from: days.map(|(first, _)| first),
        due_before: days.map(|(_, end)| end),
        priority: command.priority,
        tags: command.tags.clone(),
        ..any(&[status], limit)
    }
}

/// The days that a query asks about: the day of its due date, or the week or month that begins
/// there, if it names one.
fn days(command: &Command, sentence: &str, at: NaiveDateTime) -> (NaiveDate, NaiveDate) {
    let said = |words: &[&str]| {
        command.spans.iter().filter(|span| span.part == Part::Due).any(|span| {
            let text = sentence.get(span.range.clone()).unwrap_or_default().to_lowercase();
            text.split_whitespace().any(|word| words.contains(&word))
        })
    };
    let first = at.date();
    let end = if said(&["weekend"]) {
        first.checked_add_days(Days::new(2))
    } else if said(&["week", "ہفتے", "ہفتہ"]) {
        let over = u64::from(first.weekday().num_days_from_monday());
        first.checked_add_days(Days::new(7 - over))
    } else if said(&["month", "مہینے", "ماہ"]) {
        first.with_day(1).and_then(|day| day.checked_add_months(Months::new(1)))
    } else {
        first.checked_add_days(Days::new(1))
    };
    (first, end.unwrap_or(NaiveDate::MAX))
}

/// A title's words as they are compared: small letters, one form of each, those that name
/// something.
pub(crate) fn words(text: &str) -> Vec<String> {
    let all: Vec<String> = text
        .to_lowercase()
        .replace('ي', "ی")
        .replace('ك', "ک")
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let telling: Vec<String> =
        all.iter().filter(|word| !SMALL.contains(&word.as_str())).cloned().collect();
    if telling.is_empty() { all } else { telling }
}

/// How well words name a title, from 0 to 1: the share of them that it has. A part of a word counts
/// for less than a word; a title of nothing else is a little better than one with more.
fn score(wanted: &[String], title: &str) -> f64 {
    if wanted.is_empty() {
        return 0.0;
    }
    let has = words(title);
    let one = |word: &String| {
        if has.contains(word) {
            1.0
        } else if has.iter().any(|other| are_forms(word, other)) {
            0.8
        } else {
            0.0
        }
    };
    let share = wanted.iter().map(one).sum::<f64>() / wanted.len() as f64;
    if has.len() == wanted.len() { share } else { share * 0.95 }
}

/// Forms of one word begin alike: `report` and `reports`, `buy` and `buying`.
fn are_forms(left: &str, right: &str) -> bool {
    let (short, long) =
        if left.chars().count() <= right.chars().count() { (left, right) } else { (right, left) };
    let rest = long.chars().count() - short.chars().count();
    short.chars().count() >= 3 && rest <= 3 && long.starts_with(short)
}

/// What the forms of a word have in common, to look for.
fn stem(word: &str) -> String {
    let length = word.chars().count();
    let kept = if length >= 5 { length - 2 } else { length };
    word.chars().take(kept).collect()
}

/// Those that the words fit best, and equally well.
pub(crate) fn best(words: &[String], found: Vec<FoundTask>) -> Vec<FoundTask> {
    let scored: Vec<(f64, FoundTask)> = found
        .into_iter()
        .map(|found| (score(words, &found.task.title), found))
        .filter(|(score, _)| *score >= FITS)
        .collect();
    let most = scored.iter().map(|(score, _)| *score).fold(0.0, f64::max);
    scored.into_iter().filter(|(score, _)| *score > most - 0.01).map(|(_, found)| found).collect()
}

/// Of what was found for a verb, those that it can be done with; the others where there are none of
/// them.
pub(crate) fn fitting(verb: Verb, found: Vec<FoundTask>) -> Vec<FoundTask> {
    let wanted = if verb == Verb::Reopen { Status::Completed } else { Status::Active };
    let (fitting, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|found| found.task.status == wanted);
    if fitting.is_empty() { others } else { fitting }
}

/// The place in a list that a target or a bare number names, from 0.
pub(crate) fn place(target: Option<&Target>, sentence: &str, length: usize) -> Option<usize> {
    let place = match target {
        Some(Target { kind: TargetKind::Place(place), .. }) => *place,
        _ => number(sentence)?,
    };
    let index = match place {
        -1 => length.checked_sub(1)?,
        _ => usize::try_from(place).ok()?.checked_sub(1)?,
    };
    (index < length).then_some(index)
}

/// A number alone, in either set of digits.
fn number(sentence: &str) -> Option<i32> {
    let text = sentence.trim().trim_start_matches('#').trim_end_matches(['.', ')', '۔']);
    let digits: Option<String> = text
        .chars()
        .map(|c| match c {
            '۰'..='۹' => char::from_digit(c as u32 - '۰' as u32, 10),
            '٠'..='٩' => char::from_digit(c as u32 - '٠' as u32, 10),
            _ => c.is_ascii_digit().then_some(c),
        })
        .collect();
    digits?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score_of(wanted: &str, title: &str) -> f64 {
        score(&words(wanted), title)
    }

    #[test]
    fn words_name_a_title_by_what_it_has_of_them() {
        assert_eq!(score_of("Buy Milk", "buy milk"), 1.0);
        for (wanted, title) in [
            ("milk", "Buy milk"),
            ("the milk task", "buy oat milk"),
            ("reports", "send the report"),
            ("دودھ والا کام", "دودھ خریدنا"),
            ("كام كرنے كي فہرست", "کام کرنے کی فہرست دیکھنا"),
        ] {
            assert!(score_of(wanted, title) >= FITS, "{wanted}: {title}");
        }
        for (wanted, title) in [
            ("milk", "buy bread"),
            ("oat milk", "buy bread"),
            ("call dad", "call mom"),
            ("ilk", "buy milk"),
            ("", "buy milk"),
        ] {
            assert!(score_of(wanted, title) < FITS, "{wanted}: {title}");
        }
        assert!(score_of("milk", "milk") > score_of("milk", "buy milk"));
    }

    #[test]
    fn small_words_count_where_there_are_no_others() {
        assert_eq!(words("the one"), ["the", "one"]);
        assert_eq!(words("the milk one"), ["milk"]);
    }

    #[test]
    fn a_number_is_a_place() {
        for (sentence, expected) in [
            ("2", Some(1)),
            (" #3. ", Some(2)),
            ("۲", Some(1)),
            ("٣", Some(2)),
            ("0", None),
            ("4", None),
            ("two", None),
            ("99999999999", None),
            ("", None),
        ] {
            assert_eq!(place(None, sentence, 3), expected, "{sentence}");
        }
        let last = Target { words: "last".to_owned(), kind: TargetKind::Place(-1) };
        assert_eq!(place(Some(&last), "the last one", 3), Some(2));
        assert_eq!(place(Some(&last), "the last one", 0), None);
    }
}
