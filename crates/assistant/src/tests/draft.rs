//! Lines that are typed to make tasks, on a Saturday at one in Karachi.

use std::convert::Infallible;

use chrono::NaiveDateTime;
use domain::{Clock, Drafts, NewTask, QuickAdd, Time};
use serde_json::{Value, json};

use crate::draft::{DueWords, due, tasks};

fn clock() -> Clock {
    Clock {
        timezone: "Asia/Karachi".to_owned(),
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
        local: "2026-11-21T13:00:00".parse().unwrap(),
    }
}

/// Karachi is five hours ahead.
fn instants(walls: &[NaiveDateTime]) -> Result<Vec<Time>, Infallible> {
    let micros = |wall: &NaiveDateTime| wall.and_utc().timestamp_micros() - 5 * 3_600_000_000;
    Ok(walls.iter().map(|wall| Time::from_micros(micros(wall)).unwrap()).collect())
}

fn drafts(document: Value) -> Drafts {
    let line = QuickAdd::parse(document, clock().now).unwrap();
    let Ok(drafts) = tasks(&line, &clock(), instants);
    for draft in &drafts.tasks {
        let document = serde_json::to_value(&draft.task).unwrap();
        NewTask::parse(document).expect("what POST /api/tasks takes");
        assert!((0.0..=1.0).contains(&draft.confidence));
        for piece in &draft.pieces {
            let units: Vec<u16> = line.text.encode_utf16().collect();
            assert_eq!(String::from_utf16(&units[piece.start..piece.end]).unwrap(), piece.text);
        }
    }
    drafts
}

/// The tasks of a line, without their time zone.
fn made(document: Value) -> Vec<Value> {
    let of = |draft: domain::Draft| {
        let mut task = serde_json::to_value(draft.task).unwrap();
        assert_eq!(task["timezone"], "Asia/Karachi");
        task.as_object_mut().unwrap().remove("timezone");
        task
    };
    drafts(document).tasks.into_iter().map(of).collect()
}

fn check(line: &str, expected: Value) {
    assert_eq!(made(json!({ "text": line })), expected.as_array().unwrap().clone(), "{line}");
}

/// What the pieces of a line say, and the words.
fn pieces(line: &str) -> Vec<(String, String)> {
    let drafts = drafts(json!({ "text": line }));
    let pieces = drafts.tasks.into_iter().flat_map(|draft| draft.pieces);
    let name = |part| serde_json::to_value(part).unwrap().as_str().unwrap().to_owned();
    pieces.map(|piece| (name(piece.part), piece.text)).collect()
}

/// The line with the words ignored, wherever they stand first in it.
fn without(line: &str, ignored: &[&str]) -> Value {
    let units = |text: &str| text.encode_utf16().count();
    let range = |words: &&str| {
        let start = units(&line[..line.find(words).unwrap()]);
        json!([start, start + units(words)])
    };
    json!({ "text": line, "ignore": ignored.iter().map(range).collect::<Vec<_>>() })
}

#[test]
fn a_line_becomes_a_task_with_everything_that_it_says() {
    check(
        "call mom tomorrow at 5pm #family !high",
        json!([{
            "title": "call mom", "due_date": "2026-11-22T12:00:00Z", "priority": "high", "tags": ["family"],
        }]),
    );
    check("Buy milk", json!([{ "title": "Buy milk", "tags": [] }]));
    check(
        "submit the report on friday",
        json!([{ "title": "submit the report", "due_date": "2026-11-27", "tags": [] }]),
    );
    check(
        "stretch in 2 hours",
        json!([{ "title": "stretch", "due_date": "2026-11-21T10:00:00Z", "tags": [] }]),
    );
    check(
        "water the plants every monday at 9am",
        json!([{
            "title": "water the plants", "due_date": "2026-11-23T04:00:00Z", "tags": [],
            "recurrence_rule": { "rrule": "FREQ=WEEKLY;BYDAY=MO", "after_completion": false },
        }]),
    );
    check(
        "remind me to call the bank tomorrow at 10am 30 minutes before",
        json!([{
            "title": "call the bank", "due_date": "2026-11-22T05:00:00Z", "tags": [],
            "reminder_config": { "lead_time": "PT30M" },
        }]),
    );
}

#[test]
fn so_does_a_line_in_urdu() {
    check(
        "کل شام 5 بجے دودھ خریدنا",
        json!([{ "title": "دودھ خریدنا", "due_date": "2026-11-22T12:00:00Z", "tags": [] }]),
    );
    check(
        "ہر پیر کو پودوں کو پانی دینا",
        json!([{
            "title": "پودوں کو پانی دینا", "due_date": "2026-11-23", "tags": [],
            "recurrence_rule": { "rrule": "FREQ=WEEKLY;BYDAY=MO", "after_completion": false },
        }]),
    );
    assert_eq!(drafts(json!({ "text": "دودھ خریدنا" })).language, "ur");
    assert_eq!(drafts(json!({ "text": "5", "language": "ur" })).language, "ur");
    assert_eq!(drafts(json!({ "text": "5" })).language, "en");
}

#[test]
fn the_pieces_are_the_words_that_are_not_the_titles() {
    let expected = [("due", "tomorrow at 5pm"), ("tag", "#family"), ("priority", "!high")];
    assert_eq!(
        pieces("call mom tomorrow at 5pm #family !high"),
        expected.map(|(part, words)| (part.to_owned(), words.to_owned()))
    );
    assert_eq!(
        pieces("🎉 party کل"),
        [("due".to_owned(), "کل".to_owned())],
        "characters of several code units precede it"
    );
}

