//! What can be said, whatever the language. The words stand in `english` and `urdu`.

use chrono::NaiveDateTime;
use language::Language;

use crate::plan::{Verb, When};
use crate::{english, urdu};

/// How many characters of somebody's own words are said back.
const QUOTED: usize = 200;

/// One message to the user. Texts are as the user wrote them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Say {
    Created(Item),
    Updated(Item),
    Completed(Vec<String>),
    Reopened(Vec<String>),
    Deleted(Vec<String>),
    Snoozed(Item),
    /// There is nothing to change in it.
    Unchanged(String),
    /// It is in that state already.
    Already(Verb, String),
    Undone(Vec<String>),
    NothingToUndo,
    /// What is to be taken back has been changed by somebody else since.
    ChangedSince(Vec<String>),
    List {
        items: Vec<Item>,
        total: i64,
    },
    NoTasks,
    NotFound,
    /// "Which one?", and the choice.
    Which(Verb, Vec<Item>),
    /// "I'll …. Is that correct?"
    Confirm(Vec<Action>),
    /// "I think you want to …, but I'm only …% sure. Is that right?"
    Unsure(Vec<Action>, f64),
    /// "I'm not sure I understood correctly."
    Clarify(String),
    /// "When should I remind you?"
    When,
    /// "What should I call it?"
    What,
    NoDate,
    YesOrNo,
    Refused,
    NothingWaits,
    TitleTooLong,
    TooManyTags(String),
    /// What was said of coming back is nothing that a task can keep.
    CantRepeat,
    TooManyTasks(usize),
    /// Something was left out, because there can be one question only.
    LeftOut,
    Help,
}

/// A task in a list or a confirmation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub title: String,
    pub due: Option<When>,
    pub is_completed: bool,
    pub repeats: bool,
    pub reminds: bool,
}

/// What is to be done, to be confirmed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Action {
    pub verb: Verb,
    pub items: Vec<Item>,
    /// To when, if a change moves it.
    pub due: Option<When>,
}

/// The words for it. `local` is what "today" is counted from.
pub(crate) fn say(language: Language, say: &Say, local: NaiveDateTime) -> String {
    match language {
        Language::English => english::say(say, local),
        Language::Urdu => urdu::say(say, local),
    }
}

/// Somebody's words, shortened and on one line.
pub(crate) fn quoted(words: &str) -> String {
    let mut short: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = short.char_indices().nth(QUOTED) {
        short.truncate(end);
        short.push('…');
    }
    short
}

/// `'a'`, `'a' and 'b'`, `'a', 'b' and 3 others` by the words of a language.
pub(crate) fn titles(titles: &[String], and: &str, others: impl Fn(usize) -> String) -> String {
    const NAMED: usize = 5;
    let mut names: Vec<String> =
        titles.iter().take(NAMED).map(|title| format!("'{}'", quoted(title))).collect();
    if titles.len() > NAMED {
        names.push(others(titles.len() - NAMED));
    }
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} {and} {last}", rest.join(", ")),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_said_back_shortly() {
        assert_eq!(quoted(" a\n b "), "a b");
        assert_eq!(quoted(&"د".repeat(201)), format!("{}…", "د".repeat(200)));
    }

    #[test]
    fn titles_are_named_up_to_five() {
        let named = |count: usize| {
            let all: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
            titles(&all, "and", |others| format!("{others} others"))
        };
        assert_eq!(named(1), "'1'");
        assert_eq!(named(2), "'1' and '2'");
        assert_eq!(named(7), "'1', '2', '3', '4', '5' and 2 others");
    }
}
