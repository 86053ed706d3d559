//! What is said beside the thing itself: reminders, priorities, tags.

use std::ops::Range;

use domain::Priority;

use crate::calendar::Length;
use crate::command::Lead;
use crate::text::{Kind, Text};
use crate::when::length;

/// `#home`, "tagged work", "with the tag work": where it is, and its words.
pub fn tag(text: &Text<'_>, at: usize) -> Option<(Vec<String>, usize)> {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "tagged", "tagged as", "tagged with", "with tag", "with the tag", "with tags",
        "with the tags", "tags :",
    ];
    let begins = at == 0 || !text.glued(at) || text.kind(at - 1) == Some(Kind::Sign);
    if text.at(at) == "#" && begins && text.glued(at + 1) && text.kind(at + 1) != Some(Kind::Sign) {
        let end = tag_end(text, at + 1);
        // "PR #42" is a number.
        if (at + 1..end).all(|at| text.kind(at) == Some(Kind::Digits)) {
            return None;
        }
        return Some((vec![text.source[text.bytes(at + 1..end)].to_owned()], end));
    }
    let start = text.phrases(at, WORDS).or_else(|| text.phrases(at, &["ٹیگ", "ٹیگ :"]))?;
    let mut tags = Vec::new();
    let mut end = start;
    let mut next = start;
    while text.at(next) != "#" && matches!(text.kind(next), Some(Kind::Letters | Kind::Digits)) {
        let after = tag_end(text, next);
        tags.push(text.source[text.bytes(next..after)].to_owned());
        end = after;
        next = text.phrases(after, &["and", ",", ", and", "اور"]).unwrap_or(text.len());
        if text.at(after) == "," && text.kind(next + 1) == Some(Kind::Letters) {
            break;
        }
    }
    (!tags.is_empty()).then_some((tags, end))
}

/// Letters and digits, with `-` and `_` inside.
fn tag_end(text: &Text<'_>, start: usize) -> usize {
    let mut end = start + 1;
    loop {
        let sign = text.is(end, &["-", "_", "/"]) && text.glued(end) && text.glued(end + 1);
        if sign && text.kind(end + 1) != Some(Kind::Sign) {
            end += 2;
        } else if text.glued(end) && text.kind(end) != Some(Kind::Sign) && end < text.len() {
            end += 1;
        } else {
            return end;
        }
    }
}

/// "high priority", "p1", "!high", "urgent:", "it's important"; and where it ends.
pub fn priority(text: &Text<'_>, at: usize) -> Option<(Priority, usize)> {
    #[rustfmt::skip]
    const PHRASES: &[(&str, Priority)] = &[
        ("high priority", Priority::High), ("high - priority", Priority::High),
        ("highest priority", Priority::High), ("top priority", Priority::High),
        ("priority high", Priority::High), ("priority : high", Priority::High),
        ("priority is high", Priority::High), ("priority 1", Priority::High),
        ("medium priority", Priority::Medium), ("medium - priority", Priority::Medium),
        ("normal priority", Priority::Medium), ("priority medium", Priority::Medium),
        ("priority normal", Priority::Medium), ("priority : medium", Priority::Medium),
        ("priority 2", Priority::Medium), ("low priority", Priority::Low),
        ("low - priority", Priority::Low), ("lowest priority", Priority::Low),
        ("priority low", Priority::Low), ("priority : low", Priority::Low),
        ("priority 3", Priority::Low), ("not urgent", Priority::Low),
        ("not important", Priority::Low), ("no rush", Priority::Low),
        ("اعلی ترجیح", Priority::High), ("زیادہ ترجیح", Priority::High),
        ("ہائی پرائرٹی", Priority::High), ("high پرائرٹی", Priority::High),
        ("درمیانی ترجیح", Priority::Medium), ("کم ترجیح", Priority::Low),
        ("فوری طور پر", Priority::High), ("زیادہ اہم", Priority::High), ("کم اہم", Priority::Low),
        ("غیر اہم", Priority::Low),
    ];
    #[rustfmt::skip]
    const LEAD: &[&str] = &[
        "with", "with a", "as", "as a", "it's", "its", "it is", "this is", "that's", "that is",
        "this one is", "mark as", "mark it as", "make it", "set", "یہ",
    ];
    if text.at(at) == "!"
        && text.glued(at + 1)
        && let Some(level) = level(text.at(at + 1))
    {
        return Some((level, at + 2));
    }
    let lead = text.phrases(at, LEAD).unwrap_or(at);
    let very = text
        .phrases(lead, &["very", "super", "really", "so", "extremely", "بہت", "a", "an"])
        .unwrap_or(lead);
    if let Some(found) = short(text, lead) {
        return Some(found);
    }
    let phrase =
        PHRASES.iter().filter_map(|(phrase, level)| Some((text.phrase(very, phrase)?, *level)));
    if let Some((end, level)) = phrase.max_by_key(|(end, _)| *end) {
        let end = text
            .phrases(end, &["ہے", "کے ساتھ", "task", "پر"])
            .filter(|_| text.at(end) != "task")
            .unwrap_or(end);
        return Some((level, end));
    }
    let level = adjective(text.at(very))?;
    let mut end = very + 1;
    end = text.phrases(end, &["ہے"]).unwrap_or(end);
    let opens = at == 0 && text.is(end, &[":", "-", "–", "—", "!", ",", "،", "۔"]);
    let closes = text.kind(end) != Some(Kind::Letters) && text.kind(end) != Some(Kind::Digits);
    let apart = closes
        && (lead > at
            || at > 0 && text.is(at - 1, &[",", "-", "–", "—", "(", "،", "!", ".", "۔", "[", ";"]));
    let asap = text.at(very) == "asap" && closes;
    (opens || apart || asap).then_some((level, end))
}

