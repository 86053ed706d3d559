//! Open streams of changes: what a thousand of them cost, and how soon all of them hear of a change.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::json;
use spindle_tests::Spindle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::system::{cpu, memory_of};

const STREAMS: usize = 1000;
/// How many open at once.
const OPENING: usize = 50;
/// Changes that are told.
const CHANGES: usize = 20;
/// How long it is looked at what waiting costs.
const IDLE: Duration = Duration::from_secs(30);

/// Measures and prints.
pub async fn streams() -> Result<()> {
    let spindle = Spindle::start_embedded().await?;
    let postgres = spindle.running.postgres_pid.context("no Postgres")?;
    let processes = [("spindle", spindle.running.pid), ("Postgres", postgres)];
    let before: Vec<u64> =
        processes.iter().map(|(_, pid)| memory_of(*pid)).collect::<Result<_>>()?;

    let (heard, mut hears) = mpsc::unbounded_channel();
    let mut clients = JoinSet::new();
    let started = Instant::now();
    for first in (0..STREAMS).step_by(OPENING) {
        let mut opening = JoinSet::new();
        for _ in first..(first + OPENING).min(STREAMS) {
            opening.spawn(open(spindle.client.clone(), spindle.url("/api/changes?cursor=now")));
        }
        while let Some(stream) = opening.join_next().await {
            clients.spawn(listen(stream??, heard.clone()));
        }
    }
    println!("\n{STREAMS} streams open    {:.1} s", started.elapsed().as_secs_f64());

    let spent: Vec<f64> = processes.iter().map(|(_, pid)| cpu(*pid)).collect::<Result<_>>()?;
    tokio::time::sleep(IDLE).await;
    for (index, (name, pid)) in processes.into_iter().enumerate() {
        let more = memory_of(pid)?.saturating_sub(before[index]);
        println!(
            "{name:<20} {} MB more, {} kB a stream; {:.1} % of a core while nothing changes",
            more / 1000,
            more / STREAMS as u64,
            (cpu(pid)? - spent[index]) / IDLE.as_secs_f64() * 100.0
        );
    }

    let (mut median, mut last) = (Vec::new(), Vec::new());
    for number in 0..CHANGES {
        let title = format!("change {number}");
        let told = Instant::now();
        let sent = spindle.client.post(spindle.url("/api/tasks")).json(&json!({ "title": title }));
        sent.send().await?.error_for_status()?;
        let mut times = Vec::with_capacity(STREAMS);
        while times.len() < STREAMS {
            let (text, at): (String, Instant) = hears.recv().await.context("all streams ended")?;
            if text.contains(&title) {
                times.push(at.duration_since(told).as_secs_f64());
            }
        }
        times.sort_by(f64::total_cmp);
        median.push(times[STREAMS / 2]);
        last.push(times[STREAMS - 1]);
    }
    median.sort_by(f64::total_cmp);
    last.sort_by(f64::total_cmp);
    println!(
        "POST to all streams   half of them {:.2} s, the last one {:.2} s, at worst {:.2} s ({CHANGES} changes)",
        median[CHANGES / 2],
        last[CHANGES / 2],
        last[CHANGES - 1]
    );
    clients.shutdown().await;
    spindle.stop().await
}

async fn open(client: reqwest::Client, url: String) -> Result<reqwest::Response> {
    let asked =
        client.get(url).header("accept", "text/event-stream").timeout(Duration::from_secs(280));
    Ok(asked.send().await?.error_for_status()?)
}

/// Tells of each piece that comes, and when.
async fn listen(
    mut stream: reqwest::Response,
    heard: mpsc::UnboundedSender<(String, Instant)>,
) -> Result<()> {
    while let Some(piece) = stream.chunk().await? {
        let _ = heard.send((String::from_utf8_lossy(&piece).into_owned(), Instant::now()));
    }
    Ok(())
}
