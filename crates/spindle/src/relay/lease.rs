//! The lease that makes one relay the active one, and the statements that only its holder may run.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use store::system;
use tokio_postgres::{Client, Statement};

use super::event::Event;
use super::observed::Observed;

/// How long a relay that died keeps others waiting.
const HOLDS: Duration = Duration::from_secs(5);
/// How often a relay that is busy with a batch, or idle, says that it lives.
const RENEW_EVERY: Duration = Duration::from_secs(2);

/// The longest that nobody looks for what is due: while events come, and for what became due earlier than we knew.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How many webhooks one statement has served; what is left, the next one.
const MOST_WEBHOOKS: i64 = 100;
/// How many reminders.
const MOST_REMINDERS: i64 = 1000;

/// A relay's hold on the events.
pub struct Lease {
    client: Client,
    statements: Statements,
    holder: String,
    epoch: i64,
    /// Every event up to this position is in Kafka.
    published: i64,
    /// What of that the database knows.
    noted: i64,
    /// When we asked for what we hold: Postgres counts from a little later.
    renewed: Instant,
    /// When to look again for what is due.
    look: Instant,
}

struct Statements {
    take: Statement,
    watch: Statement,
    renew: Statement,
    release: Statement,
    assign: Statement,
    reminders: Statement,
    /// What else becomes due, and how much of it one statement takes.
    claims: [(Statement, i64); 2],
    unpublished: Statement,
}

/// Whose the lease is.
pub enum Taken {
    Ours,
    Others { expires_in: Duration },
}

impl Lease {
    /// A lease that isn't held yet. `holder` names this relay among all.
    pub async fn new(client: Client, holder: String) -> Result<Self> {
        // A relay that falls silent while Postgres sends it events holds the lease's row locked. Postgres would give
        // up on it after a quarter of an hour; the lease has run out in as much as this.
        client
            .batch_execute("set tcp_user_timeout = '5s'")
            .await
            .context("can't prepare the relay's connection")?;
        let prepare =
            async |sql| client.prepare(sql).await.context("can't prepare the relay's statements");
        let statements = Statements {
            take: prepare(system::RELAY_LEASE_TAKE).await?,
            watch: prepare(system::RELAY_LEASE_WATCH).await?,
            renew: prepare(system::RELAY_LEASE_RENEW).await?,
            release: prepare(system::RELAY_LEASE_RELEASE).await?,
            assign: prepare(system::EVENT_POSITION_ASSIGN).await?,
            reminders: prepare(system::REMINDER_CLAIM).await?,
            claims: [
                (prepare(system::REMINDER_RETELL).await?, MOST_REMINDERS),
                (prepare(system::WEBHOOK_CLAIM).await?, MOST_WEBHOOKS),
            ],
            unpublished: prepare(system::EVENT_LIST_UNPUBLISHED).await?,
        };
        Ok(Self {
            client,
            statements,
            holder,
            epoch: 0,
            published: 0,
            noted: 0,
            renewed: Instant::now(),
            look: Instant::now(),
        })
    }

    /// For statements that any relay may run.
    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Takes the lease unless another relay holds it.
    pub async fn take(&mut self) -> Result<Taken> {
        let asked = Instant::now();
        let row = self
            .client
            .query_opt(&self.statements.take, &[&self.holder, &holds_ms()])
            .await
            .context("can't take the lease")?;
        if let Some(row) = row {
            self.epoch = row.get("epoch");
            self.published = row.get("published");
            self.noted = self.published;
            self.renewed = asked;
            return Ok(Taken::Ours);
        }
        let row = self.watch().await?;
        let milliseconds = u64::try_from(row.get::<_, i64>("expires_in_ms")).unwrap_or(0);
        Ok(Taken::Others { expires_in: Duration::from_millis(milliseconds) })
    }

    /// Gives the next committed events their positions, in the same statement notes what is
    /// published and renews the lease.
    ///
    /// # Errors
    /// If the lease is lost.
    pub async fn assign(&mut self, limit: i64) -> Result<Vec<Event>> {
        let asked = Instant::now();
        let rows = self
            .client
            .query(
                &self.statements.assign,
                &[&self.holder, &self.epoch, &holds_ms(), &self.published, &limit],
            )
            .await
            .context("can't take events")?;
        if rows.is_empty() {
            bail!("another relay took over");
        }
        self.noted = self.published;
        self.renewed = asked;
        // The one row of an empty answer has no event.
        rows.iter()
            .filter(|row| row.get::<_, Option<i64>>("position").is_some())
            .map(Event::from_row)
            .collect()
    }