/// "p1", with nothing glued behind.
fn short(text: &Text<'_>, at: usize) -> Option<(Priority, usize)> {
    if text.at(at) != "p"
        || !text.glued(at + 1)
        || text.glued(at + 2) && text.kind(at + 2) != Some(Kind::Sign)
    {
        return None;
    }
    match text.at(at + 1) {
        "1" => Some((Priority::High, at + 2)),
        "2" => Some((Priority::Medium, at + 2)),
        "3" | "4" => Some((Priority::Low, at + 2)),
        _ => None,
    }
}

/// A level by its name.
pub fn level(word: &str) -> Option<Priority> {
    match word {
        "high" | "highest" | "top" | "ہائی" | "اعلی" => Some(Priority::High),
        "medium" | "normal" | "درمیانی" => Some(Priority::Medium),
        "low" | "lowest" | "کم" => Some(Priority::Low),
        _ => None,
    }
}

/// An adjective that says how much a task matters, where it speaks of the task and not of a thing in its title.
pub fn adjective(word: &str) -> Option<Priority> {
    match word {
        "urgent" | "important" | "critical" | "asap" | "urgently" | "فوری" | "اہم" | "ضروری"
        | "ارجنٹ" => Some(Priority::High),
        _ => None,
    }
}

/// "30 minutes before", "an hour early", ایک دن پہلے; and where it ends. What it is before is not part of it.
pub fn lead(text: &Text<'_>, at: usize) -> Option<(Lead, usize)> {
    #[rustfmt::skip]
    const BEFORE: &[&str] = &[
        "before", "early", "earlier", "prior", "prior to", "in advance", "ahead", "ahead of",
        "beforehand", "ahead of time", "پہلے", "قبل", "before it's due",
    ];
    const REMINDER: &[&str] = &["reminder", "alert", "heads up", "heads - up", "warning"];
    const LEAD: &[&str] = &[
        "with a",
        "with",
        "about",
        "reminder",
        "with a reminder",
        "with reminder",
        "a reminder",
        "alert",
    ];
    let start = text.phrases(at, LEAD).unwrap_or(at);
    let (length, end) = length(text, start, false)?;
    if let Some(end) = text.phrases(end, REMINDER).filter(|_| start > at || end > start) {
        return Some((whole(length)?, text.phrases(end, &["before"]).unwrap_or(end)));
    }
    let after = text.phrases(end, BEFORE)?;
    let due =
        ["that", "then", "it's due", "it is due", "the due date", "the due time", "due", "it"];
    Some((whole(length)?, text.phrases(after, &due).unwrap_or(after)))
}

fn whole(length: Length) -> Option<Lead> {
    let days = u32::try_from(length.months.checked_mul(30)?.checked_add(length.days)?).ok()?;
    Some(Lead { days, minutes: u32::try_from(length.seconds / 60).ok()? })
}

/// Words that call for a reminder, English or Urdu; and where they end.
pub fn remind(text: &Text<'_>, at: usize) -> Option<usize> {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "remind me", "remind us", "notify me", "alert me", "ping me", "nudge me",
        "with a reminder", "with reminder", "set a reminder", "send me a reminder",
        "give me a heads up", "یاد دلانا", "یاد دلاؤ", "یاد دلا", "یاد دلائیں", "یاد کروا",
        "یاد کرانا", "یاد دہانی", "یاد دلاؤنا", "یاد کروانا",
    ];
    text.phrases(at, WORDS)
}

/// Whether a range of words calls for a reminder.
pub fn reminds(text: &Text<'_>, mut words: Range<usize>) -> bool {
    words.any(|at| remind(text, at).is_some() || text.is(at, &["reminder", "reminders"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_as_typed() {
        for (text, tags) in [
            ("#home", vec!["home"]),
            ("#Work-2026", vec!["Work-2026"]),
            ("#گھر", vec!["گھر"]),
            ("tagged work and home", vec!["work", "home"]),
        ] {
            let text = Text::new(text);
            assert_eq!(tag(&text, 0).unwrap().0, tags, "{}", text.source);
        }
        assert!(tag(&Text::new("# home"), 0).is_none());
    }

    #[test]
    fn adjectives_count_only_where_they_stand_apart() {
        let found = |text: &str| {
            let text = Text::new(text);
            (0..text.len()).find_map(|at| priority(&text, at)).map(|(level, _)| level)
        };
        assert_eq!(found("urgent: call the bank"), Some(Priority::High));
        assert_eq!(found("call the bank, it's urgent"), Some(Priority::High));
        assert_eq!(found("call the bank asap"), Some(Priority::High));
        assert_eq!(found("p1 call"), Some(Priority::High));
        assert_eq!(found("sort papers, low priority"), Some(Priority::Low));
        assert_eq!(found("buy an important book"), None);
        assert_eq!(found("read the critical review"), None);
    }

    #[test]
    fn leads() {
        for (text, is) in [
            ("30 minutes before", "PT30M"),
            ("a day before", "P1D"),
            ("an hour early", "PT1H"),
            ("1.5 hours before", "PT1H30M"),
            ("آدھا گھنٹہ پہلے", "PT30M"),
            ("with a 10 minute reminder", "PT10M"),
        ] {
            let text = Text::new(text);
            assert_eq!(lead(&text, 0).unwrap().0.to_string(), is, "{}", text.source);
        }
    }
}
