//! What is not kept for ever: the active relay throws it away, a little at a time.

use std::time::Duration;

use anyhow::{Context as _, Result};
use store::system;
use tokio::time::Instant;
use tokio_postgres::Client;
use tracing::info;

/// What is thrown away, and by which statement; each says after how long.
const STATEMENTS: [(&str, &str); 6] = [
    ("tasks of the trash", system::TASK_PURGE_TRASH),
    ("idempotency keys", system::IDEMPOTENCY_KEY_PURGE),
    ("published events", system::EVENT_PURGE),
    ("deliveries of thrown-away events", system::DELIVERY_PURGE),
    ("deliveries of reminders", system::REMINDER_DELIVERY_PURGE),
    ("log-ins and rates", system::IDENTITY_PURGE),
];
/// How many rows one statement takes. Events to publish wait meanwhile, so it is over in some milliseconds.
const BATCH: i64 = 1000;
/// How often we look.
const PERIOD: Duration = Duration::from_secs(60);
/// How soon again where there was more than a batch.
const SOON: Duration = Duration::from_millis(200);

/// When to look again.
pub struct Retention {
    due: Instant,
}

impl Retention {
    /// Due at once.
    pub fn new() -> Self {
        Self { due: Instant::now() }
    }

    /// Whether it is time to look.
    pub fn is_due(&self) -> bool {
        Instant::now() >= self.due
    }

    /// Throws away what is too old, if it is time to look.
    pub async fn run(&mut self, client: &Client) -> Result<()> {
        if !self.is_due() {
            return Ok(());
        }
        let mut wait = PERIOD;
        for (what, statement) in STATEMENTS {
            let deleted: i64 = client
                .query_one(statement, &[&BATCH])
                .await
                .with_context(|| format!("can't throw away old {what}"))?
                .get(0);
            if deleted > 0 {
                info!(deleted, "threw away {what} that were kept long enough");
            }
            if deleted >= BATCH {
                wait = SOON;
            }
        }
        self.due = Instant::now() + wait;
        Ok(())
    }
}
