//! Every message in Urdu: what `english` says, in the same tone.

use chrono::{Datelike as _, Days, NaiveDateTime};
use domain::urdu::{MONTHS, WEEKDAYS, clock};

use crate::plan::{Verb, When};
use crate::texts::{Action, Item, Say, quoted};

pub(crate) fn say(say: &Say, local: NaiveDateTime) -> String {
    match say {
        Say::Created(item) => {
            let title = quoted(&item.title);
            format!("میں نے آپ کے لیے کام '{title}' بنا دیا ہے۔{}", details(item, local))
        }
        Say::Updated(item) => {
            format!("میں نے '{}' تبدیل کر دیا ہے۔{}", quoted(&item.title), details(item, local))
        }
        Say::Completed(all) => format!("شاباش! {} مکمل ہو گیا۔", titles(all)),
        Say::Reopened(all) => format!("{} دوبارہ کھول دیا گیا ہے۔", titles(all)),
        Say::Deleted(all) => format!("{} حذف کر دیا گیا ہے۔", titles(all)),
        Say::Snoozed(item) => {
            let until = item.due.map(|due| format!("{} ", moment(due, local))).unwrap_or_default();
            format!("میں آپ کو '{}' {until}دوبارہ یاد دلاؤں گا۔", quoted(&item.title))
        }
        Say::Unchanged(title) => format!("'{}' میں کچھ بدلنے کو نہیں۔", quoted(title)),
        Say::Already(Verb::Reopen, title) => format!("'{}' ابھی کھلا ہے۔", quoted(title)),
        Say::Already(_, title) => format!("'{}' پہلے ہی مکمل ہے۔", quoted(title)),
        Say::Undone(all) => format!("{} کی آخری تبدیلی واپس لے لی گئی ہے۔", titles(all)),
        Say::NothingToUndo => "اس گفتگو میں واپس لینے کو کوئی تبدیلی نہیں۔".to_owned(),
        Say::ChangedSince(all) => format!(
            "{} اس کے بعد بدل چکا ہے، اس لیے میں نے اسے ویسے ہی رہنے دیا۔ براہ کرم دیکھ لیں۔",
            titles(all)
        ),
        Say::List { items, total } => list(items, *total, local),
        Say::NoTasks => "ایسا کوئی کام نہیں ملا۔".to_owned(),
        Say::NotFound => "مجھے وہ کام نہیں ملا۔ کیا میں آپ کے کام دکھاؤں؟".to_owned(),
        Say::Which(verb, items) => {
            format!("کون سا کام {}؟\n{}", question(*verb), numbered(items, local))
        }
        Say::Confirm(actions) => format!("کیا میں {}؟", phrases(actions, local)),
        Say::Unsure(actions, sure) => format!(
            "میرے خیال میں آپ چاہتے ہیں کہ میں {}، لیکن مجھے صرف {:.0}٪ یقین ہے۔ کیا یہ درست ہے؟",
            phrases(actions, local),
            sure * 100.0
        ),
        Say::Clarify(said) => format!(
            "مجھے یقین نہیں کہ میں ٹھیک سمجھا۔ آپ نے کہا: '{}'۔ کیا آپ وضاحت کر سکتے ہیں؟",
            quoted(said)
        ),
        Say::When => "میں آپ کو کب یاد دلاؤں؟".to_owned(),
        Say::What => "اس کام کا نام کیا ہو؟".to_owned(),
        Say::NoDate => {
            "میں تاریخ نہیں سمجھ سکا۔ براہ کرم یوں لکھیں: 'کل شام پانچ بجے'۔".to_owned()
        }
        Say::YesOrNo => "براہ کرم ہاں یا نہیں میں جواب دیں۔".to_owned(),
        Say::Refused => "ٹھیک ہے، میں نے سب ویسے ہی رہنے دیا۔".to_owned(),
        Say::NothingWaits => "میں نے آپ سے کچھ نہیں پوچھا۔ میں کیا کروں؟".to_owned(),
        Say::TitleTooLong => {
            "معذرت، نام زیادہ سے زیادہ 500 حروف کا ہو سکتا ہے۔ کیا آپ اسے مختصر کر سکتے ہیں؟".to_owned()
        }
        Say::CantRepeat => {
            "معذرت، میں اسے اس طرح نہیں دہرا سکتا۔ یوں کہہ کر دیکھیں: 'ہر جمعہ' یا 'روزانہ'۔".to_owned()
        }
        Say::TooManyTags(title) => {
            format!("معذرت، '{}' پر زیادہ سے زیادہ 50 ٹیگ ہو سکتے ہیں۔", quoted(title))
        }
        Say::TooManyTasks(most) => format!(
            "معذرت، یہ {most} سے زیادہ کام ہیں، اور میں ایک ساتھ اتنے ہی بدلتا ہوں۔ کیا آپ کم کام بتا سکتے ہیں؟"
        ),
        Say::LeftOut => "باقی بات میں نے ابھی چھوڑ دی ہے؛ براہ کرم بعد میں پھر بتائیں۔".to_owned(),
        Say::Help => "میں آپ کے کام بنا، بدل، مکمل، دوبارہ کھول، حذف اور دکھا سکتا ہوں، اور آخری تبدیلی واپس لے سکتا ہوں۔ مثلاً: 'مجھے کل شام پانچ بجے امی کو فون کرنا یاد دلاؤ'، 'آج کے کام دکھاؤ'، 'دودھ والا کام مکمل ہو گیا'۔".to_owned(),
    }
}

