//! The tables of commands in `tests/corpora`, which were written before the grammar by somebody who never saw it.

// The helpers beside the tests fail as they do.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use chrono::NaiveDateTime;
use domain::Priority;
use language::Command;
use serde::Deserialize;

/// What a command is to mean; what is left out is null, false or empty.
#[derive(Deserialize, PartialEq, Debug)]
struct Meaning {
    intent: String,
    title: Option<String>,
    due: Option<NaiveDateTime>,
    #[serde(default)]
    all_day: bool,
    rrule: Option<String>,
    #[serde(default)]
    after_completion: bool,
    reminder: Option<String>,
    priority: Option<Priority>,
    #[serde(default)]
    tags: Vec<String>,
    target: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    input: String,
    reference: NaiveDateTime,
    #[serde(flatten)]
    meaning: Meaning,
    #[serde(default)]
    and: Vec<Meaning>,
}

impl From<&Command> for Meaning {
    fn from(command: &Command) -> Self {
        let recurrence = command.recurrence.as_ref();
        Self {
            intent: command.intent.as_str().to_owned(),
            title: command.title.clone(),
            due: command.due.map(|due| due.at),
            all_day: command.due.is_some_and(|due| due.all_day),
            rrule: recurrence.map(|recurrence| recurrence.rule.clone()),
            after_completion: recurrence.is_some_and(|recurrence| recurrence.after_completion),
            reminder: command.reminder.map(|lead| lead.to_string()),
            priority: command.priority,
            tags: command.tags.clone(),
            target: command.target.as_ref().map(|target| target.words.clone()),
        }
    }
}

fn table(name: &str) -> Vec<Row> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpora").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether a row is understood exactly, and how sure the first command was.
fn heard(row: &Row) -> (bool, f64) {
    let commands = language::parse(&row.input, row.reference, None);
    let mut meanings = commands.iter().map(Meaning::from);
    let right =
        meanings.next().as_ref() == Some(&row.meaning) && meanings.eq(row.and.iter().map(copy));
    (right, commands[0].confidence)
}

fn copy(meaning: &Meaning) -> Meaning {
    Meaning {
        intent: meaning.intent.clone(),
        title: meaning.title.clone(),
        rrule: meaning.rrule.clone(),
        reminder: meaning.reminder.clone(),
        tags: meaning.tags.clone(),
        target: meaning.target.clone(),
        ..*meaning
    }
}

fn check(name: &str, at_least: usize) {
    let rows = table(name);
    assert!(rows.len() >= at_least, "{} rows", rows.len());
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| !heard(row).0)
        .map(|row| format!("{} {}", row.id, row.input))
        .collect();
    let right = rows.len() - wrong.len();
    assert!(
        right * 100 >= rows.len() * 95,
        "{name}: {right} of {}; wrong:\n{}",
        rows.len(),
        wrong.join("\n")
    );
}

/// What is heard of a recurrence is what a task can keep.
#[test]
fn every_recurrence_can_be_followed() {
    let mut count = 0;
    for name in ["commands.en.jsonl", "commands.ur.jsonl", "heldout.en.jsonl", "heldout.ur.jsonl"] {
        for row in table(name) {
            for command in language::parse(&row.input, row.reference, None) {
                let Some(recurrence) = command.recurrence else { continue };
                let document = serde_json::json!({ "rrule": recurrence.rule });
                let rule = recurrence::Rule::from_document(document.as_object().unwrap());
                assert!(rule.is_ok(), "{}: {rule:?} of {}", row.id, recurrence.rule);
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[test]
fn english_commands_are_understood() {
    check("commands.en.jsonl", 300);
}

#[test]
fn urdu_commands_are_understood() {
    check("commands.ur.jsonl", 150);
}

#[test]
fn commands_of_later_tables_are_understood() {
    check("heldout.en.jsonl", 300);
    check("heldout.ur.jsonl", 150);
}

#[test]
fn of_what_it_calls_nine_in_ten_nine_in_ten_are_right() {
    let rows: Vec<Row> =
        ["commands.en.jsonl", "commands.ur.jsonl"].into_iter().flat_map(table).collect();
    let sure: Vec<bool> = rows
        .iter()
        .map(heard)
        .filter(|(_, confidence)| *confidence >= 0.9)
        .map(|(right, _)| right)
        .collect();
    let right = sure.iter().filter(|right| **right).count();
    assert!(sure.len() * 2 > rows.len(), "sure of {} of {}", sure.len(), rows.len());
    assert!(right * 10 >= sure.len() * 9, "{right} of {}", sure.len());
}

#[test]
fn a_thing_to_add_and_a_thing_to_do_are_two_tasks() {
    let reference = "2026-11-21T09:00:00".parse().unwrap();
    for (sentence, titles) in [
        ("add milk and call mom tomorrow at 3", vec!["milk", "call mom"]),
        ("add bread and butter", vec!["bread and butter"]),
        ("remind me to buy milk and call mom tomorrow", vec!["buy milk and call mom"]),
    ] {
        let commands = language::parse(sentence, reference, None);
        let said: Vec<&str> = commands.iter().filter_map(|it| it.title.as_deref()).collect();
        assert_eq!(said, titles, "{sentence}");
    }
}

#[test]
fn spans_are_in_order_and_within_the_sentence() {
    for row in ["commands.en.jsonl", "commands.ur.jsonl"].into_iter().flat_map(table) {
        let mut last = 0;
        for command in language::parse(&row.input, row.reference, None) {
            for span in command.spans {
                assert!(
                    span.range.start >= last && span.range.start < span.range.end,
                    "{}: {span:?}",
                    row.id
                );
                assert!(row.input.get(span.range.clone()).is_some(), "{}: {span:?}", row.id);
                last = span.range.end;
            }
        }
    }
}

/// Words that meet in no sentence, in every order.
#[test]
fn nothing_makes_it_panic() {
    const PIECES: [&str; 48] = [
        "every",
        "other",
        "last",
        "friday",
        "31",
        "feb",
        "2/29",
        "0",
        "99999999999999999999",
        "at",
        "to",
        "-",
        "until",
        "in",
        "half",
        "days",
        "before",
        "remind me",
        "#",
        "!",
        "p1",
        "high",
        "کل",
        "ہر",
        "بجے",
        "ساڑھے",
        "\u{200f}",
        "😂",
        "’",
        "'",
        "٠",
        "۹",
        "the",
        "of",
        "month",
        "end",
        "easter",
        "2012",
        ".",
        ":",
        "am",
        "and",
        "\n",
        "میں",
        "تک",
        "week",
        "next",
        "day",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let reference = "2024-02-29T23:59:59".parse().unwrap();
    for _ in 0..5_000 {
        let words = random.usize(0..14);
        let separator = if random.u8(0..4) == 0 { "" } else { " " };
        let sentence: Vec<&str> =
            (0..words).map(|_| PIECES[random.usize(0..PIECES.len())]).collect();
        let commands = language::parse(&sentence.join(separator), reference, None);
        assert!(!commands.is_empty());
        let _answer = language::answer(&sentence.join(separator));
    }
}

/// Any characters, and more than anybody types.
#[test]
fn any_input_is_heard() {
    let mut random = fastrand::Rng::with_seed(11);
    let reference = "9999-12-31T23:59:59".parse().unwrap();
    for _ in 0..500 {
        let sentence: String = (0..random.usize(0..60)).map(|_| random.char(..)).collect();
        assert!(!language::parse(&sentence, reference, None).is_empty());
    }
    let long = "every day at 5 until june, remind me ".repeat(30_000);
    assert!(!language::parse(&long, reference, None).is_empty());
}
