//! What a `spindle up` says of itself while it runs, for those who want to look inside.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

/// Its name in the data folder. Passwords stand in it, so it is for its user alone.
pub const FILE: &str = "run.json";

/// What was started.
#[derive(Serialize, Deserialize)]
pub struct Running {
    pub pid: u32,
    pub url: String,
    /// As the owner of the tables.
    pub database_url: String,
    /// As components connect.
    pub app_database_url: String,
    pub kafka_brokers: String,
    /// Our own outbox, and what lets mail in there.
    pub mail_url: Option<String>,
    pub mail_key: Option<String>,
    pub postgres_pid: Option<i32>,
    pub broker_pid: Option<i32>,
}

impl Running {
    /// What runs on a data folder. `instead` says what else could be named.
    pub fn read(data: &Path, instead: &str) -> Result<Self> {
        let path = data.join(FILE);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => bail!(
                "no `spindle up` runs on {}; start it, name its folder with --data, or {instead}",
                data.display()
            ),
            read => read.with_context(|| format!("can't read {}", path.display()))?,
        };
        serde_json::from_slice(&text)
            .with_context(|| format!("{} is not what `spindle up` writes", path.display()))
    }
}
