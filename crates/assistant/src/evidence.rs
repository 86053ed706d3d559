//! How far a model is believed: its answer is data, and has to be borne out by the sentence.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};
use domain::Priority;
use language::{Command, Due, Intent, Language, Lead, Target, TargetKind};
use serde::Deserialize;

use crate::SURE;
use crate::model::{INTENTS, MOST_BYTES};
use crate::target::words;

/// What something that the sentence doesn't say leaves of a confidence: less than enough.
const UNSUPPORTED: f64 = SURE - 0.1;

/// A piece of Ollama's answer; the only one, unless it streams although it was asked not to.
#[derive(Deserialize)]
struct Piece {
    message: Content,
    done: bool,
}

#[derive(Deserialize)]
struct Content {
    content: String,
}

/// What a model says, by the schema of `model`; anything else is no answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Guess {
    intent: String,
    title: Option<String>,
    #[serde(rename = "description")]
    _description: Option<String>,
    due_date: Option<String>,
    priority: Option<Priority>,
    tags: Vec<String>,
    target: Option<String>,
    reminder: Option<String>,
    confidence: f64,
}

/// The command that a model's answer amounts to, with the confidence that the sentence bears out.
/// `heard` is what we made of the sentence ourselves. `None`: it is no answer.
pub(crate) fn command(body: &[u8], sentence: &str, heard: &[Command]) -> Option<Command> {
    if body.len() > MOST_BYTES {
        return None;
    }
    let guess: Guess = serde_json::from_str(&content(body)?).ok()?;
    if !(0.0..=1.0).contains(&guess.confidence) {
        return None;
    }
    let intent = INTENTS.into_iter().find(|intent| intent.as_str() == guess.intent)?;
    let mut confidence = guess.confidence;
    let mut believe = |is_supported: bool| {
        if !is_supported {
            confidence = confidence.min(UNSUPPORTED);
        }
    };
    let title = text(guess.title);
    let target = text(guess.target);
    for said in title.iter().chain(&target) {
        believe(is_in(said, sentence));
    }
    let due = match guess.due_date.as_deref().filter(|date| !date.is_empty()) {
        None => None,
        Some(date) => {
            let due = due(date);
            believe(due.is_some_and(|due| is_borne_out(due, sentence, heard)));
            due
        }
    };
    // One that nobody asked for is no reason to doubt the rest.
    let tags: Vec<String> = guess.tags.into_iter().filter(|tag| is_in(tag, sentence)).collect();
    let priority = guess.priority.filter(|it| {
        *it != Priority::default() || heard.iter().any(|command| command.priority == Some(*it))
    });
    let reminder = guess
        .reminder
        .as_deref()
        .and_then(lead)
        .filter(|lead| *lead == Lead::default() || sentence.chars().any(char::is_numeric));
    believe(match intent {
        Intent::CreateTask => title.is_some(),
        Intent::UpdateTask | Intent::CompleteTask | Intent::DeleteTask => target.is_some(),
        _ => true,
    });
    let first = heard.first();
    Some(Command {
        intent,
        title: title.filter(|_| matches!(intent, Intent::CreateTask | Intent::UpdateTask)),
        due,
        recurrence: first.and_then(|command| command.recurrence.clone()),
        reminder,
        priority,
        tags,
        target: target
            .filter(|_| intent != Intent::CreateTask)
            .map(|words| Target { kind: TargetKind::Title(words.clone()), words }),
        language: first.map_or(Language::English, |command| command.language),
        confidence,
        spans: first.map(|command| command.spans.clone()).unwrap_or_default(),
    })
}

/// The text of an answer, put together where it came in pieces; `None` if its end is missing.
fn content(body: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut is_done = false;
    for piece in serde_json::Deserializer::from_slice(body).into_iter::<Piece>() {
        let piece = piece.ok()?;
        text.push_str(&piece.message.content);
        is_done = piece.done;
    }
    is_done.then_some(text)
}

fn text(text: Option<String>) -> Option<String> {
    let text = text?.trim().to_owned();
    (!text.is_empty() && !text.contains('\0') && text.chars().count() <= 500).then_some(text)
}

/// Whether every word of it stands in the sentence.
fn is_in(said: &str, sentence: &str) -> bool {
    let sentence = words(sentence);
    let said = words(said);
    !said.is_empty() && said.iter().all(|word| sentence.contains(word))
}

/// A local date-time or a day. Models like to write a `Z` that they don't mean.
fn due(text: &str) -> Option<Due> {
    let text = text.trim().trim_end_matches('Z');
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Some(Due { at: day.and_time(NaiveTime::MIN), all_day: true, elapsed: None });
    }
    let at = text
        .parse::<NaiveDateTime>()
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M"))
        .ok()?;
    Some(Due { at: at.with_nanosecond(0)?, all_day: false, elapsed: None })
}

