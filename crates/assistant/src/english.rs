//! Every message in English. Whole sentences in the tone of the prompts; many are the customer's.

use chrono::{Datelike as _, Days, NaiveDateTime, Timelike as _};

use crate::plan::{Verb, When};
use crate::texts::{Action, Item, Say, quoted};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

pub(crate) fn say(say: &Say, local: NaiveDateTime) -> String {
    match say {
        Say::Created(item) => {
            let title = quoted(&item.title);
            format!("I've created a task '{title}' for you.{}", details(item, local))
        }
        Say::Updated(item) => {
            format!("I've updated '{}'.{}", quoted(&item.title), details(item, local))
        }
        Say::Completed(all) => format!("Well done! I've marked {} as completed.", titles(all)),
        Say::Reopened(all) => format!("I've reopened {}.", titles(all)),
        Say::Deleted(all) => format!("I've deleted {}.", titles(all)),
        Say::Snoozed(item) => {
            let until = item.due.map(|due| format!(" {}", moment(due, local))).unwrap_or_default();
            format!("I'll remind you of '{}' again{until}.", quoted(&item.title))
        }
        Say::Unchanged(title) => format!("There is nothing to change in '{}'.", quoted(title)),
        Say::Already(Verb::Reopen, title) => format!("'{}' is still open.", quoted(title)),
        Say::Already(_, title) => format!("'{}' is already completed.", quoted(title)),
        Say::Undone(all) => format!("I've taken back the last change of {}.", titles(all)),
        Say::NothingToUndo => "There is no change in this conversation to take back.".to_owned(),
        Say::ChangedSince(all) => format!(
            "I left {} as it is now, because it has been changed since. Please check it.",
            titles(all)
        ),
        Say::List { items, total } => list(items, *total, local),
        Say::NoTasks => "I found no tasks for that.".to_owned(),
        Say::NotFound => {
            "I couldn't find that task. Would you like me to list your tasks?".to_owned()
        }
        Say::Which(verb, items) => {
            format!("Which task should I {}?\n{}", infinitive(*verb), numbered(items, local))
        }
        Say::Confirm(actions) => {
            format!("I'll {}. Is that correct?", phrases(actions, local))
        }
        Say::Unsure(actions, sure) => format!(
            "I think you want to {}, but I'm only {:.0}% sure. Is that right?",
            phrases(actions, local),
            sure * 100.0
        ),
        Say::Clarify(said) => format!(
            "I'm not sure I understood correctly. You said: '{}'. Could you clarify?",
            quoted(said)
        ),
        Say::When => "When should I remind you?".to_owned(),
        Say::What => "What should I call the task?".to_owned(),
        Say::NoDate => {
            "I couldn't understand the date format. Please use 'tomorrow at 5pm' format.".to_owned()
        }
        Say::YesOrNo => "Please answer yes or no.".to_owned(),
        Say::Refused => "All right, I've left everything as it is.".to_owned(),
        Say::NothingWaits => {
            "I haven't asked you anything. What would you like me to do?".to_owned()
        }
        Say::TitleTooLong => {
            "Sorry, a title can have at most 500 characters. Could you shorten it?".to_owned()
        }
        Say::CantRepeat => {
            "Sorry, I can't repeat it like that. Try 'every week', 'every 31st' or 'every 3 days'.".to_owned()
        }
        Say::TooManyTags(title) => {
            format!("Sorry, '{}' can have at most 50 tags.", quoted(title))
        }
        Say::TooManyTasks(most) => format!(
            "Sorry, that is more than {most} tasks, which is as many as I change at once. Could you name fewer of them?"
        ),
        Say::LeftOut => {
            "I've left out the rest of what you said; please tell me again afterwards.".to_owned()
        }
        Say::Help => "I can create, change, complete, reopen, delete and list your tasks, and take back the last change. Try 'remind me to call mom tomorrow at 5pm', 'what is due today?', 'I've bought the milk', 'move the report to friday' or 'undo'.".to_owned(),
    }
}

fn titles(all: &[String]) -> String {
    crate::texts::titles(all, "and", |others| format!("{others} more"))
}

/// What a new or a changed task is, beside its title.
fn details(item: &Item, local: NaiveDateTime) -> String {
    let mut said = Vec::new();
    if let Some(due) = item.due {
        said.push(format!("is due {}", moment(due, local)));
    }
    if item.repeats {
        said.push("repeats".to_owned());
    }
    if item.reminds {
        said.push("has a reminder".to_owned());
    }
    match said.split_last() {
        None => String::new(),
        Some((last, [])) => format!(" It {last}."),
        Some((last, rest)) => format!(" It {} and {last}.", rest.join(", ")),
    }
}

fn infinitive(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "create",
        Verb::Update => "change",
        Verb::Complete => "complete",
        Verb::Reopen => "reopen",
        Verb::Delete => "delete",
        Verb::Snooze => "remind you of again",
    }
}

fn phrases(actions: &[Action], local: NaiveDateTime) -> String {
    actions.iter().map(|action| phrase(action, local)).collect::<Vec<_>>().join(", and ")
}

