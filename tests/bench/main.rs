//! Figures, taken side by side in one run: HTTP through Spindle by wrk, the same statements by pgbench, the time from a
//! request to its audit row, starts, memory, sizes. `cargo xtask bench` runs it.

mod capacity;
mod kafka;
mod language;
mod load;
mod reminders;
mod scale;
mod streams;
mod system;
mod tasks;
mod web;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use spindle_tests::Spindle;

use load::{Pgbench, Rate, Wrk};

/// Connections, for wrk and for pgbench.
pub const CONNECTIONS: u32 = 16;
/// Each measurement is taken this often, in turns; the median is printed.
const ROUNDS: usize = 3;
const DEMO_USER: &str = "00000000-0000-7000-8000-000000000001";

#[tokio::main]
async fn main() -> Result<()> {
    let seconds: u32 = match std::env::args().nth(1) {
        Some(seconds) => seconds.parse().context("seconds per measurement")?,
        None => 8,
    };
    // Which part, or all.
    let only = std::env::args().nth(2);
    let wanted = |part: &str| only.as_deref().is_none_or(|only| only == part);
    if wanted("sizes") {
        system::sizes()?;
    }
    if wanted("language") {
        language::language().await?;
    }
    if wanted("http") {
        let spindle = system::starts().await?;
        system::memory(&spindle)?;
        latency(&spindle).await?;
        rates(&spindle, seconds).await?;
        spindle.stop().await?;
    }
    if wanted("tasks") {
        let spindle = Spindle::start_embedded().await?;
        tasks::tasks(&spindle, seconds).await?;
        spindle.stop().await?;
    }
    if wanted("scale") {
        scale::scale().await?;
    }
    if wanted("reminders") {
        reminders::reminders().await?;
    }
    if wanted("streams") {
        streams::streams().await?;
    }
    if wanted("capacity") {
        capacity::capacity(seconds).await?;
    }
    if wanted("web") {
        web::web().await?;
    }
    if wanted("kafka") {
        kafka::kafka().await?;
    }
    Ok(())
}

/// Time from sending a POST to seeing its audit row through the API, in the median of 100.
async fn latency(spindle: &Spindle) -> Result<()> {
    let mut times = Vec::new();
    for number in 0..100 {
        let correlation_id = format!("bench-{number}");
        let sent = std::time::Instant::now();
        let created = spindle
            .client
            .post(spindle.url("/api/tasks"))
            .header("x-correlation-id", &correlation_id)
            .json(&json!({ "title": "how long" }))
            .send()
            .await?;
        let task: serde_json::Value = created.json().await?;
        let rows = spindle.audit(task["id"].as_str().context("no id")?, 1).await?;
        times.push(sent.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(rows[0]["correlation_id"] == *correlation_id, "{rows:?}");
    }
    times.sort_by(f64::total_cmp);
    println!(
        "\nPOST to audit row     median {:.1} ms, p99 {:.1} ms (100 requests)",
        times[50], times[98]
    );
    Ok(())
}

/// Requests per second beside the same statements by pgbench.
async fn rates(spindle: &Spindle, seconds: u32) -> Result<()> {
    let task = spindle.create("the one that is read").await?;
    let id = task["id"].as_str().context("no id")?.to_owned();
    let wrk = Wrk { seconds, url: spindle.running.url.clone(), token: None };
    let pgbench =
        Pgbench::prepare(&spindle.running.database_url, &spindle.data(), seconds, DEMO_USER, &id)
            .await?;

    let broker = spindle.running.broker_pid.and_then(Pid::from_raw).context("no broker")?;
    let task = json!({ "title": "buy milk", "priority": "high" });
    let command = json!({ "user_input": "Create a task to buy milk tomorrow at 5pm" });
    let mut measured: [Vec<Rate>; 7] = Default::default();
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}, {seconds} s each");
        measured[0].push(wrk.get("/health")?);
        measured[1].push(wrk.get(&format!("/api/tasks/{id}"))?);
        measured[2].push(pgbench.select()?);
        measured[3].push(wrk.post("/api/tasks", &task)?);
        // What comes after must not pay for the events of what came before.
        system::drained(spindle).await?;
        // As with pgbench's database, nobody reads the events.
        kill_process(broker, Signal::STOP)?;
        let unread = wrk.post("/api/tasks", &task);
        kill_process(broker, Signal::CONT)?;
        measured[4].push(unread?);
        system::drained(spindle).await?;
        measured[5].push(pgbench.insert()?);
        measured[6].push(wrk.post("/chat/command", &command)?);
        system::drained(spindle).await?;
    }
    let names = [
        "GET /health",
        "GET one task",
        "  select by pgbench",
        "POST a task",
        "  its events unread",
        "  insert by pgbench",
        "a task by talking",
    ];
    let medians = load::table(&names, measured);
    println!(
        "GET one task / pgbench {:>10.3}   (aim 0.125)",
        medians[1].per_second / medians[2].per_second
    );
    println!(
        "POST a task / pgbench  {:>10.3}   (aim 0.4)",
        medians[3].per_second / medians[5].per_second
    );
    println!("  its events unread    {:>10.3}", medians[4].per_second / medians[5].per_second);
    println!(
        "by talking / by POST   {:>10.3}   (median times; aim: at most 2)",
        medians[6].p50 / medians[3].p50
    );
    Ok(())
}
