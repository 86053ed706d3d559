use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::names::names;
use crate::query::{CURSOR, LIMIT, PARAMETER, read};
use crate::{Envelope, Error, Page, Time};

/// An event on its way to a webhook, or what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields say what they are")]
pub struct Delivery {
    /// Sent with each attempt, so that a receiver knows what it has got already.
    pub id: Uuid,
    pub event_id: Uuid,
    pub event_type: String,
    pub state: DeliveryState,
    pub attempts: u32,
    /// Of one that is pending.
    pub next_attempt_at: Option<Time>,
    pub last_attempt_at: Option<Time>,
    /// What the last attempt was answered.
    pub last_status: Option<u16>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    pub created_at: Time,
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum DeliveryState {
    /// It is tried until it succeeds, or its day is over.
    Pending,
    /// It was answered with a status of 200 to 299.
    Delivered,
    /// It was not, for a day.
    Failed,
}

names!(DeliveryState: Pending = "pending", Delivered = "delivered", Failed = "failed");

/// Which deliveries of a webhook: `GET /api/webhooks/:id/deliveries?state=&limit=&cursor=`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// Only those that are this far.
    pub state: Option<DeliveryState>,
    /// Which part of them.
    pub page: Page,
}

pub(crate) const DELIVERY_PARAMETERS: [(&str, &str); 3] =
    [("state", "pending, delivered or failed"), LIMIT, CURSOR];

impl DeliveryQuery {
    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        read(parameters, &DELIVERY_PARAMETERS, PARAMETER, Self::default(), |query, name, value| {
            match name {
                "state" => query.state = Some(DeliveryState::parse(value)?),
                _ => query.page.set(name, value)?,
            }
            Some(())
        })
    }
}

/// An event that webhooks may have to be told of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of an event")]
pub struct Notice {
    pub user_id: Uuid,
    pub event_id: Uuid,
    pub event_type: String,
    pub timestamp: Time,
}

impl Notice {
    /// Of an event as Kafka has it.
    ///
    /// # Errors
    /// If `value` is none.
    pub fn from_event(value: &[u8]) -> Result<Self, serde_json::Error> {
        let Envelope { user_id, event_id, event_type, timestamp, .. } =
            serde_json::from_slice(value)?;
        Ok(Self { user_id, event_id, event_type, timestamp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_chosen_by_how_far_they_are() {
        let parse = |pairs: &[(&'static str, &'static str)]| {
            DeliveryQuery::parse(pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())))
        };
        let query = parse(&[("state", "failed"), ("limit", "5")]).unwrap();
        assert_eq!((query.state, query.page.limit), (Some(DeliveryState::Failed), 5));
        for wrong in
            [[("state", "lost")], [("limit", "0")], [("cursor", "x")], [("status", "failed")]]
        {
            assert!(parse(&wrong).is_err(), "{wrong:?}");
        }
    }
}
