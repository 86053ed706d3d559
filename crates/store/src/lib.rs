//! Every SQL statement, typed. No other crate names a table.
//!
//! A function here is one statement and one round trip: a change and the event that tells of it are
//! written by the same one, so there is no transaction to begin. It takes the user whose data it
//! may touch; what works across users, or finds out which one it is, stands in
//! [`audit_logs::insert_many`], [`deliveries`], [`events`], [`identity_providers`], [`rate_limits`], [`readiness`],
//! [`reminders::take`], [`series`], [`system`], [`access_tokens::used`], [`sessions`] and [`users::by_email`].
//!
//! Rows come as JSON text and are read by `serde`: Spin's Postgres interface has no `timestamptz`
//! and its rows are lists of values by position.

pub mod access_tokens;
pub mod audit_logs;
pub mod changes;
pub mod conversations;
mod database;
pub mod deliveries;
mod error;
pub mod events;
pub mod idempotency_keys;
pub mod identity_providers;
pub mod push_subscriptions;
pub mod rate_limits;
pub mod readiness;
pub mod reminders;
pub mod series;
pub mod sessions;
mod statements;
pub mod system;
pub mod tasks;
pub mod users;
pub mod webhooks;

pub use error::{Error, Result};
/// What `spindle token` runs, as components do by [`access_tokens::insert`].
pub use statements::ACCESS_TOKEN_INSERT;

/// What the role of the components may do, for whoever migrates.
pub const GRANTS: &str = include_str!("../../../sql/grants.sql");
