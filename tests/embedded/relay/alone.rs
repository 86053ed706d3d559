//! `spindle relay` by itself: how it ends, and what it reads.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, ensure};
use rustix::process::Signal;
use spindle_tests::{Process, Spindle, eventually, spindle_program};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

const EVENT: &str = "
    insert into events (user_id, id, subject, event_type, topic_name, correlation_id, payload, source_service)
    select id, id, id::text, 'relay.tested', 'task-events', 'relay-test', '{}', 'test'
      from (values ($1::uuid)) new (id)";

#[tokio::test]
async fn told_to_stop_under_load_it_publishes_what_it_took_and_leaves_the_lease() -> Result<()> {
    let outbox = Outbox::new().await?;
    let load = Load::start(&outbox.url).await?;
    let mut first = outbox.relay(&outbox.spindle.running.kafka_brokers)?;
    outbox.until("something published", "published > 200").await?;
    let status = first.end(Signal::TERM).await?;
    ensure!(status.success(), "{status}: {}", first.log_tail());
    let log = std::fs::read_to_string(first.log())?;
    ensure!(!log.contains("could not finish"), "{log}");
    let left =
        "select published = last_position and expires_at <= clock_timestamp() from relay_lease";
    ensure!(outbox.database.query_one(left, &[]).await?.get::<_, bool>(0));

    let expected = load.end().await?;
    let mut second = outbox.relay(&outbox.spindle.running.kafka_brokers)?;
    super::consume(&outbox.spindle.running.kafka_brokers, expected).await?;
    ensure!(second.end(Signal::TERM).await?.success());
    outbox.spindle.stop().await
}

#[tokio::test]
async fn told_to_stop_while_kafka_is_away_it_ends_at_once() -> Result<()> {
    let outbox = Outbox::new().await?;
    let mut relay = outbox.relay(&format!("127.0.0.1:{}", free_port()?))?;
    eventually("its connection to Postgres", async || {
        let others = "select count(*) from pg_stat_activity
                       where datname = current_database() and pid <> pg_backend_pid()";
        let row = outbox.database.query_one(others, &[]).await?;
        Ok((row.get::<_, i64>(0) > 0).then_some(()))
    })
    .await?;
    ensure!(relay.end(Signal::TERM).await?.success(), "{}", relay.log_tail());
    let log = std::fs::read_to_string(relay.log())?;
    ensure!(!log.contains("could not finish"), "{log}");
    outbox.spindle.stop().await
}

#[tokio::test]
async fn told_to_stop_while_kafka_is_silent_it_ends_and_the_next_one_publishes() -> Result<()> {
    let outbox = Outbox::new().await?;
    let (broker, brokers) = outbox.broker().await?;
    let load = Load::start(&outbox.url).await?;
    let mut first = outbox.relay(&brokers)?;
    outbox.until("something published", "published > 50").await?;
    broker.signal(Signal::STOP)?;
    outbox.until("something taken", "last_position > published").await?;
    ensure!(first.end(Signal::TERM).await?.success(), "{}", first.log_tail());
    let log = std::fs::read_to_string(first.log())?;
    ensure!(log.contains("Kafka is silent"), "{log}");

    let expected = load.end().await?;
    broker.signal(Signal::CONT)?;
    let mut second = outbox.relay(&brokers)?;
    super::consume(&brokers, expected).await?;
    ensure!(second.end(Signal::TERM).await?.success());
    outbox.spindle.stop().await
}

#[tokio::test]
async fn it_reads_each_event_of_a_backlog_once_that_postgres_does_not_expect() -> Result<()> {
    reads_each_event_once(&[INSERT_OLD, "analyze events", INSERT_NEW]).await
}

#[tokio::test]
async fn it_reads_no_event_when_there_is_no_backlog_where_postgres_expects_one() -> Result<()> {
    reads_each_event_once(&[INSERT_NEW, "analyze events"]).await
}

const BACKLOG: i64 = 10_000;
const INSERT_OLD: &str = "
    insert into events (user_id, subject, event_type, topic_name, correlation_id, payload, source_service, position)
    select gen_random_uuid(), number, 'relay.tested', 'task-events', 'relay-test', to_jsonb(repeat('x', 500)), 'test', -number
      from generate_series(1, 10000) number";
const INSERT_NEW: &str = "
    insert into events (user_id, subject, event_type, topic_name, correlation_id, payload, source_service)
    select gen_random_uuid(), number, 'relay.tested', 'task-events', 'relay-test', to_jsonb(repeat('x', 500)), 'test'
      from generate_series(1, 10000) number";

