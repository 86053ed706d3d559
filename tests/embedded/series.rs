//! One next task each, whatever dies, and however completions and reopenings meet.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use domain::{Status, Task};
use serde::Deserialize;
use serde_json::{Value, json};
use spindle_tests::{Spindle, eventually, repository};
use tokio::task::JoinSet;
use tokio_postgres::{Client, Statement};
use uuid::Uuid;

const TASKS: i64 = 300;
const USER: Uuid = domain::User::DEMO.id;

/// Tasks with a rule that are completed, whose events nobody has seen yet.
const COMPLETED: &str = r#"
    with completed as (
        insert into tasks (
            user_id, title, due_date, recurrence_rule, series_id, occurrence, series_start, status,
            version, completed_at
        )
        select $1, 'task ' || number, now(), '{"pattern": "daily"}', gen_random_uuid(), 1,
               task_wall(json_time(now()), 'UTC'), 'completed', 2, now()
          from generate_series(1, $2::bigint) as number
        returning id, task_json(tasks) as task
    )
    insert into events (
        user_id, subject, event_type, topic_name, correlation_id, payload, source_service
    )
    select $1, id, 'task.completed', 'task-events', 'c',
           jsonb_build_object('task', task, 'old', task || '{"status": "active"}'), 'test'
      from completed"#;

async fn next_ones(database: &Client) -> Result<i64> {
    let count = "select count(*) from tasks where parent_task_id is not null";
    Ok(database.query_one(count, &[]).await?.get(0))
}

async fn one_each(database: &Client) -> Result<()> {
    let wrong = "
        select count(*)
          from tasks as done
         where status = 'completed'
           and 1 <> (select count(*) from tasks where user_id = $1 and parent_task_id = done.id)";
    let wrong: i64 = database.query_one(wrong, &[&USER]).await?.get(0);
    ensure!(wrong == 0, "{wrong} have none, or several");
    let untold = "
        select count(*)
          from tasks
         where parent_task_id is not null
           and 1 <> (
               select count(*) from events where subject = tasks.id::text and event_type = 'task.created'
           )";
    let untold: i64 = database.query_one(untold, &[]).await?.get(0);
    ensure!(untold == 0, "{untold} were told of not once");
    Ok(())
}

#[tokio::test]
async fn killed_in_the_middle_each_has_one_next() -> Result<()> {
    let mut spindle = Spindle::start().await?;
    let database = spindle.database().await?;
    database.execute(COMPLETED, &[&USER, &TASKS]).await?;
    for part in [1, 2] {
        eventually("some of them", async || {
            Ok((next_ones(&database).await? >= TASKS * part / 4).then_some(()))
        })
        .await?;
        spindle.kill().await?;
        spindle.restart().await?;
    }
    spindle.settled("recurrence-spawn", "task-events").await?;
    let database = spindle.database().await?;
    assert_eq!(next_ones(&database).await?, TASKS);
    one_each(&database).await?;
    spindle.stop().await
}

#[tokio::test]
async fn five_hundred_at_once_are_well_within_a_calls_time() -> Result<()> {
    let spindle = Spindle::start().await?;
    let database = spindle.database().await?;
    database.execute(COMPLETED, &[&USER, &500_i64]).await?;
    let begin = Instant::now();
    eventually("all of them", async || Ok((next_ones(&database).await? == 500).then_some(())))
        .await?;
    let seconds = begin.elapsed().as_secs_f64();
    eprintln!("500 next ones in {seconds:.2} s");
    one_each(&database).await?;
    ensure!(seconds < 30.0, "{seconds} s");
    spindle.stop().await
}

