//! Whether the service can work.

use serde::Deserialize;
use spin_sdk::pg4::ParameterValue;

use crate::database::document;
use crate::system::READINESS_SELECT;
use crate::{Error, Result};

/// The last migration that the statements here rely on. A newer schema still fits: migrations
/// expand before they contract.
pub const SCHEMA_VERSION: i32 = 44;

/// What the database says about the service.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Readiness {
    /// Whether every migration up to [`SCHEMA_VERSION`] is applied.
    pub schema_fits: bool,
    /// How many events Kafka has not acknowledged; beyond 10,000 it is a lower bound.
    pub unpublished: i64,
    /// How long the oldest of them has been waiting, in seconds.
    pub oldest_seconds: f64,
}

/// Asks the database.
///
/// # Errors
/// [`Unmigrated`](Error::Unmigrated) where no migration has ever been applied.
pub fn select() -> Result<Readiness> {
    document(READINESS_SELECT, &[ParameterValue::Int32(SCHEMA_VERSION)])?
        .ok_or_else(|| Error::Failed("relay_lease has no row".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_version_is_the_last_migration() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../sql/migrations");
        let last = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter_map(|name| name.strip_prefix('V')?.split_once("__")?.0.parse().ok())
            .max();
        assert_eq!(last, Some(SCHEMA_VERSION));
    }
}