fn titles(all: &[String]) -> String {
    crate::texts::titles(all, "اور", |others| format!("{others} مزید"))
}

/// What a new or a changed task is, beside its title.
fn details(item: &Item, local: NaiveDateTime) -> String {
    let mut said = String::new();
    if let Some(due) = item.due {
        said.push_str(&format!(" وقت: {}۔", moment(due, local)));
    }
    if item.repeats {
        said.push_str(" یہ بار بار آئے گا۔");
    }
    if item.reminds {
        said.push_str(" اس کے ساتھ یاد دہانی ہے۔");
    }
    said
}

/// "Which task should I …?"
fn question(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "بناؤں",
        Verb::Update => "بدلوں",
        Verb::Complete => "مکمل کروں",
        Verb::Reopen => "دوبارہ کھولوں",
        Verb::Delete => "حذف کروں",
        Verb::Snooze => "دوبارہ یاد دلاؤں",
    }
}

fn phrases(actions: &[Action], local: NaiveDateTime) -> String {
    actions.iter().map(|action| phrase(action, local)).collect::<Vec<_>>().join("، اور ")
}

fn phrase(action: &Action, local: NaiveDateTime) -> String {
    let all: Vec<String> = action.items.iter().map(|item| item.title.clone()).collect();
    let (all, due) = (titles(&all), action.due.map(|due| moment(due, local)));
    match (action.verb, due) {
        (Verb::Create | Verb::Update, Some(due)) => {
            format!("{due} کے لیے کام {all} {}", question(action.verb))
        }
        (verb, _) => format!("کام {all} {}", question(verb)),
    }
}

fn list(items: &[Item], total: i64, local: NaiveDateTime) -> String {
    let more = usize::try_from(total).unwrap_or_default().saturating_sub(items.len());
    let tail = if more > 0 { format!("\n… اور {more} مزید۔") } else { String::new() };
    format!("آپ کے {total} کام ہیں:\n{}{tail}", numbered(items, local))
}

fn numbered(items: &[Item], local: NaiveDateTime) -> String {
    let line = |(index, item): (usize, &Item)| {
        let due = item.due.map(|due| format!(" ({})", moment(due, local))).unwrap_or_default();
        let done = if item.is_completed { " – مکمل" } else { "" };
        format!("{}. {}{due}{done}", index + 1, quoted(&item.title))
    };
    items.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// `کل شام 5 بجے`, `جمعہ`, `5 دسمبر صبح 9:30 بجے`.
fn moment(when: When, local: NaiveDateTime) -> String {
    let (date, today) = (when.at.date(), local.date());
    let in_days = |days: u64| today.checked_add_days(Days::new(days));
    let day = if date == today {
        "آج".to_owned()
    } else if in_days(1) == Some(date) {
        "کل".to_owned()
    } else if today.checked_sub_days(Days::new(1)) == Some(date) {
        "گزشتہ کل".to_owned()
    } else if date > today && in_days(7).is_some_and(|end| date < end) {
        WEEKDAYS[date.weekday().num_days_from_monday() as usize].to_owned()
    } else {
        let year = if date.year() == today.year() {
            String::new()
        } else {
            date.format(" %Y").to_string()
        };
        format!("{} {}{year}", date.day(), MONTHS[date.month0() as usize])
    };
    if when.all_day { day } else { format!("{day} {}", clock(when.at.time())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(at: &str, all_day: bool) -> When {
        When { at: at.parse().unwrap(), all_day, instant: None, time_only: false, assumed: false }
    }

    #[test]
    fn a_moment_is_said_as_people_say_it() {
        let local = "2026-11-21T12:00:00".parse().unwrap();
        for (at, all_day, expected) in [
            ("2026-11-21T17:00:00", false, "آج سہ پہر 5 بجے"),
            ("2026-11-22T09:30:00", false, "کل صبح 9:30 بجے"),
            ("2026-11-20T00:00:00", true, "گزشتہ کل"),
            ("2026-11-27T00:00:00", true, "جمعہ"),
            ("2027-03-05T21:00:00", false, "5 مارچ 2027 رات 9 بجے"),
        ] {
            assert_eq!(moment(when(at, all_day), local), expected);
        }
    }

    #[test]
    fn a_confirmation_says_what_will_be_done() {
        let local = "2026-11-21T12:00:00".parse().unwrap();
        let item = Item {
            title: "دودھ خریدنا".to_owned(),
            due: None,
            is_completed: false,
            repeats: false,
            reminds: false,
        };
        let delete = Action { verb: Verb::Delete, items: vec![item], due: None };
        assert_eq!(say(&Say::Confirm(vec![delete]), local), "کیا میں کام 'دودھ خریدنا' حذف کروں؟");
    }
}