/// The statements themselves, from several sides at once: events come late, twice and in any order, while tasks are
/// completed, reopened, and their next ones are changed. In the end each is as its task says.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_meets_the_statements_agree() -> Result<()> {
    const ROUNDS: u32 = 150;
    let seed = std::env::var("SPINDLE_SEED").ok().and_then(|it| it.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("SPINDLE_SEED={seed}");
    let spindle = Spindle::start().await?;
    let mut tasks = Vec::new();
    for number in 0..4 {
        let document = json!({
            "title": format!("task {number}"), "due_date": "2099-01-31", "recurrence_rule": { "pattern": "monthly" },
        });
        let (_, task) = spindle.post("/api/tasks", &document).await?;
        tasks.push(Uuid::deserialize(&task["id"])?);
    }
    let mut workers = JoinSet::new();
    for number in 0..6 {
        let side = Side::connect(&spindle).await?;
        let (tasks, mut random) = (tasks.clone(), fastrand::Rng::with_seed(seed + number));
        workers.spawn(async move {
            for _ in 0..ROUNDS {
                let task = tasks[random.usize(0..tasks.len())];
                match random.u8(0..10) {
                    0..3 => side.step(&side.complete, task).await?,
                    3..5 => side.step(&side.reopen, task).await?,
                    5 => side.touch(task).await?,
                    _ => side.follow(task).await?,
                }
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    spindle.settled("recurrence-spawn", "task-events").await?;
    let side = Side::connect(&spindle).await?;
    for task in &tasks {
        // The event of the last change comes after it.
        side.follow(*task).await?;
    }
    one_each(&side.database).await?;
    let untouched = "
        select count(*)
          from tasks as next
          join tasks as before on before.id = next.parent_task_id
         where before.status = 'active'
           and next.version = 1";
    let untouched: i64 = side.database.query_one(untouched, &[]).await?.get(0);
    assert_eq!(untouched, 0, "they go with the completion");
    spindle.stop().await
}

/// Somebody who runs statements as components do.
struct Side {
    database: Client,
    complete: Statement,
    reopen: Statement,
    standing: Statement,
    spawn: Statement,
    withdraw: Statement,
}

impl Side {
    async fn connect(spindle: &Spindle) -> Result<Self> {
        let database = spindle.database().await?;
        let prepare = async |file: &str| -> Result<Statement> {
            let file = repository().join("sql").join(file);
            Ok(database.prepare(&std::fs::read_to_string(file)?).await?)
        };
        Ok(Self {
            complete: prepare("queries/task_complete.sql").await?,
            reopen: prepare("queries/task_reopen.sql").await?,
            standing: prepare("system/task_series_standing.sql").await?,
            spawn: prepare("system/task_spawn.sql").await?,
            withdraw: prepare("system/task_withdraw.sql").await?,
            database,
        })
    }

    /// Its event is not told to anybody: `follow` is what would come of it.
    async fn step(&self, statement: &Statement, task: Uuid) -> Result<()> {
        let (now, none) = (domain::Time::now().to_string(), None::<&str>);
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 9] =
            [&USER, &task, &now, &Uuid::now_v7(), &"c", &"test", &none, &none, &none];
        self.database.query_one(statement, &parameters).await.map(drop).context("a step")
    }

    async fn touch(&self, task: Uuid) -> Result<()> {
        let touch = "
            update tasks set version = version + 1 where user_id = $1 and parent_task_id = $2";
        self.database.execute(touch, &[&USER, &task]).await.map(drop).context("a touch")
    }

    /// As `recurrence-spawn` does, but once: where somebody comes between, another event does.
    async fn follow(&self, id: Uuid) -> Result<()> {
        let standing = self.database.query_one(&self.standing, &[&USER, &id]).await?;
        let standing: Value = serde_json::from_str(standing.get(0))?;
        let task = Task::deserialize(&standing["task"])?;
        let now = domain::Time::now().to_string();
        match task.status {
            Status::Completed if standing["is_continued"] == false => {
                let next = task.next()?.context("it ends")?;
                let (due, event) = (next.due_date.to_string(), Uuid::now_v7());
                let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 10] = [
                    &USER,
                    &id,
                    &task.version,
                    &Uuid::now_v7(),
                    &due,
                    &next.series_start,
                    &now,
                    &event,
                    &"c",
                    &"recurrence-spawn",
                ];
                self.database.query_one(&self.spawn, &parameters).await.context("a next one")?;
            }
            Status::Active => {
                let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                    [&USER, &id, &now, &"c", &"recurrence-spawn"];
                self.database.execute(&self.withdraw, &parameters).await.context("a withdrawal")?;
            }
            Status::Completed | Status::Deleted => {}
        }
        Ok(())
    }
}