fn phrase(action: &Action, local: NaiveDateTime) -> String {
    let all: Vec<String> = action.items.iter().map(|item| item.title.clone()).collect();
    let due = action.due.map(|due| moment(due, local));
    let new = if all.len() == 1 { "a task" } else { "the tasks" };
    match (action.verb, due) {
        (Verb::Create, Some(due)) => format!("create {new} {} for {due}", titles(&all)),
        (Verb::Create, None) => format!("create {new} {}", titles(&all)),
        (Verb::Update, Some(due)) => format!("move {} to {due}", titles(&all)),
        (verb, _) => format!("{} {}", infinitive(verb), titles(&all)),
    }
}

fn list(items: &[Item], total: i64, local: NaiveDateTime) -> String {
    let more = usize::try_from(total).unwrap_or_default().saturating_sub(items.len());
    let head = match total {
        1 => "You have 1 task:".to_owned(),
        _ => format!("You have {total} tasks:"),
    };
    let tail = if more > 0 { format!("\n… and {more} more.") } else { String::new() };
    format!("{head}\n{}{tail}", numbered(items, local))
}

fn numbered(items: &[Item], local: NaiveDateTime) -> String {
    let line = |(index, item): (usize, &Item)| {
        let due = item.due.map(|due| format!(" ({})", moment(due, local))).unwrap_or_default();
        let done = if item.is_completed { " – completed" } else { "" };
        format!("{}. {}{due}{done}", index + 1, quoted(&item.title))
    };
    items.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// `tomorrow at 5pm`, `Friday`, `5 December at 9:30am`, `5 March 2028`.
fn moment(when: When, local: NaiveDateTime) -> String {
    let (date, today) = (when.at.date(), local.date());
    let in_days = |days: u64| today.checked_add_days(Days::new(days));
    let day = if date == today {
        "today".to_owned()
    } else if in_days(1) == Some(date) {
        "tomorrow".to_owned()
    } else if today.checked_sub_days(Days::new(1)) == Some(date) {
        "yesterday".to_owned()
    } else if date > today && in_days(7).is_some_and(|end| date < end) {
        WEEKDAYS[date.weekday().num_days_from_monday() as usize].to_owned()
    } else {
        let month = MONTHS[date.month0() as usize];
        let year = if date.year() == today.year() {
            String::new()
        } else {
            date.format(" %Y").to_string()
        };
        format!("{} {month}{year}", date.day())
    };
    if when.all_day {
        return day;
    }
    let (is_afternoon, hour) = when.at.hour12();
    let half = if is_afternoon { "pm" } else { "am" };
    match when.at.minute() {
        0 => format!("{day} at {hour}{half}"),
        minute => format!("{day} at {hour}:{minute:02}{half}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(at: &str, all_day: bool) -> When {
        When { at: at.parse().unwrap(), all_day, instant: None, time_only: false, assumed: false }
    }

    fn item(title: &str) -> Item {
        Item {
            title: title.to_owned(),
            due: None,
            is_completed: false,
            repeats: false,
            reminds: false,
        }
    }

    #[test]
    fn a_moment_is_said_as_people_say_it() {
        let local = "2026-11-21T12:00:00".parse().unwrap();
        for (at, all_day, expected) in [
            ("2026-11-21T17:00:00", false, "today at 5pm"),
            ("2026-11-22T09:30:00", false, "tomorrow at 9:30am"),
            ("2026-11-20T00:00:00", true, "yesterday"),
            ("2026-11-27T12:00:00", false, "Friday at 12pm"),
            ("2026-11-28T00:00:00", true, "28 November"),
            ("2027-03-05T00:00:00", false, "5 March 2027 at 12am"),
        ] {
            assert_eq!(moment(when(at, all_day), local), expected);
        }
    }

    #[test]
    fn messages_are_the_customers() {
        let local = "2026-11-21T12:00:00".parse().unwrap();
        let due = Some(when("2026-11-22T17:00:00", false));
        let create = Action { verb: Verb::Create, items: vec![item("Buy milk")], due };
        let delete = Action { verb: Verb::Delete, items: vec![item("a"), item("b")], due: None };
        for (message, expected) in [
            (Say::Created(item("buy milk")), "I've created a task 'buy milk' for you."),
            (
                Say::Created(Item { due, reminds: true, ..item("buy milk") }),
                "I've created a task 'buy milk' for you. It is due tomorrow at 5pm and has a reminder.",
            ),
            (
                Say::Confirm(vec![create]),
                "I'll create a task 'Buy milk' for tomorrow at 5pm. Is that correct?",
            ),
            (
                Say::Unsure(vec![delete], 0.553),
                "I think you want to delete 'a' and 'b', but I'm only 55% sure. Is that right?",
            ),
            (
                Say::Clarify("hm".to_owned()),
                "I'm not sure I understood correctly. You said: 'hm'. Could you clarify?",
            ),
            (
                Say::List {
                    items: vec![item("a"), Item { is_completed: true, ..item("b") }],
                    total: 5,
                },
                "You have 5 tasks:\n1. a\n2. b – completed\n… and 3 more.",
            ),
        ] {
            assert_eq!(say(&message, local), expected);
        }
    }
}
