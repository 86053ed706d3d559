//! Names: of a record in Kafka, and of what a command is to work on.

use std::fmt;
use std::str::FromStr;

/// Where a record is: `<topic>/<partition>/<offset>`. A topic's name has no slash in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    pub topic: String,
    pub partition: i32,
    pub offset: i64,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.topic, self.partition, self.offset)
    }
}

const NO_ID: &str = "is no id such as audit-write.dead-letter/0/42";
const NO_TARGET: &str = "is neither an id such as audit-write.dead-letter/0/42 nor a topic";

impl FromStr for Id {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (rest, offset) = text.rsplit_once('/')?;
            let (topic, partition) = rest.rsplit_once('/')?;
            let (partition, offset) = (partition.parse().ok()?, offset.parse().ok()?);
            Some(Self { topic: topic.to_owned(), partition, offset })
        };
        parse().filter(|id| is_topic(&id.topic) && id.partition >= 0 && id.offset >= 0).ok_or(NO_ID)
    }
}

/// What a command is to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One dead letter.
    Letter(Id),
    /// All of a dead-letter topic.
    Topic(String),
}

impl Target {
    /// The dead-letter topic.
    pub fn topic(&self) -> &str {
        match self {
            Self::Letter(id) => &id.topic,
            Self::Topic(topic) => topic,
        }
    }
}

impl FromStr for Target {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(id) => Ok(Self::Letter(id)),
            Err(_) if is_topic(text) => Ok(Self::Topic(text.to_owned())),
            Err(_) => Err(NO_TARGET),
        }
    }
}

/// What Kafka allows as a topic's name (org.apache.kafka.common.internals.Topic).
fn is_topic(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=249).contains(&name.len()) && name.chars().all(legal) && name != "." && name != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        for text in ["audit-write.dead-letter/0/42", "a/2147483647/9223372036854775807"] {
            assert_eq!(text.parse::<Id>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "a",
            "a/0",
            "/0/0",
            "a/-1/0",
            "a/0/-1",
            "a/x/0",
            "a/0/0/0",
            "a\u{1b}/0/0",
            "../0/0",
        ] {
            assert_eq!(text.parse::<Id>(), Err(NO_ID), "{text:?}");
        }
    }

    #[test]
    fn a_target_is_an_id_or_a_topic() {
        let id = Id { topic: "a.dead-letter".to_owned(), partition: 1, offset: 2 };
        assert_eq!("a.dead-letter/1/2".parse(), Ok(Target::Letter(id)));
        assert_eq!("a.dead-letter".parse(), Ok(Target::Topic("a.dead-letter".to_owned())));
        assert_eq!("a.dead-letter/1".parse::<Target>(), Err(NO_TARGET));
    }
}
