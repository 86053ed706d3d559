//! Every SQL statement, typed. No other crate names a table.
//!
//! A function here is one statement and one round trip: a change and the event that tells of it are
//! written by the same one, so there is no transaction to begin. It takes the user whose data it
//! may touch; what works across users stands in [`audit_logs::insert_many`], [`events`],
//! [`readiness`] and [`system`].
//!
//! Rows come as JSON text and are read by `serde`: Spin's Postgres interface has no `timestamptz`
//! and its rows are lists of values by position.

pub mod audit_logs;
pub mod changes;
pub mod conversations;
mod database;
mod error;
pub mod events;
pub mod idempotency_keys;
pub mod readiness;
mod statements;
pub mod system;
pub mod tasks;

pub use error::{Error, Result};