/// What Postgres has counted in a table that fills and empties within seconds is old; the relay's work must not depend
/// on it.
async fn reads_each_event_once(preparation: &[&str]) -> Result<()> {
    let outbox = Outbox::new().await?;
    let (_broker, brokers) = outbox.broker().await?;
    // Few rows on a page: a table of some thousand pages is read as a whole for a batch, and that is right.
    let sparse = "alter table events set (autovacuum_enabled = false, fillfactor = 10)";
    for statement in [&[sparse], preparation].concat() {
        outbox.database.batch_execute(statement).await?;
    }
    let mut relay = outbox.relay(&brokers)?;
    outbox.until("everything published", &format!("published = {BACKLOG}")).await?;
    eventually("a look for more", async || {
        let looks = "select count(*) from pg_stat_activity
                      where datname = current_database() and query like '%as pending%'
                        and pid <> pg_backend_pid()";
        let row = outbox.database.query_one(looks, &[]).await?;
        Ok((row.get::<_, i64>(0) > 0).then_some(()))
    })
    .await?;
    ensure!(relay.end(Signal::TERM).await?.success(), "{}", relay.log_tail());

    let (table, index) = eventually("its session's statistics", async || {
        let read = "select t.seq_tup_read, i.idx_tup_read
                      from pg_stat_user_tables t join pg_stat_user_indexes i using (relid)
                     where i.indexrelname = 'idx_events_unpositioned'";
        let row = outbox.database.query_one(read, &[]).await?;
        let (table, index) = (row.get::<_, i64>(0), row.get::<_, i64>(1));
        Ok((index >= BACKLOG).then_some((table, index)))
    })
    .await?;
    ensure!(table == 0, "{table} rows without an index");
    // The entries of what has just got its position are met once more.
    ensure!(index < 3 * BACKLOG, "{index} entries of the index");
    outbox.spindle.stop().await
}

/// A database that no other relay looks at.
pub struct Outbox {
    /// Whose servers we use.
    pub spindle: Spindle,
    pub url: String,
    database: Client,
    folder: tempfile::TempDir,
}

impl Outbox {
    pub async fn new() -> Result<Self> {
        let spindle = Spindle::start_embedded().await?;
        spindle.database().await?.batch_execute("create database alone").await?;
        let url = spindle.running.database_url.replace("/spindle?", "/alone?");
        let migrated = tokio::process::Command::new(spindle_program())
            .arg("migrate")
            .env("DATABASE_URL", &url)
            .output()
            .await?;
        ensure!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        let database = connect(&url).await?;
        Ok(Self { spindle, url, database, folder: tempfile::tempdir()? })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A relay of this database.
    pub fn relay(&self, brokers: &str) -> Result<Process> {
        super::relay(&self.url, brokers, self.path())
    }

    /// A broker that is not Spindle's, and its address.
    pub async fn broker(&self) -> Result<(Process, String)> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let arguments = ["broker", "--listen", &address, "--storage", "memory://spindle/"];
        let log: PathBuf = self.path().join("broker.log");
        let broker = Process::spawn(&spindle_program(), &arguments, &[], &log)?;
        eventually("the broker", async || {
            Ok(tokio::net::TcpStream::connect(&address).await.ok().map(|_| ()))
        })
        .await?;
        Ok((broker, address))
    }

    /// Waits until the lease's row is so.
    async fn until(&self, what: &str, condition: &str) -> Result<()> {
        eventually(what, async || {
            let row = self
                .database
                .query_one(&format!("select {condition} from relay_lease"), &[])
                .await?;
            Ok(row.get::<_, bool>(0).then_some(()))
        })
        .await
    }
}

/// Events that come all the time, until it ends.
struct Load {
    stop: Arc<AtomicBool>,
    writers: JoinSet<Result<Vec<String>>>,
}

impl Load {
    async fn start(url: &str) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = JoinSet::new();
        for _ in 0..4 {
            let (database, stop) = (connect(url).await?, Arc::clone(&stop));
            writers.spawn(async move {
                let mut ids = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    let id = uuid::Uuid::now_v7();
                    database.execute(EVENT, &[&id]).await?;
                    ids.push(id.to_string());
                }
                Ok(ids)
            });
        }
        Ok(Self { stop, writers })
    }

    /// The ids of all its events.
    async fn end(mut self) -> Result<HashSet<String>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut ids = HashSet::new();
        while let Some(written) = self.writers.join_next().await {
            ids.extend(written??);
        }
        Ok(ids)
    }
}

async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.context("no database")?;
    tokio::spawn(connection);
    Ok(client)
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
