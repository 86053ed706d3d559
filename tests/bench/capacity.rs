//! What one replica holds: how much of a processor each part spends on what it does, as a pod of its own.

use anyhow::Result;
use serde_json::json;
use spindle_tests::{Artifact, Cluster, Pod, Receiver, Reply, Spindle, until_none_is_left};
use tokio_postgres::Client;

use crate::latency;
use crate::load::Wrk;
use crate::system::{cpu, drained, proportional_kib};

const WEB: &[&str] = &["tasks", "task", "audit", "chat-command", "health", "ready"];
const CONSUMERS: [&str; 3] = ["audit-write", "recurrence-spawn", "reminder-fire"];
/// Tasks that a list is chosen from.
const TASKS: usize = 100;
const REMINDERS: i32 = 2000;
/// A reminder to each of that many tasks, due now.
const REMIND: &str = "
    insert into reminders (user_id, id, task_id, delivery_method, destination, at, trigger_time)
    select user_id, uuid_v7(), id, 'webhook', $2, now(), now()
      from tasks
     order by id
     limit $1";
/// A millicore is what Kubernetes asks for: 500 of them for HTTP and the relay, 200 for a consumer (`values.yaml`).
const MILLICORES: [(&str, f64); 2] = [("500m", 0.5), ("200m", 0.2)];

/// Measures and prints.
pub async fn capacity(seconds: u32) -> Result<()> {
    let mut servers =
        Spindle::start_servers_with(&[("SPIN_VARIABLE_WEBHOOK_BLOCKED_NETWORKS", "")]).await?;
    let database = servers.database().await?;
    let folder = tempfile::tempdir()?;
    let (image, compiled) = (folder.path().join("image"), folder.path().join("compiled"));
    Artifact::of_application()?.write(&image)?;
    let cluster = Cluster {
        running: &servers.running,
        image: &image.to_string_lossy(),
        docker: folder.path(),
        environment: &[
            ("SPINDLE_COMPILED", &compiled.to_string_lossy()),
            ("SPIN_VARIABLE_WEBHOOK_BLOCKED_NETWORKS", ""),
            ("SPIN_VARIABLE_CHAT_RATE", ""),
        ],
    };
    let web = cluster.pod(&folder.path().join("web"), WEB)?.ready("/ready").await?;
    let mut consumers: Vec<Pod> = Vec::new();
    for name in CONSUMERS {
        let pod = cluster.pod(&folder.path().join(name), &[name])?;
        consumers.push(pod.ready("/readyz").await?);
    }
    let [audit, recurrence, fire] = &consumers[..] else { unreachable!("three consumers") };
    let relay = servers.running.pid;
    println!(
        "\nmemory at rest       HTTP {}, a consumer {}, the relay {}",
        mb(web.pid()?),
        mb(audit.pid()?),
        mb(relay)
    );

    servers.ask_through(&web).await?;
    for number in 0..TASKS {
        servers.create(&format!("task {number}")).await?;
    }
    let wrk = Wrk { seconds, url: web.url.clone(), token: Some(servers.running.token().await?) };
    let seconds = f64::from(seconds);
    drained(&servers).await?;

    println!(
        "\nby processor time alone      per second and core {:>8} {:>8}",
        MILLICORES[0].0, MILLICORES[1].0
    );
    let before = cpu(web.pid()?)?;
    let listed = wrk.get("/api/tasks?limit=50")?.per_second * seconds;
    row("GET /api/tasks, 50 of 100", listed, cpu(web.pid()?)? - before);

    let before = [web.pid()?, relay, audit.pid()?, recurrence.pid()?].map(cpu);
    let before_all = events(&database).await?;
    let task = json!({ "title": "buy milk", "priority": "high" });
    let made = wrk.post("/api/tasks", &task)?.per_second * seconds;
    drained(&servers).await?;
    let events = events(&database).await? - before_all;
    let after = [web.pid()?, relay, audit.pid()?, recurrence.pid()?].map(cpu);
    let spent: Vec<f64> = after
        .into_iter()
        .zip(before)
        .map(|(after, before)| Ok(after? - before?))
        .collect::<Result<_>>()?;
    row("POST /api/tasks", made, spent[0]);
    row("relay, events", events, spent[1]);
    row("audit-write, records", events, spent[2]);
    row("recurrence-spawn, records", events, spent[3]);

    let before = cpu(web.pid()?)?;
    let command = json!({ "user_input": "Create a task to buy milk tomorrow at 5pm" });
    let talked = wrk.post("/chat/command", &command)?.per_second * seconds;
    row("POST /chat/command, no model", talked, cpu(web.pid()?)? - before);
    drained(&servers).await?;

    let receiver = Receiver::start(Reply::Status(200)).await?;
    let before = cpu(fire.pid()?)?;
    database.execute(REMIND, &[&i64::from(REMINDERS), &receiver.base()]).await?;
    until_none_is_left("reminders", async || {
        let left = "select count(*) from reminders where status <> 'sent'";
        Ok(database.query_one(left, &[]).await?.get(0))
    })
    .await?;
    row("reminder-fire, reminders", f64::from(REMINDERS), cpu(fire.pid()?)? - before);
    drained(&servers).await?;

    latency(&servers).await?;
    web.stop().await?;
    for pod in consumers {
        pod.stop().await?;
    }
    servers.stop().await
}

fn row(what: &str, done: f64, spent: f64) {
    let rate = done / spent;
    let [half, fifth] = MILLICORES.map(|(_, cores)| rate * cores);
    println!("{what:<30} {rate:>17.0} {half:>8.0} {fifth:>8.0}");
}

fn mb(pid: i32) -> String {
    format!("{} MB", proportional_kib(pid) * 1024 / 1_000_000)
}

async fn events(database: &Client) -> Result<f64> {
    Ok(database.query_one("select count(*)::float8 from events", &[]).await?.get(0))
}
