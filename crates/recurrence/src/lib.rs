//! When a task comes back: RFC 5545's rules in a time zone.
//!
//! A [`Rule`] is what is written of a recurrence, a [`Series`] a rule with its first time and its zone. Rules are
//! followed on the wall's clock, as if there were no zones (`expand`), and only then does a wall's time become an instant
//! (`wall`). So 9:00 stays 9:00, and what counts days never sees a zone.
//!
//! It does no I/O and has no clock. Whatever a rule says, work is bounded: see [`Error::TooFar`].

mod document;
mod error;
mod expand;
mod parts;
mod rule;
mod series;
mod simple;
#[cfg(test)]
mod tests;
mod wall;

pub use chrono_tz::Tz;
pub use error::Error;
pub use rule::{Exception, Rule};
pub use series::{Completion, Occurrence, Occurrences, Series, Start};
pub use simple::{On, Period, Simple};
pub use wall::resolve;
