//! Reminders that come due while the relay and the trigger are killed, and a mail provider misbehaves.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use chrono::{DateTime, Utc};
use spindle_tests::{MailProvider, Taken};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::Client;

use crate::plan::{Step, Target};
use crate::system::System;
use crate::watch::connect;

/// For how many seconds they come due, one after the other.
const SECONDS: f64 = 40.0;
/// How long the processes are left alone after one was killed.
const QUIET: std::ops::Range<u64> = 500..4000;
/// How long a killed one stays away.
const AWAY: std::ops::Range<u64> = 0..2000;
/// How long nothing may go on in the end. What was lost is told of again after a minute, what failed after up to ten.
const PATIENCE: Duration = Duration::from_secs(700);

/// A reminder as it stands in the end.
struct Standing {
    trigger_time: DateTime<Utc>,
    status: String,
    unknown: i32,
}

/// Runs and judges. In a hurry, nobody waits for the pause after an attempt that failed.
pub async fn run(count: u32, hurry: bool, seed: u64, folder: &Path) -> Result<()> {
    let began = Instant::now();
    let provider = MailProvider::start(seed).await?;
    let (url, port) = (provider.url(), provider.port());
    let mail = [("MAIL_URL", url.as_str()), ("MAIL_HOST", "127.0.0.1"), ("MAIL_PORT", &port)];
    let mail = mail.map(|(name, value)| (format!("SPIN_VARIABLE_{name}"), value.to_owned()));
    let mut system = System::start_with(folder, &mail).await?;
    let address = system.running.database_url.clone();
    make(&connect(&address).await?, count).await?;

    let left = async || left(&address, hurry).await;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut kills = [0; 2];
    while left().await? > i64::from(count) / 20 {
        let target = if random.bool() { Target::Relay } else { Target::Trigger };
        kills[usize::from(matches!(target, Target::Trigger))] += 1;
        let away = Duration::from_millis(random.u64(AWAY));
        for step in [Step::Kill(target), Step::Start(target)] {
            system.note(&format!("{step:?}"))?;
            system.take(step).await?;
            sleep(away).await;
        }
        system.settle().await?;
        let quiet = Duration::from_millis(random.u64(QUIET));
        tokio::select! {
            ended = system.first_end() => match ended? {},
            () = sleep(quiet) => {}
        }
    }
    let all = async {
        while left().await? > 0 {
            sleep(Duration::from_millis(500)).await;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        ended = system.first_end() => match ended? {},
        all = timeout(PATIENCE, all) => all.context("some reminders are still under way")??,
    }

    let standing = standing(&connect(&address).await?).await?;
    let taken = provider.taken();
    let summary = judge(&standing, &taken, count)?;
    system.stop().await?;
    let [relay, trigger] = kills;
    println!(
        "{summary}; the relay was killed {relay} times, the trigger {trigger} times; {:.0} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One user's tasks, each with a reminder of its own by mail.
async fn make(database: &Client, count: u32) -> Result<()> {
    let user = "
        insert into users (id, email)
        values ('00000000-0000-7000-8000-00000000000a', 'faults@example.com')";
    database.batch_execute(user).await?;
    let tasks = "
        insert into tasks (user_id, id, title, due_date, reminder_config)
        select '00000000-0000-7000-8000-00000000000a', uuid_v7(), 'task ' || number,
               now() + interval '1 second' * (5 + $1::float8 * number / $2::float8), '{\"lead_time\": \"0m\"}'
          from generate_series(1, $3::int) as number";
    let total = f64::from(count);
    let made = database.execute(tasks, &[&SECONDS, &total, &i32::try_from(count)?]).await?;
    ensure!(made == u64::from(count), "{made} tasks");
    Ok(())
}

/// How many are not over. Postgres runs all the time; `spindle`, who starts it, doesn't.
async fn left(address: &str, hurry: bool) -> Result<i64> {
    let count = "select count(*) from reminders where status in ('pending', 'sending')";
    let due = "
        update reminder_deliveries
           set next_attempt_at = now()
         where state = 'pending' and attempts > 0 and not under_way and next_attempt_at > now()";
    for _ in 0..600 {
        let asked = async {
            let database = connect(address).await?;
            if hurry {
                database.batch_execute(due).await?;
            }
            anyhow::Ok(database.query_one(count, &[]).await?.get(0))
        };
        match asked.await {
            Ok(left) => return Ok(left),
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
    bail!("Postgres doesn't come back")
}

async fn standing(database: &Client) -> Result<HashMap<String, Standing>> {
    let rows = "
        select id::text, trigger_time, status,
               (select sum(unknown)::integer
                  from reminder_deliveries
                 where reminder_deliveries.user_id = reminders.user_id
                   and reminder_id = reminders.id) as unknown
          from reminders";
    let rows = database.query(rows, &[]).await?;
    let standing = rows.iter().map(|row| {
        let unknown = row.get("unknown");
        let (trigger_time, status) = (row.get("trigger_time"), row.get("status"));
        (row.get("id"), Standing { trigger_time, status, unknown })
    });
    Ok(standing.collect())
}

/// What was to be shown, or the first thing that is wrong.
fn judge(standing: &HashMap<String, Standing>, taken: &[Taken], count: u32) -> Result<String> {
    ensure!(standing.len() == count as usize, "{} reminders", standing.len());
    let mut of: HashMap<&str, Vec<&Taken>> = HashMap::new();
    for mail in taken {
        of.entry(&mail.reminder_id).or_default().push(mail);
    }
    let (mut doubles, mut unknown) = (0, 0);
    for (id, reminder) in standing {
        let mails = of.get(id.as_str()).map(Vec::as_slice).unwrap_or_default();
        ensure!(reminder.status == "sent", "{id} is {}", reminder.status);
        let [first, more @ ..] = mails else { bail!("{id} was sent, and nobody has got it") };
        ensure!(
            first.at >= reminder.trigger_time,
            "{id} came at {}, before {}",
            first.at,
            reminder.trigger_time
        );
        let most = usize::try_from(reminder.unknown)?;
        ensure!(
            more.len() <= most,
            "{id} came {} times, and of {most} attempts nobody knew the outcome",
            mails.len()
        );
        ensure!(more.iter().all(|mail| mail.is_marked), "{id}: a double that doesn't say so");
        doubles += more.len();
        unknown += most;
    }
    Ok(format!(
        "{count} reminders, each delivered and none before its time; {doubles} doubles, each marked, of {unknown} attempts \
         whose outcome was unknown"
    ))
}
