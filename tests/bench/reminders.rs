//! Reminders: a million that wait, ten thousand that come due in a minute, one of three destinations dead.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Receiver, Reply, Spindle, repository, seed, until_none_is_left};
use tokio::time::sleep;
use tokio_postgres::Client;

/// How many users with how many tasks, each with a reminder that is not due for years.
const USERS: i32 = 1000;
const OF_EACH: i32 = 1000;
/// How many come due, and within how many seconds.
const DUE: i32 = 10_000;
const WITHIN: f64 = 60.0;
/// Ports 1, 2 and 3 stand for the destinations, of which the first is the dead one.
const PENDING: &str = "
    insert into reminders (user_id, id, task_id, delivery_method, destination, at, trigger_time)
    select user_id, uuid_v7(), id, 'webhook', 'http://127.0.0.1:1/', at, at
      from tasks
     cross join lateral (
           select '2040-01-01'::timestamptz + (random() * 1e6) * interval '1 second'
     ) as chosen (at)
     where user_id <> '00000000-0000-7000-8000-000000000001' or status <> 'active'";
/// Who is reminded.
const PEOPLE: &str = "
    insert into users (id, email)
    select ('00000000-0000-7000-8000-' || lpad(to_hex(number), 12, '0'))::uuid, number || '@example.com'
      from generate_series(2, $1::int) as number";
const COME_DUE: &str = "
    insert into reminders (user_id, id, task_id, delivery_method, destination, at, trigger_time)
    select user_id, uuid_v7(), id, 'webhook', ($3::text[])[1 + number % 3], at, at
      from (
        select user_id, id, row_number() over (order by md5(id::text)) as number
          from tasks
         where status = 'active'
         order by md5(id::text)
         limit $1::int
      ) as chosen
     cross join lateral (
           select now() + interval '5 seconds' + $2::float8 * number / $1 * interval '1 second'
     ) as due (at)";
/// Of each that came due, how long after its time the event was committed, and had its place: later than the claim.
const LATENESS: &str = "
    select percentile_disc(0.5) within group (order by late), percentile_disc(0.99) within group (order by late),
           max(late), count(*)
      from (
        select 1000 * extract(
                   epoch from pg_xact_commit_timestamp(xmin) - (payload -> 'reminder' ->> 'trigger_time')::timestamptz
               )::float8 as late
          from events
         where event_type = 'reminder.due'
      ) as each";

/// Measures and prints.
pub async fn reminders() -> Result<()> {
    let mut spindle =
        Spindle::start_with(&[("SPIN_VARIABLE_WEBHOOK_BLOCKED_NETWORKS", "")]).await?;
    let database = spindle.database().await?;
    // It counts from the next start on.
    database.batch_execute("alter system set track_commit_timestamp = on").await?;
    spindle.terminate().await?;
    spindle.restart().await?;
    let database = spindle.database().await?;
    database.execute(PEOPLE, &[&USERS]).await?;
    seed::tasks(&database, 1..11, OF_EACH).await?;
    database.batch_execute(PENDING).await?;
    database.batch_execute("vacuum analyze reminders").await?;
    let few = claim(&database).await?;
    eprintln!("a reminder for each of {} tasks", USERS * OF_EACH);
    seed::tasks(&database, 11..USERS + 1, OF_EACH).await?;
    database.batch_execute(&format!("truncate reminders cascade; {PENDING}")).await?;
    database.batch_execute("vacuum analyze reminders").await?;
    let many = claim(&database).await?;

    let dead = Receiver::start(Reply::Silent).await?;
    let well =
        [Receiver::start(Reply::Status(200)).await?, Receiver::start(Reply::Status(200)).await?];
    let places = [dead.base(), well[0].base(), well[1].base()];
    let due = database.execute(COME_DUE, &[&DUE, &WITHIN, &&places[..]]).await?;
    ensure!(due == u64::try_from(DUE)?, "{due} come due");
    until_none_is_left("reminders to come due", async || {
        let pending = "select count(*) from reminders where status = 'pending' and trigger_time < '2039-01-01'";
        sleep(Duration::from_secs(1)).await;
        Ok(database.query_one(pending, &[]).await?.get(0))
    })
    .await?;
    let alive = "select count(*) from reminders where status = 'sending' and destination <> $1";
    until_none_is_left("deliveries to the two that are well", async || {
        sleep(Duration::from_secs(1)).await;
        Ok(database.query_one(alive, &[&places[0]]).await?.get(0))
    })
    .await?;
    report(&database, &places[0], few, many).await?;
    spindle.stop().await
}

/// What a claim costs where nothing is due, and how it is run.
async fn claim(database: &Client) -> Result<(f64, String)> {
    let (mut times, mut plan) = (Vec::new(), String::new());
    let claim = std::fs::read_to_string(repository().join("sql/system/reminder_claim.sql"))?;
    database.batch_execute(&format!("prepare claim as {claim}")).await?;
    for _ in 0..20 {
        let rows = database.simple_query("explain (analyze, buffers) execute claim(1000)").await?;
        let lines = rows.iter().filter_map(|row| match row {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        plan = lines.collect::<Vec<_>>().join("\n");
        let time = plan
            .lines()
            .find_map(|line| line.strip_prefix("Execution Time: ")?.strip_suffix(" ms"));
        times.push(time.context("no time")?.parse::<f64>()?);
    }
    database.batch_execute("deallocate claim").await?;
    times.sort_by(f64::total_cmp);
    Ok((times[10], plan))
}

async fn report(
    database: &Client,
    dead: &str,
    few: (f64, String),
    many: (f64, String),
) -> Result<()> {
    let row = database.query_one(LATENESS, &[]).await?;
    let (median, p99, most): (f64, f64, f64) = (row.get(0), row.get(1), row.get(2));
    ensure!(row.get::<_, i64>(3) == i64::from(DUE), "{row:?}");
    println!("\n{DUE} reminders come due in {WITHIN} s, {} wait", USERS * OF_EACH);
    println!(
        "due to committed      median {median:.0} ms, p99 {p99:.0} ms, most {most:.0} ms   (aim p99 1000 ms)"
    );
    println!(
        "a claim of none       {:.3} ms of {} that wait, {:.3} ms of {}",
        few.0,
        10 * OF_EACH,
        many.0,
        USERS * OF_EACH
    );
    let delivered = "
        select count(*)::float8, extract(epoch from max(sent_at) - min(sent_at))::float8,
               extract(epoch from percentile_disc(0.5) within group (order by sent_at - trigger_time))::float8,
               extract(epoch from percentile_disc(0.99) within group (order by sent_at - trigger_time))::float8
          from reminders
         where status = 'sent' and destination <> $1";
    let row = database.query_one(delivered, &[&dead]).await?;
    let (count, seconds): (f64, f64) = (row.get(0), row.get(1));
    let (median, p99): (f64, f64) = (row.get(2), row.get(3));
    println!(
        "deliveries            {:.0}/s to two that are well beside one that never answers; median {median:.2} s, p99 {p99:.2} s \
         after their time",
        count / seconds
    );
    println!("\nclaim among {}\n{}", USERS * OF_EACH, many.1);
    Ok(())
}
