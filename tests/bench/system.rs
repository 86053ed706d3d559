//! Sizes, starts, memory, and waiting until all is done.

use std::time::Instant;

use anyhow::{Context as _, Result};
use spindle_tests::{Spindle, until_none_is_left};

/// The size of each component.
pub fn sizes() -> Result<()> {
    let folder = std::env::var("SPINDLE_WASM_DIR")
        .context("SPINDLE_WASM_DIR; `cargo xtask bench` sets it")?;
    let app = std::fs::read_to_string(spindle_tests::repository().join("spin.toml"))?;
    println!("component               size");
    let sources = app.lines().filter_map(|line| line.strip_prefix("source = ")?.rsplit_once('/'));
    for (_, file) in sources {
        let file = file.trim_matches('"');
        let bytes = std::fs::metadata(std::path::Path::new(&folder).join(file))?.len();
        println!("{:<20} {:>5} kB", file.trim_end_matches(".wasm"), bytes / 1000);
    }
    Ok(())
}

/// Starts from nothing, and again with everything there; returns the last one, running.
pub async fn starts() -> Result<Spindle> {
    let started = Instant::now();
    let mut spindle = Spindle::start_embedded().await?;
    println!(
        "\nstart, cold           {:.2} s (initdb, compiling, migrations)",
        started.elapsed().as_secs_f64()
    );
    let mut warm = Vec::new();
    for _ in 0..3 {
        spindle.terminate().await?;
        let started = Instant::now();
        spindle.restart().await?;
        warm.push(started.elapsed().as_secs_f64());
    }
    warm.sort_by(f64::total_cmp);
    println!("start, warm           {:.2} s", warm[1]);
    Ok(spindle)
}

/// Memory before the first request: what each process has of its own, and its share of what several have.
pub fn memory(spindle: &Spindle) -> Result<()> {
    let running = &spindle.running;
    let pids = [
        ("spindle", Some(running.pid)),
        ("broker", running.broker_pid),
        ("Postgres", running.postgres_pid),
    ];
    for (name, pid) in pids {
        let pid = pid.context("no such process")?;
        println!("memory at rest        {name} {} MB", memory_of(pid)? / 1000);
    }
    Ok(())
}

/// Kilobytes that a process and its children have.
pub fn memory_of(pid: i32) -> Result<u64> {
    let total: u64 = family(pid)?.into_iter().map(proportional_kib).sum();
    Ok(total * 1024 / 1000)
}

/// Seconds of processor time that a process and its children have spent so far (proc(5), `stat`: utime and stime, in
/// hundredths).
pub fn cpu(pid: i32) -> Result<f64> {
    let mut all = 0.0;
    for pid in family(pid)? {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        let (_, fields) = stat.rsplit_once(')').context("no name")?;
        let ticks = fields.split_ascii_whitespace().skip(11).take(2).map(str::parse::<f64>);
        all += ticks.sum::<Result<f64, _>>()?;
    }
    Ok(all / 100.0)
}

/// A process and its children.
fn family(pid: i32) -> Result<Vec<i32>> {
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    let children = children.split_ascii_whitespace().filter_map(|child| child.parse().ok());
    // The broker and Postgres are children of spindle, and counted by themselves.
    let own = children.filter(|child| same_program(pid, *child));
    Ok(std::iter::once(pid).chain(own).collect())
}

fn same_program(pid: i32, child: i32) -> bool {
    let command = |pid| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    command(pid) == command(child) && command(pid).trim() == "postgres"
}

/// What a process has of memory: its own, and its share of what several have.
pub fn proportional_kib(pid: i32) -> u64 {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|line| line.split_ascii_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// Waits until every event has its audit row.
pub async fn drained(spindle: &Spindle) -> Result<()> {
    let started = Instant::now();
    let database = spindle.database().await?;
    let left =
        "select count(*) from events left join audit_logs using (id) where audit_logs.id is null";
    let behind: i64 = database.query_one(left, &[]).await?.get(0);
    until_none_is_left("events without an audit row", async || {
        Ok(database.query_one(left, &[]).await?.get(0))
    })
    .await?;
    eprintln!("  {behind} events behind, caught up in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}