    /// Writes the events that have delivered what is due, if it is time to look for any.
    pub async fn claim_due(&mut self, observed: &Observed) -> Result<()> {
        if Instant::now() < self.look {
            return Ok(());
        }
        let claim = async |statement, most: &i64| {
            self.client.query_one(statement, &[most]).await.context("can't claim what is due")
        };
        let reminders = claim(&self.statements.reminders, &MOST_REMINDERS).await?;
        observed.came_due(&reminders.get::<_, Vec<f64>>("late_seconds"));
        let mut more = reminders.get::<_, i64>("count") >= MOST_REMINDERS;
        for (statement, most) in &self.statements.claims {
            more |= claim(statement, most).await?.get::<_, i64>("count") >= *most;
        }
        if !more {
            self.look = Instant::now() + LOOK_EVERY;
        }
        Ok(())
    }

    /// Events that have positions but weren't noted as published.
    pub async fn unpublished(&mut self, limit: i64) -> Result<Vec<Event>> {
        self.renew().await?;
        let rows = self
            .client
            .query(&self.statements.unpublished, &[&self.published, &limit])
            .await
            .context("can't read events")?;
        rows.iter().map(Event::from_row).collect()
    }

    /// Remembers that Kafka has everything up to `position`; the next statement notes it.
    pub fn published(&mut self, position: i64) {
        self.published = position;
    }

    /// How long there is nothing to do, at most [`LOOK_EVERY`]: none, if there are events to assign, something is due, or
    /// something is to be noted. A read, unless it is time to renew.
    ///
    /// # Errors
    /// If the lease is lost.
    pub async fn is_idle_for(&mut self) -> Result<Duration> {
        if self.noted != self.published {
            return Ok(Duration::ZERO);
        }
        self.keep().await?;
        let row = self.watch().await?;
        if !row.get::<_, bool>("held") {
            bail!("another relay took over");
        }
        let due_in = match row.get::<_, Option<i64>>("due_in_ms") {
            Some(milliseconds) => {
                Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0)).min(LOOK_EVERY)
            }
            None => LOOK_EVERY,
        };
        if due_in.is_zero() {
            self.look = Instant::now();
        }
        Ok(if row.get("pending") { Duration::ZERO } else { due_in })
    }

    /// How long until it is time to renew.
    pub fn fresh_for(&self) -> Duration {
        RENEW_EVERY.saturating_sub(self.renewed.elapsed())
    }

    /// Holds the lease longer, if it is time to.
    ///
    /// # Errors
    /// If it is lost.
    pub async fn keep(&mut self) -> Result<()> {
        if self.fresh_for().is_zero() {
            self.renew().await?;
        }
        Ok(())
    }

    /// Holds the lease longer.
    ///
    /// # Errors
    /// If it is lost, or Postgres doesn't answer while we have it for certain: another may have it then.
    pub async fn renew(&mut self) -> Result<()> {
        let asked = Instant::now();
        let certain = HOLDS.saturating_sub(self.renewed.elapsed());
        let renewing = async {
            self.client
                .query_opt(
                    &self.statements.renew,
                    &[&self.holder, &self.epoch, &holds_ms(), &self.published],
                )
                .await
                .context("can't renew the lease")
        };
        let row = tokio::time::timeout(certain, renewing)
            .await
            .context("the lease ran out before Postgres renewed it")??;
        if row.is_none() {
            bail!("another relay took over");
        }
        self.noted = self.published;
        self.renewed = asked;
        Ok(())
    }

    /// Leaves the lease to whoever wants it.
    pub async fn release(&mut self) -> Result<()> {
        self.client
            .execute(&self.statements.release, &[&self.holder, &self.epoch, &self.published])
            .await
            .context("can't release the lease")?;
        Ok(())
    }

    async fn watch(&self) -> Result<tokio_postgres::Row> {
        self.client
            .query_one(&self.statements.watch, &[&self.holder, &self.epoch])
            .await
            .context("can't look at the lease")
    }
}

fn holds_ms() -> f64 {
    HOLDS.as_secs_f64() * 1000.0
}
