//! The load: tasks that are created, changed, completed and deleted by the statements that the
//! components use, at a steady pace.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior, interval, sleep, timeout};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};
use uuid::Uuid;

use crate::journal::{Change, Fate, Journal};

const INSERT: &str = include_str!("../../sql/queries/task_insert.sql");
const UPDATE: &str = include_str!("../../sql/queries/task_update.sql");
const COMPLETE: &str = include_str!("../../sql/queries/task_complete.sql");
const DELETE: &str = include_str!("../../sql/queries/task_delete.sql");

/// Connections, each with tasks of its own.
pub const WRITERS: u32 = 8;
const TASKS_EACH: usize = 4;
/// How often a task is changed before it is completed and deleted, at most.
const CHANGES: u32 = 12;
const USER: Uuid = Uuid::from_u128(1);
/// How soon to connect again.
const AGAIN: Duration = Duration::from_millis(100);
/// How long connecting may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writers at work.
pub struct Load {
    journal: Arc<Mutex<Journal>>,
    stop: Arc<AtomicBool>,
    writers: JoinSet<Result<()>>,
}

impl Load {
    /// Begins to write `rate` events a second. What an outage keeps from being written is not made
    /// up for.
    pub fn start(database_url: &str, rate: u32, seed: u64) -> Self {
        let journal = Arc::default();
        let stop = Arc::default();
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let mut pace = interval(Duration::from_secs(1) * WRITERS / rate.max(1));
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let writer = Writer {
                url: database_url.to_owned(),
                journal: Arc::clone(&journal),
                stop: Arc::clone(&stop),
                rng: Rng::with_seed(seed.wrapping_add(number.into())),
                tasks: std::iter::repeat_with(Task::default).take(TASKS_EACH).collect(),
            };
            writers.spawn(writer.run(pace));
        }
        Self { journal, stop, writers }
    }

    pub fn journal(&self) -> Arc<Mutex<Journal>> {
        Arc::clone(&self.journal)
    }

    /// Returns when a writer can't go on, which none should.
    pub async fn failed(&mut self) -> anyhow::Error {
        match self.writers.join_next().await {
            Some(Ok(Err(error))) => error.context("the load"),
            ended => anyhow::anyhow!("the load ended: {ended:?}"),
        }
    }

    /// Ends when each statement that was begun has its answer.
    pub async fn stop(mut self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.writers.join_next().await {
            ended?.context("the load")?;
        }
        Ok(())
    }
}

/// The journal, whoever panicked with it.
pub fn open(journal: &Mutex<Journal>) -> MutexGuard<'_, Journal> {
    journal.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection's work.
struct Writer {
    url: String,
    journal: Arc<Mutex<Journal>>,
    stop: Arc<AtomicBool>,
    rng: Rng,
    tasks: Vec<Task>,
}

/// A task in the middle of its life.
#[derive(Default)]
struct Task {
    id: Uuid,
    /// How many changes it has had; 0 before it is created.
    changes: u32,
    /// After how many it is completed.
    completed_after: u32,
}

impl Writer {
    async fn run(mut self, mut pace: Interval) -> Result<()> {
        let mut session = Session::open(&self.url).await?;
        while !self.stop.load(Ordering::Relaxed) {
            pace.tick().await;
            let index = self.rng.usize(..self.tasks.len());
            if self.tasks[index].has_ended() {
                let completed_after = self.rng.u32(1..=CHANGES);
                self.tasks[index] = Task { id: Uuid::new_v4(), changes: 0, completed_after };
            }
            let task = &self.tasks[index];
            let (event, ordinal) = (Uuid::new_v4(), task.changes + 1);
            open(&self.journal).begins(event, Change { task: task.id, ordinal });
            let fate = match session.write(task, event).await {
                Ok(row) => {
                    ensure!(changed(&row, ordinal), "change {ordinal} of {} was not made", task.id);
                    Fate::Acknowledged
                }
                Err(error) if is_ours(&error) => return Err(error).context("a statement"),
                Err(_) => {
                    open(&self.journal).lost_answers += 1;
                    let fate;
                    (session, fate) = self.after_outage(task.id, event).await;
                    fate
                }
            };
            open(&self.journal).ends(event, fate);
            if fate == Fate::Acknowledged {
                self.tasks[index].changes = ordinal;
            }
        }
        Ok(())
    }