/// Whether the sentence says such a date: we heard the same, or its numbers stand there.
fn is_borne_out(due: Due, sentence: &str, heard: &[Command]) -> bool {
    let same = |command: &Command| {
        command.due.is_some_and(|it| {
            it.at.date() == due.at.date() && (it.all_day || due.all_day || it.at == due.at)
        })
    };
    if heard.iter().any(same) {
        return true;
    }
    let numbers: Vec<u32> = sentence
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let has = |number: u32| numbers.contains(&number);
    let has_day = has(due.at.day());
    let has_hour = has(due.at.hour()) || has(due.at.hour12().1);
    has_day && (due.all_day || has_hour)
}

/// An ISO 8601 duration of days, hours and minutes.
fn lead(text: &str) -> Option<Lead> {
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, time)) => (days, time),
        None => (text.strip_prefix('P')?, ""),
    };
    let days: u32 = match days {
        "" => 0,
        days => days.strip_suffix('D')?.parse().ok()?,
    };
    let (hours, minutes) = time
        .split_once('H')
        .map_or((0, time), |(hours, rest)| (hours.parse().unwrap_or(u32::MAX), rest));
    let minutes: u32 = match minutes {
        "" | "0S" => 0,
        minutes => minutes.strip_suffix('M')?.parse().ok()?,
    };
    (days <= 365 && hours <= 10_000 && minutes <= 10_000)
        .then(|| Lead { days, minutes: hours * 60 + minutes })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn answer(guess: &Value) -> Vec<u8> {
        let content = guess.to_string();
        json!({"message": {"role": "assistant", "content": content}, "done": true})
            .to_string()
            .into()
    }

    fn guess() -> Value {
        json!({
            "intent": "create_task", "title": "buy milk", "due_date": null, "priority": "medium",
            "tags": [], "target": null, "confidence": 0.9,
        })
    }

    fn believed(change: &Value, sentence: &str) -> Option<f64> {
        let mut guess = guess();
        guess.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        command(&answer(&guess), sentence, &[]).map(|command| command.confidence)
    }

    #[test]
    fn what_the_sentence_says_is_believed_and_what_it_does_not_is_doubted() {
        let sentence = "pls we r out of milk buy some 24.12. 17h";
        for (change, expected) in [
            (json!({}), 0.9),
            (json!({"confidence": 0.3}), 0.3),
            (json!({"title": "buy milk and eggs"}), UNSUPPORTED),
            (json!({"title": null}), UNSUPPORTED),
            (json!({"due_date": "2026-12-24T17:00:00Z"}), 0.9),
            (json!({"due_date": "2026-12-24"}), 0.9),
            (json!({"due_date": "2026-12-25"}), UNSUPPORTED),
            (json!({"due_date": "soon"}), UNSUPPORTED),
            (json!({"intent": "delete_task", "title": null, "target": "milk"}), 0.9),
            (json!({"intent": "delete_task", "title": null, "target": "everything"}), UNSUPPORTED),
            (json!({"intent": "delete_task", "title": null, "target": null}), UNSUPPORTED),
        ] {
            assert_eq!(believed(&change, sentence), Some(expected), "{change}");
        }
    }

    #[test]
    fn what_is_no_answer_is_none() {
        for change in [
            json!({"intent": "drop_tables"}),
            json!({"confidence": 2}),
            json!({"confidence": "high"}),
            json!({"tags": "home"}),
            json!({"priority": "urgent"}),
            json!({"user_id": "00000000-0000-7000-8000-000000000002"}),
        ] {
            assert_eq!(believed(&change, "buy milk"), None, "{change}");
        }
        let whole = answer(&guess());
        for body in [
            &b""[..],
            b"<html>",
            b"{}",
            &whole[..whole.len() - 10],
            &[b' '; MOST_BYTES + 1],
            br#"{"message": {"content": "{\"intent\": \"create"}, "done": true}"#,
            br#"{"message": {"content": "Sure! Here you go"}, "done": true}"#,
        ] {
            assert!(command(body, "buy milk", &[]).is_none());
        }
    }

    #[test]
    fn an_answer_in_pieces_is_put_together_if_it_ends() {
        let text = guess().to_string();
        let (left, right) = text.split_at(30);
        let piece =
            |content: &str, done: bool| json!({"message": {"content": content}, "done": done});
        let pieces = |done| format!("{}\n{}\n", piece(left, false), piece(right, done));
        assert!(command(pieces(true).as_bytes(), "buy milk", &[]).is_some());
        assert!(command(pieces(false).as_bytes(), "buy milk", &[]).is_none());
    }

    #[test]
    fn a_lead_is_a_duration() {
        for (text, expected) in [
            ("PT30M", Some((0, 30))),
            ("PT1H30M", Some((0, 90))),
            ("P1D", Some((1, 0))),
            ("PT0S", Some((0, 0))),
            ("P1DT2H", Some((1, 120))),
            ("P1Y", None),
            ("30 minutes", None),
            ("PT99999999999H", None),
        ] {
            assert_eq!(lead(text).map(|lead| (lead.days, lead.minutes)), expected, "{text}");
        }
    }
}
