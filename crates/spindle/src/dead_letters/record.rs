//! A record of a dead-letter topic: a dead letter, or the note that one was sent again.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use rdkafka::message::{BorrowedMessage, Header, Message as _, OwnedHeaders};

use super::id::Id;

/// What the headers begin with that the trigger puts beside a record's own.
const PREFIX: &str = "dead-letter-";

/// On a record that was sent again, and on the note that it was: which dead letter it was.
const REPLAYED: &str = "dead-letter-replayed";

/// As it stands in Kafka.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: Id,
    pub written: Option<DateTime<Utc>>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Record {
    pub fn of(message: &BorrowedMessage<'_>) -> Self {
        Self {
            id: Id {
                topic: message.topic().to_owned(),
                partition: message.partition(),
                offset: message.offset(),
            },
            written: message.timestamp().to_millis().and_then(DateTime::from_timestamp_millis),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: spin_kafka_trigger::headers(message),
        }
    }

    /// The dead letter that this record says was sent again, if that is all that it says.
    pub fn marks(&self) -> Option<Id> {
        if self.value.is_some() || self.source_topic().is_some() {
            return None;
        }
        self.replayed_from()?.parse().ok()
    }

    /// What the trigger says of it, such as `reason`.
    pub fn story(&self, name: &str) -> Option<Cow<'_, str>> {
        let matches = |header: &str| header.strip_prefix(PREFIX) == Some(name);
        let (_, value) = self.headers.iter().rev().find(|(header, _)| matches(header))?;
        Some(String::from_utf8_lossy(value.as_deref()?))
    }

    /// The topic that it was consumed from.
    pub fn source_topic(&self) -> Option<Cow<'_, str>> {
        self.story("topic")
    }

    /// Where it was consumed from.
    pub fn source(&self) -> Option<Id> {
        let (topic, partition) = (self.source_topic()?, self.story("partition")?);
        format!("{topic}/{partition}/{}", self.story("offset")?).parse().ok()
    }

    /// The dead letter that it was before it was sent again.
    pub fn replayed_from(&self) -> Option<Cow<'_, str>> {
        self.story("replayed")
    }

    /// When it was given up.
    pub fn failed(&self) -> Option<DateTime<Utc>> {
        let told = self.story("last-failure");
        let told = told.and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        told.map(|time| time.to_utc()).or(self.written)
    }

    /// Its headers as they were at its source.
    pub fn own_headers(&self) -> impl Iterator<Item = &(String, Option<Vec<u8>>)> {
        self.headers.iter().filter(|(name, _)| !name.starts_with(PREFIX))
    }

    /// Its headers when it is sent again, and those of the note that it was.
    pub fn replayed_headers(&self) -> OwnedHeaders {
        let own = self.own_headers().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header { key, value: value.as_deref() })
        });
        own.insert(Header { key: REPLAYED, value: Some(&self.id.to_string()) })
    }
}

#[cfg(test)]
pub mod tests {
    use rdkafka::message::Headers as _;

    use super::*;

    /// A dead letter of `task-events/2/55`.
    pub fn letter(offset: i64) -> Record {
        let headers = [
            ("ce_id", "0190aaaa"),
            ("dead-letter-group", "audit-write"),
            ("dead-letter-component", "audit-write"),
            ("dead-letter-topic", "task-events"),
            ("dead-letter-partition", "2"),
            ("dead-letter-offset", "55"),
            ("dead-letter-timestamp", "1795252500000"),
            ("dead-letter-first-failure", "2026-11-21T09:15:00.000Z"),
            ("dead-letter-last-failure", "2026-11-21T09:15:07.250Z"),
            ("dead-letter-attempts", "3"),
            ("dead-letter-kind", "retry"),
            ("dead-letter-reason", "no such user"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), Some(value.into()));
        Record {
            id: Id { topic: "audit-write.dead-letter".to_owned(), partition: 0, offset },
            written: DateTime::from_timestamp_millis(1_795_252_508_000),
            key: Some(b"t1".to_vec()),
            value: Some(br#"{"a":1}"#.to_vec()),
            headers: headers.map(owned).to_vec(),
        }
    }

    /// The same with another story.
    pub fn with(mut record: Record, name: &str, value: &str) -> Record {
        let name = format!("{PREFIX}{name}");
        record.headers.retain(|(header, _)| *header != name);
        record.headers.push((name, Some(value.into())));
        record
    }

    #[test]
    fn a_dead_letter_tells_where_it_came_from_and_when_it_was_given_up() {
        let letter = letter(7);
        assert_eq!(letter.source().unwrap().to_string(), "task-events/2/55");
        assert_eq!(letter.failed().unwrap().to_rfc3339(), "2026-11-21T09:15:07.250+00:00");
        assert_eq!(letter.marks(), None);
    }

    #[test]
    fn a_record_without_a_story_was_given_up_when_it_was_written() {
        let bare = Record { headers: Vec::new(), ..letter(7) };
        assert_eq!(bare.source(), None);
        assert_eq!(bare.failed(), bare.written);
        assert_eq!(with(letter(7), "last-failure", "yesterday").failed(), bare.written);
    }

    #[test]
    fn a_note_has_no_value_and_no_story_but_the_letters_id() {
        let id = letter(7).id;
        let headers = vec![(REPLAYED.to_owned(), Some(id.to_string().into_bytes()))];
        let note = Record { value: None, headers, ..letter(8) };
        assert_eq!(note.marks(), Some(id.clone()));
        // A tombstone that was sent again, and given up once more.
        let tombstone = Record { value: None, ..letter(9) };
        assert_eq!(with(tombstone, "replayed", &id.to_string()).marks(), None);
    }

    #[test]
    fn it_is_sent_again_with_its_own_headers_and_its_id() {
        let mut letter = with(letter(7), "replayed", "audit-write.dead-letter/0/3");
        letter.headers.insert(0, ("empty".to_owned(), None));
        let headers = letter.replayed_headers();
        let pairs: Vec<_> = headers.iter().map(|header| (header.key, header.value)).collect();
        let expected: [(&str, Option<&[u8]>); 3] = [
            ("empty", None),
            ("ce_id", Some(b"0190aaaa")),
            (REPLAYED, Some(b"audit-write.dead-letter/0/7")),
        ];
        assert_eq!(pairs, expected);
    }
}