#[test]
fn what_is_ignored_stays_in_the_title_in_its_place() {
    let check = |line: &str, ignored: &[&str], expected: Value| {
        assert_eq!(made(without(line, ignored)), [expected], "{line} without {ignored:?}");
    };
    check(
        "watch Tomorrow Never Dies on friday #film",
        &["on friday"],
        json!({ "title": "watch Tomorrow Never Dies on friday", "tags": ["film"] }),
    );
    check(
        "call mom tomorrow at 5pm #family !high",
        &["#family"],
        json!({ "title": "call mom #family", "due_date": "2026-11-22T12:00:00Z", "priority": "high", "tags": [] }),
    );
    check(
        "call mom tomorrow at 5pm #family !high",
        &["tomorrow at 5pm", "#family", "!high"],
        json!({ "title": "call mom tomorrow at 5pm #family !high", "tags": [] }),
    );
    check(
        "water the plants every monday",
        &["every monday"],
        json!({ "title": "water the plants every monday", "tags": [] }),
    );
    // Without its recurrence, the day is as it was said.
    check(
        "every monday standup tomorrow",
        &["every monday"],
        json!({ "title": "every monday standup", "due_date": "2026-11-22", "tags": [] }),
    );
    check("کل دودھ خریدنا", &["کل"], json!({ "title": "کل دودھ خریدنا", "tags": [] }));
}

#[test]
fn what_is_something_else_than_a_new_task_is_a_title() {
    for line in
        ["complete the milk task", "what is due tomorrow?", "hi", "undo", "دودھ والا کام حذف کرو"]
    {
        let drafts = drafts(json!({ "text": format!(" {line} ") }));
        let [draft] = drafts.tasks.as_slice() else { panic!("{line}: {drafts:?}") };
        assert_eq!((draft.task.title.as_str(), draft.task.due_date), (line, None));
        assert_eq!(draft.pieces, []);
    }
}

#[test]
fn a_line_can_make_several_tasks() {
    check(
        "add milk and then add call mom tomorrow",
        json!([{ "title": "milk", "tags": [] }, { "title": "call mom", "due_date": "2026-11-22", "tags": [] }]),
    );
}

#[test]
fn what_no_task_can_keep_stays_in_its_title() {
    let long = "word ".repeat(120);
    let made = made(json!({ "text": format!("{long}tomorrow") }));
    let title = made[0]["title"].as_str().unwrap();
    assert_eq!((title.chars().count(), title.ends_with('…')), (500, true));
    assert_eq!(made[0]["description"], long.trim(), "nothing is lost");

    let tags: Vec<String> = (0..51).map(|number| format!("#tag{number}x")).collect();
    let made = self::made(json!({ "text": format!("#home sort {}", tags.join(" ")) }));
    assert_eq!(made[0]["tags"], json!(["home"]));
    assert!(made[0]["title"].as_str().unwrap().contains("#tag50x"), "{made:?}");
}

#[test]
fn what_is_too_much_of_a_line_is_left_out_at_once() {
    let tags: Vec<String> = (0..60).map(|number| format!("#tag{number}x and")).collect();
    let made = made(json!({ "text": format!("sort {} #tag0x", tags.join(" ")) }));
    assert_eq!(made[0]["tags"].as_array().unwrap().len(), 50);
    assert_eq!(made[0]["tags"][49], "tag49x", "the first fifty");
    assert!(made[0]["title"].as_str().unwrap().contains("#tag59x"), "{made:?}");
    // Each of them is the only date when the one before means nothing.
    let line = format!("count{}", " 9999-12-31 x".repeat(30));
    check(&line, json!([{ "title": line, "tags": [] }]));
    check(
        "count 9999-12-31 x tomorrow",
        json!([{ "title": "count 9999-12-31 x", "due_date": "2026-11-22", "tags": [] }]),
    );
}

#[test]
fn words_say_when_something_is_due() {
    let said = |words: &str, old: Option<(&str, bool)>| {
        let old = old.map(|(at, all_day)| (at.parse().unwrap(), all_day));
        let Ok(due) = due(words, None, &clock())?.of_task(old, &clock(), instants);
        due.map(|due| due.to_string())
    };
    let old = Some(("2026-11-23T17:00:00", false));
    for (words, old, expected) in [
        ("next friday 5pm", None, Some("2026-11-27T12:00:00Z")),
        ("tomorrow", None, Some("2026-11-22")),
        ("tomorrow", Some(("2026-11-23T00:00:00", true)), Some("2026-11-22")),
        ("tomorrow", old, Some("2026-11-22T12:00:00Z")),
        ("6pm", old, Some("2026-11-23T13:00:00Z")),
        ("6pm", None, Some("2026-11-21T13:00:00Z")),
        ("in 2 hours", old, Some("2026-11-21T10:00:00Z")),
        ("کل شام 5 بجے", None, Some("2026-11-22T12:00:00Z")),
        ("soon", None, None),
        ("buy milk tomorrow", None, None),
        ("every monday", None, None),
        ("", None, None),
    ] {
        assert_eq!(said(words, old).as_deref(), expected, "{words}");
    }
    let day = DueWords::on("2026-11-22".parse().unwrap());
    let old = Some(("2026-11-23T17:00:00".parse().unwrap(), false));
    let Ok(due) = day.of_task(old, &clock(), instants);
    assert_eq!(due.unwrap().to_string(), "2026-11-22T12:00:00Z", "a day keeps the time");
}
