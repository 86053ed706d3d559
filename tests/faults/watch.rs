//! Looks at Kafka and Postgres again and again, whatever is away just now, and lets the checker judge.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use futures::TryStreamExt as _;
use spindle_tests::eventually;
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::checker::{Checker, Effect, Event, Record, Sight};
use crate::journal::Journal;
use crate::load::open;
use crate::topic::Topic;

/// From one look to the next.
const PAUSE: Duration = Duration::from_millis(100);
/// How long Postgres may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the group may take to commit what it has done.
const LAST_COMMITS: Duration = Duration::from_secs(60);
/// How many events a look takes at most.
const EVENTS: i64 = 20_000;
const NO_PARAMETERS: [&str; 0] = [];

/// Numbers each audit row as it is written.
pub const NUMBER_EFFECTS: &str =
    "alter table audit_logs add column applied bigint generated always as identity";

/// How far everything was at the last look.
#[derive(Clone, Default, Debug)]
pub struct State {
    /// Of the acknowledged changes, this many, the first ones, have their effect.
    pub settled: usize,
    /// How many acknowledged changes had no effect.
    pub lag: usize,
    pub looks: usize,
    pub events: usize,
    pub duplicates: usize,
    /// What is wrong, if anything is.
    pub wrong: Vec<String>,
}

/// See the module's documentation.
pub struct Watch {
    brokers: String,
    topic: Topic,
    database_url: String,
    database: Option<Client>,
    journal: Arc<Mutex<Journal>>,
    checker: Checker,
    /// Records that were read and not judged yet: they don't come again.
    records: Vec<Record>,
    state: State,
}

impl Watch {
    pub async fn new(
        brokers: &str,
        database_url: &str,
        journal: Arc<Mutex<Journal>>,
    ) -> Result<Self> {
        // The relay makes it.
        let topic =
            eventually("the topic", async || block_in_place(|| Topic::open(brokers))).await?;
        let checker = Checker::new(topic.partitions());
        let database_url = database_url.to_owned();
        let brokers = brokers.to_owned();
        let (records, state) = (Vec::new(), State::default());
        Ok(Self { brokers, topic, database_url, database: None, journal, checker, records, state })
    }

    /// Looks until nobody listens any more. What is away is no news; the load and the rounds notice
    /// if it stays away.
    pub async fn run(mut self, tell: watch::Sender<State>) -> Self {
        while !tell.is_closed() {
            if let Err(_away) = self.look().await {
                self.database = None;
            }
            tell.send_replace(self.state.clone());
            sleep(PAUSE).await;
        }
        self
    }

    /// One look, in the order that [`Sight`] tells of.
    async fn look(&mut self) -> Result<()> {
        let committed = block_in_place(|| self.topic.committed()).ok();
        let wanted = committed.clone().unwrap_or_default();
        let all = block_in_place(|| self.topic.read(&wanted, &mut self.records))?;
        let reading = timeout(PATIENCE, self.rows());
        let (events, effects) = reading.await.context("Postgres does not answer")??;
        let committed = committed.filter(|_| all);
        let records = std::mem::take(&mut self.records);
        let sight = Sight { committed, records, events, effects };

        let journal = open(&self.journal);
        self.state.wrong.extend(self.checker.look(&journal, &sight));
        let waits = |event: &&Uuid| !self.checker.has_effect(**event);
        let left = journal.acknowledged().get(self.state.settled..).unwrap_or_default();
        self.state.lag = left.iter().filter(waits).count();
        self.state.settled += left.iter().take_while(|event| !waits(event)).count();
        self.state.looks += 1;
        self.state.events = self.checker.events();
        self.state.duplicates = self.checker.duplicates;
        Ok(())
    }

    /// The outbox's new rows, then the effects that weren't there yet of all records that were.
    async fn rows(&mut self) -> Result<(Vec<Event>, Vec<Effect>)> {
        let database = match &mut self.database {
            Some(database) => database,
            none => none.insert(connect(&self.database_url).await?),
        };
        let more = "select position, id from events where position > $1 order by position limit $2";
        let mut events: Vec<Event> = Vec::new();
        loop {
            let last = events.last().map_or(self.checker.last_position(), |last| last.position);
            let rows = database.query(more, &[&last, &EVENTS]).await?;
            events.extend(rows.iter().map(|row| Event { position: row.get(0), id: row.get(1) }));
            if i64::try_from(rows.len())? < EVENTS {
                break;
            }
        }
        let mut waiting = self.checker.waiting();
        waiting.extend(self.records.iter().map(|record| record.event));
        // Those of records that come again have their effects long since.
        waiting.retain(|event| !self.checker.has_effect(*event));
        let effects = "select id, applied from audit_logs where id = any ($1)";
        let rows = database.query(effects, &[&waiting]).await?;
        let effects = rows.iter().map(|row| Effect { id: row.get(0), applied: row.get(1) });
        Ok((events, effects.collect()))
    }

    /// After the load: waits until the group has committed everything, then compares all there is.
    pub async fn finish(mut self) -> Result<State> {
        let deadline = Instant::now() + LAST_COMMITS;
        loop {
            self.look().await?;
            let (ends, committed) =
                block_in_place(|| anyhow::Ok((self.topic.ends()?, self.topic.committed()?)))?;
            if ends == committed && self.topic.has_read(&ends) || Instant::now() > deadline {
                break;
            }
            sleep(PAUSE).await;
        }
        self.look().await?;
        let mut wrong = self.checker.finish(&open(&self.journal));
        for table in ["events", "audit_logs"] {
            wrong.extend(self.checker.all_rows(table, self.all(table).await?));
        }
        let mut records = Vec::new();
        block_in_place(|| {
            let mut again = Topic::open(&self.brokers)?.context("the topic is gone")?;
            let all = again.read(&self.topic.ends()?, &mut records)?;
            ensure!(all, "the topic can't be read to its end once more");
            Ok(())
        })?;
        wrong.extend(self.checker.all_records(&records));
        let dead_letters = block_in_place(|| self.topic.dead_letters())?;
        if dead_letters > 0 {
            wrong.push(format!("dead letters: {dead_letters}, and no record is at fault"));
        }
        self.state.wrong.extend(wrong);
        Ok(self.state)
    }

    /// The ids of all rows of a table.
    async fn all(&self, table: &str) -> Result<Vec<Uuid>> {
        let database = self.database.as_ref().context("not connected")?;
        let rows = database.query_raw(&format!("select id from {table}"), NO_PARAMETERS).await?;
        Ok(rows.map_ok(|row| row.get::<_, Uuid>(0)).try_collect().await?)
    }

    /// Where the first acknowledged change without an effect is.
    pub fn first_left(&self) -> String {
        let journal = open(&self.journal);
        let left = journal.acknowledged().get(self.state.settled);
        left.map_or("nothing is left".to_owned(), |event| self.checker.whereabouts(*event))
    }
}

/// A connection to Spindle's database.
pub async fn connect(url: &str) -> Result<Client> {
    let connecting = tokio_postgres::connect(url, tokio_postgres::NoTls);
    let (client, connection) =
        timeout(PATIENCE, connecting).await.context("Postgres does not answer")??;
    tokio::spawn(connection);
    Ok(client)
}
