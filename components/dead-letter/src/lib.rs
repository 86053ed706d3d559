//! Marks events that a consumer gave up as failed, with the reason, and no more once they were sent again.
//!
//! It reads the dead-letter topics of the other groups. Whatever stands there, nothing is a reason to fail: a record that
//! is no event's is noted in the log, and done.

use kafka_guest::{Failure, Message, Reason};
use uuid::Uuid;

kafka_guest::handler!(handle);

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    kafka_guest::each(&batch, |message| note(message, store::events::note))
}

fn note(
    message: &Message,
    write: impl FnOnce(Uuid, &str, Option<&str>) -> store::Result<bool>,
) -> Result<(), Reason> {
    let here = format!("{}/{}/{}", message.topic, message.partition, message.offset);
    // The relay gives every record the event's id; the value may be what is wrong with it.
    let event = header(message, "ce_id").and_then(|id| id.parse().ok());
    let replayed = header(message, "dead-letter-replayed");
    let (Some(event), Some((letter, failure))) = (
        event,
        match (header(message, "dead-letter-topic"), replayed) {
            // One that was sent again may fail again.
            (Some(_), _) => Some((here.clone(), Some(failure(message)))),
            (None, Some(letter)) => Some((letter, None)),
            (None, None) => None,
        },
    ) else {
        log("no event's dead letter", &here);
        return Ok(());
    };
    match write(event, &letter, failure.as_deref()) {
        Ok(true) => Ok(()),
        Ok(false) => {
            log("the event of a dead letter is gone", &here);
            Ok(())
        }
        Err(error) => Err(Reason::reject_if(error.is_rejection(), error)),
    }
}

/// What went wrong, on one line.
fn failure(message: &Message) -> String {
    let story = |name| header(message, name).unwrap_or_else(|| "unknown".to_owned());
    let text = format!("{}: {}", story("dead-letter-kind"), story("dead-letter-reason"));
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

/// The last header of that name, as a text.
fn header(message: &Message, name: &str) -> Option<String> {
    let (_, value) = message.headers.iter().rev().find(|(other, _)| other == name)?;
    Some(String::from_utf8_lossy(value.as_deref()?).into_owned())
}

/// Both are ours, and plain.
fn log(message: &str, record: &str) {
    eprintln!(r#"{{"level": "warn", "message": "{message}", "record": "{record}"}}"#);
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = "0190aaaa-0000-7000-8000-000000000001";

    fn record(headers: &[(&str, &str)]) -> Message {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), Some((*value).into()));
        Message {
            topic: "audit-write.dead-letter".to_owned(),
            offset: 7,
            headers: headers.iter().map(owned).collect(),
            ..Message::default()
        }
    }

    /// What is written of a record.
    fn noted(message: &Message) -> Option<(String, String, Option<String>)> {
        let mut written = None;
        let outcome = note(message, |event, letter, failure| {
            written = Some((event.to_string(), letter.to_owned(), failure.map(str::to_owned)));
            Ok(true)
        });
        assert_eq!(outcome, Ok(()));
        written
    }

    #[test]
    fn an_event_that_was_given_up_gets_the_reason() {
        let mut letter = record(&[
            ("ce_id", EVENT),
            ("dead-letter-topic", "task-events"),
            ("dead-letter-kind", "reject"),
            ("dead-letter-reason", "no\u{0}\nsuch user"),
            // It was sent again before.
            ("dead-letter-replayed", "audit-write.dead-letter/0/3"),
        ]);
        let expected = (
            EVENT.to_owned(),
            "audit-write.dead-letter/0/7".to_owned(),
            Some("reject: no  such user".to_owned()),
        );
        assert_eq!(noted(&letter), Some(expected.clone()));
        letter.value = Some(b"\xff\x00".to_vec());
        assert_eq!(noted(&letter), Some(expected));
    }

    #[test]
    fn an_event_that_was_sent_again_loses_it() {
        let note =
            record(&[("ce_id", EVENT), ("dead-letter-replayed", "audit-write.dead-letter/0/3")]);
        let expected = (EVENT.to_owned(), "audit-write.dead-letter/0/3".to_owned(), None);
        assert_eq!(noted(&note), Some(expected));
    }

    #[test]
    fn what_is_no_events_is_done() {
        for headers in [
            &[][..],
            &[("ce_id", EVENT)],
            &[("dead-letter-topic", "t"), ("dead-letter-reason", "x")],
            &[("ce_id", "42"), ("dead-letter-topic", "t")],
        ] {
            let message = Message { value: Some(b"\xff\x00".to_vec()), ..record(headers) };
            assert_eq!(noted(&message), None, "{headers:?}");
        }
    }

    #[test]
    fn an_event_that_is_gone_is_done_and_a_database_that_is_away_is_waited_for() {
        let letter = record(&[("ce_id", EVENT), ("dead-letter-topic", "t")]);
        assert_eq!(note(&letter, |_, _, _| Ok(false)), Ok(()));
        let away = || store::Error::Unavailable("refused".to_owned());
        let outcome = note(&letter, |_, _, _| Err(away()));
        assert_eq!(outcome, Err(Reason::unavailable(away())));
    }
}
