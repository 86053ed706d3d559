//! Telling webhooks of what happened, of any users: what is due, and what became of it.

use domain::{Change, Notice};
use serde::{Deserialize, Serialize};
use spin_sdk::pg4::ParameterValue;
use uuid::Uuid;

use crate::Result;
use crate::database::{document, execute, json, list, uuid};
use crate::system::{DELIVERY_INSERT_MANY, DELIVERY_RECORD, DELIVERY_TAKE};

/// The right to deliver what is due to a webhook, once: what the relay claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Whose webhook it is.
    pub user_id: Uuid,
    /// The webhook.
    pub webhook_id: Uuid,
    /// It counts as long as the webhook has this number.
    pub claim: i64,
}

/// What is due to a webhook.
#[derive(Debug, Deserialize)]
pub struct Round {
    /// By which it was taken.
    #[serde(flatten)]
    pub claim: Claim,
    /// Where it goes.
    pub url: String,
    /// What it is signed with.
    pub secret: String,
    /// In the order in which they are to be tried.
    pub deliveries: Vec<Due>,
}

/// A delivery that is due.
#[derive(Debug, Deserialize)]
pub struct Due {
    /// Its id.
    pub id: Uuid,
    /// What is to be told.
    pub event: Change,
}

/// What became of an attempt: the answer's status, or why there was none; neither and both are possible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// The delivery's id.
    pub id: Uuid,
    /// What it was answered.
    pub status: Option<u16>,
    /// Why it failed, for its user.
    pub error: Option<String>,
}

/// Makes a delivery of each event for each webhook that wants it; what is there already stays as it is.
///
/// # Errors
/// [`Rejected`](crate::Error::Rejected) if one of them can't be stored: then none is.
pub fn insert_many(notices: &[Notice]) -> Result<()> {
    execute(DELIVERY_INSERT_MANY, &[json(&notices)]).map(drop)
}

/// What is due by these claims, at most `most` deliveries each, and none more after so many bytes of them; nothing by claims
/// that don't count any more.
pub fn take(claims: &[Claim], most: u32, most_bytes: u32) -> Result<Vec<Round>> {
    let number = |number: u32| ParameterValue::Int64(number.into());
    list(DELIVERY_TAKE, &[json(&claims), number(most), number(most_bytes)])
}

/// Notes what became of a round, and ends its claim. Only the last of the attempts may have failed.
pub fn record(claim: &Claim, attempts: &[Attempt]) -> Result<()> {
    let parameters = [
        uuid(claim.user_id),
        uuid(claim.webhook_id),
        ParameterValue::Int64(claim.claim),
        json(&attempts),
    ];
    document::<u64>(DELIVERY_RECORD, &parameters).map(drop)
}
