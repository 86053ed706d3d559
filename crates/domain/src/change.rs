use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::Time;

/// Something that happened to what a user has: an event as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are those of an event")]
pub struct Change {
    /// Its place among all changes; what comes later has a greater one.
    pub position: i64,
    pub event_id: Uuid,
    pub event_type: String,
    pub correlation_id: String,
    pub timestamp: Time,
    pub source_service: String,
    /// `{"<entity>": …, "old": …}`: the entity after the change, and before it or null.
    pub payload: Value,
}

/// A part of what happened, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changes {
    /// At most as many as were wanted.
    pub items: Vec<Change>,
    /// Where to go on; there is always a next part, sooner or later.
    #[serde(with = "text")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub next: i64,
    /// Up to this place changes are not kept any more, whoever they were of.
    #[serde(skip_serializing)]
    pub purged: i64,
}

impl Changes {
    /// Whether changes after this place may have been thrown away before they were seen.
    pub fn are_gone_after(&self, position: i64) -> bool {
        // Who begins wants what there is.
        position > 0 && position < self.purged
    }
}

/// A place as a client keeps it: a text, because JavaScript's numbers end at 2⁵³.
mod text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(position: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(position)
    }

    /// The database writes a number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        i64::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_thrown_away_is_told() {
        let changes = Changes { items: Vec::new(), next: 9, purged: 6 };
        for (after, expected) in [(0, false), (1, true), (5, true), (6, false), (9, false)] {
            assert_eq!(changes.are_gone_after(after), expected, "{after}");
        }
    }
}
