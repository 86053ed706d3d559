use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::Time;

/// The value of a Kafka record: the customer's envelope, and the user beside it.
///
/// `event_type` is text, because a consumer meets types that are newer than itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[allow(missing_docs, reason = "the fields are the customer's and say what they are")]
pub struct Envelope {
    pub event_id: Uuid,
    pub event_type: String,
    pub topic_name: String,
    pub correlation_id: String,
    pub timestamp: Time,
    pub source_service: String,
    pub user_id: Uuid,
    /// `{"<entity>": …, "old": …}`: the entity after the change, and before it or null.
    pub payload: Value,
}