    /// Connects again and finds out whether the change was made.
    async fn after_outage(&self, task: Uuid, event: Uuid) -> (Session, Fate) {
        loop {
            if let Ok(session) = Session::open(&self.url).await
                && let Ok(found) = session.knows(task, event).await
            {
                return (session, if found { Fate::Acknowledged } else { Fate::Absent });
            }
            sleep(AGAIN).await;
        }
    }
}

impl Task {
    /// Deleted, or not yet begun.
    fn has_ended(&self) -> bool {
        self.completed_after == 0 || self.changes == self.completed_after + 2
    }
}

/// A connection with its statements.
struct Session {
    client: Client,
    insert: Statement,
    update: Statement,
    complete: Statement,
    delete: Statement,
}

impl Session {
    async fn open(url: &str) -> Result<Self> {
        let opening = async {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            let insert = client.prepare(INSERT).await?;
            let update = client.prepare(UPDATE).await?;
            let complete = client.prepare(COMPLETE).await?;
            let delete = client.prepare(DELETE).await?;
            anyhow::Ok(Self { client, insert, update, complete, delete })
        };
        timeout(PATIENCE, opening).await.context("Postgres does not answer")?
    }

    /// The next change of a task.
    async fn write(&self, task: &Task, event: Uuid) -> Result<Row, tokio_postgres::Error> {
        let now = chrono::Utc::now().to_rfc3339();
        let (correlation_id, source) = (event.to_string(), "faults");
        let none: Option<&str> = None;
        let title = format!("after {} changes", task.changes);
        match task.changes {
            0 => {
                self.client
                    .query_one(
                        &self.insert,
                        &[
                            &USER,
                            &task.id,
                            &title,
                            &none,
                            &none,
                            &"UTC",
                            &"medium",
                            &"[]",
                            &none,
                            &none,
                            &now,
                            &event,
                            &correlation_id,
                            &source,
                            &none,
                            &none,
                        ],
                    )
                    .await
            }
            changes if changes < task.completed_after => {
                let patch = serde_json::json!({ "title": title }).to_string();
                self.client
                    .query_one(
                        &self.update,
                        &[
                            &USER,
                            &task.id,
                            &patch,
                            &now,
                            &event,
                            &correlation_id,
                            &source,
                            &none,
                            &none,
                            &none,
                            &none,
                        ],
                    )
                    .await
            }
            changes => {
                let parameters: [&(dyn ToSql + Sync); 9] =
                    [&USER, &task.id, &now, &event, &correlation_id, &source, &none, &none, &none];
                let is_last = changes > task.completed_after;
                let statement = if is_last { &self.delete } else { &self.complete };
                self.client.query_one(statement, &parameters).await
            }
        }
    }

    /// Whether the event is there, once nobody is at work on its task: a server that died is down
    /// before another one starts, and a statement that still runs holds the row.
    async fn knows(&self, task: Uuid, event: Uuid) -> Result<bool> {
        let lock = "select from tasks where user_id = $1 and id = $2 for update";
        let look = "select exists (select from events where id = $1)";
        let looking = async {
            self.client.execute(lock, &[&USER, &task]).await?;
            self.client.query_one(look, &[&event]).await
        };
        Ok(timeout(PATIENCE, looking).await.context("Postgres does not answer")??.get(0))
    }
}

/// Whether a statement has done what it was to do: it answers with the task as it is now.
fn changed(row: &Row, ordinal: u32) -> bool {
    let Ok(Some(answer)) = row.try_get::<_, Option<&str>>(0) else { return false };
    let Ok(answer) = serde_json::from_str::<serde_json::Value>(answer) else { return false };
    answer.get("task").unwrap_or(&answer)["version"] == ordinal
}

/// A mistake of this program: data, constraints, syntax (Postgres' error classes 22, 23 and 42).
/// Anything else is the outage.
fn is_ours(error: &tokio_postgres::Error) -> bool {
    let code = error.code().map(tokio_postgres::error::SqlState::code).unwrap_or_default();
    ["22", "23", "42"].iter().any(|class| code.starts_with(class))
}
