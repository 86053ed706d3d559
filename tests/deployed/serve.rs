//! Pods that serve: a task goes from one by way of Kafka to the other, and a rollout loses nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use spindle_tests::{Artifact, Cluster, Registry, Spindle, WEB, answer, eventually};
use tokio::task::JoinSet;

const CLIENTS: usize = 8;
const CONSUMERS: &[&str] = &["audit-write", "recurrence-spawn"];

#[tokio::test]
async fn pods_serve_and_are_replaced_under_load_and_each_task_has_its_audit_row() -> Result<()> {
    let mut servers = Spindle::start_servers().await?;
    let registry = Registry::start(Artifact::of_application()?).await?;
    let docker = registry.docker_config()?;
    let image = registry.reference();
    let running = servers.running.clone();
    let cluster = Cluster::new(&running, &image, docker.path());
    let folder = tempfile::tempdir()?;
    let web = cluster.pod(&folder.path().join("web"), WEB)?;
    let consumers = cluster.pod(&folder.path().join("consumers"), CONSUMERS)?;
    let (web, consumers) = (web.ready("/ready").await?, consumers.ready("/readyz").await?);
    servers.ask_through(&web).await?;
    let client = servers.client.clone();

    let anonymous = reqwest::get(format!("{}/api/tasks", web.url)).await?;
    ensure!(anonymous.status() == 401, "{}", anonymous.status());
    let absent = client.get(format!("{}/api/chat", web.url)).send().await?;
    ensure!(absent.status() == 404, "a component that was not named: {}", absent.status());
    let task = servers.create("one").await?;
    let rows = servers.audit(task["id"].as_str().context("no id")?, 1).await?;
    ensure!(rows.len() == 1, "{rows:?}");
    let metrics = reqwest::get(format!("{}/metrics", consumers.url)).await?.text().await?;
    ensure!(metrics.contains("spin_kafka_records_total{"), "{metrics}");

    let stream =
        client.get(format!("{}/api/changes", web.url)).header("accept", "text/event-stream");
    let stream = stream.send().await?;
    ensure!(stream.status() == 200, "{}", stream.status());
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(create(client.clone(), web.url.clone(), Arc::clone(&stop)));
    }
    let database = servers.database().await?;
    let count = "select count(*) from tasks";
    eventually("a hundred tasks", async || {
        Ok((database.query_one(count, &[]).await?.get::<_, i64>(0) > 100).then_some(()))
    })
    .await?;
    // Not everybody knows at once that nothing is to be sent there any more.
    let health = format!("{}/health", web.url);
    let late = web.stop_while(async || {
        let answer = reqwest::get(&health).await.context("after SIGTERM")?;
        ensure!(answer.status() == 200, "{}", answer.status());
        Ok(())
    });
    let (web, consumers) = tokio::join!(late, consumers.stop());
    web.and(consumers)?;
    stop.store(true, Ordering::Relaxed);
    let mut acknowledged: Vec<String> = Vec::new();
    while let Some(made) = clients.join_next().await {
        acknowledged.extend(made??);
    }
    ensure!(acknowledged.len() > 50, "{} tasks", acknowledged.len());

    let next = cluster.pod(&folder.path().join("next"), CONSUMERS)?.ready("/readyz").await?;
    let rows = "select count(*) from audit_logs where entity_id = any ($1)";
    let all = i64::try_from(acknowledged.len())?;
    eventually("an audit row of each", async || {
        let count: i64 = database.query_one(rows, &[&acknowledged]).await?.get(0);
        ensure!(count <= all, "{count} rows of {all} tasks");
        Ok((count == all).then_some(()))
    })
    .await?;
    next.stop().await?;
    servers.stop().await
}

/// Creates tasks until the service is gone; the ids of those that it acknowledged.
async fn create(
    client: reqwest::Client,
    url: String,
    stop: Arc<AtomicBool>,
) -> Result<Vec<String>> {
    let mut made = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let task = client.post(format!("{url}/api/tasks")).json(&json!({ "title": "one of many" }));
        // Refused, or cut where nothing was in progress: nothing is promised then.
        let Ok(response) = task.send().await else { break };
        let (status, task): (u16, Value) = answer(response).await?;
        ensure!(status == 200, "{status}: {task}");
        made.push(task["id"].as_str().context("no id")?.to_owned());
    }
    Ok(made)
}
