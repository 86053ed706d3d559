//! Two relays and two triggers, each pair on a host of its own, of which one is cut off from the database, then one from
//! the broker.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::{Value, json};
use spindle_tests::{
    Artifact, Cluster, Process, Running, Spindle, WEB, answer, eventually, spindle_program,
    until_none_is_left, variables,
};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_postgres::Client;

use crate::network::{BROKER, DATABASE, Network, Node};

const WRITERS: usize = 4;
const TASKS_EACH: usize = 4;
const PORTS: (u16, u16) = (5432, 9092);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_that_is_cut_off_loses_repeats_and_ages_nothing() -> Result<()> {
    let Some(network) = Network::new()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let mut servers = Spindle::start_servers().await?;
    // Postgres stays, its relay doesn't.
    servers.kill().await?;
    let database = servers.database().await?;
    let postgres: tokio_postgres::Config = servers.running.database_url.parse()?;
    let port = *postgres.get_ports().first().context("no port")?;
    let listener = network.enter_servers(|| std::net::TcpListener::bind((DATABASE, PORTS.0)))??;
    tokio::spawn(forward(listener, port));
    let brokers = format!("{BROKER}:{}", PORTS.1);
    let broker = {
        let arguments = ["broker", "--listen", &brokers, "--storage", "memory://spindle/"];
        run(network.beside_servers(), &arguments, &[], &folder.path().join("broker.log"))?
    };
    let there =
        |url: &str| url.replace(&format!("127.0.0.1:{port}"), &format!("{DATABASE}:{}", PORTS.0));
    let running = Running {
        kafka_brokers: brokers.clone(),
        database_url: there(&servers.running.database_url),
        app_database_url: there(&servers.running.app_database_url),
        ..servers.running.clone()
    };

    let image = folder.path().join("image");
    let session = json!({ "session.timeout.ms": 6000, "heartbeat.interval.ms": 1500 });
    let artifact = Artifact::of_changed(|app| {
        app["application"]["trigger"]["kafka"]["properties"] = session;
    })?;
    artifact.write(&image)?;
    let image = image.to_string_lossy();
    let cluster = Cluster::new(&servers.running, &image, folder.path());
    let client = servers.running.client().await?;
    let web = cluster.pod(&folder.path().join("web"), WEB)?.ready("/ready").await?;
    let host = |node| Host::start(&network, node, &running, &image, folder.path());
    let (a, b) = (host(Node::A)?, host(Node::B)?);

    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        writers.spawn(write(client.clone(), web.url.clone(), Arc::clone(&stop)));
    }
    flows(&database).await.context("before anything is cut").with_context(|| a.log())?;

    let mut report = Vec::new();
    for (what, server) in [("the database", DATABASE), ("the broker", BROKER)] {
        let active = if a.is_active(&database).await? { Node::A } else { Node::B };
        let before = lease(&database).await?;
        let cut = Instant::now();
        network.cut(active, server)?;
        eventually("the other relay to publish", async || {
            let now = lease(&database).await?;
            Ok((now.epoch > before.epoch && now.published > before.given).then_some(()))
        })
        .await
        .with_context(|| format!("{}\n{}", a.log(), b.log()))?;
        let relay = cut.elapsed();
        // A trigger that reaches its broker keeps its partitions: what waits for its database waits until that is back.
        let trigger = match server {
            BROKER => {
                flows(&database).await.with_context(|| format!("cut off from {what}"))?;
                Some(cut.elapsed())
            }
            _ => None,
        };
        network.heal(active, server)?;
        let healed = Instant::now();
        flows(&database).await.with_context(|| format!("back at {what}"))?;
        let effects = healed.elapsed();
        eventually("all that was sent to arrive or be given up", async || {
            Ok((network.left_behind(active)? == 0).then_some(()))
        })
        .await?;
        report.push(format!(
            "{active:?} cut off from {what}: the other relay published after {:.1} s, all effects flowed after {}, and {:.1} s after it was back",
            relay.as_secs_f64(),
            trigger.map_or("-".to_owned(), |it| format!("{:.1} s", it.as_secs_f64())),
            effects.as_secs_f64(),
        ));
    }
    stop.store(true, Ordering::Relaxed);
    let mut expected = HashMap::new();
    while let Some(written) = writers.join_next().await {
        expected.extend(written??);
    }
    until_none_is_left("events without an effect", async || Ok(without_effect(&database).await?))
        .await?;
    let changes: i64 = expected.values().sum();
    let of_tasks = "select count(*) from audit_logs where entity_type = 'task'";
    let rows: i64 = database.query_one(of_tasks, &[]).await?.get(0);
    ensure!(rows == changes, "{rows} audit rows of {changes} changes");

    let published = lease(&database).await?.published;
    let told = network.enter_servers(move || read_updates(&brokers))??;
    for (task, version) in &expected {
        let told = told.get(task).with_context(|| format!("nothing is told of {task}"))?;
        ensure!(
            told.last() == Some(version),
            "task {task} has version {version}, told were {told:?}"
        );
        // What may not have arrived is told again, and all after it. What has been waiting in a cut-off host's socket
        // is followed by something much newer.
        let stale = told.windows(2).find(|pair| pair[1] > pair[0] + 1);
        ensure!(stale.is_none(), "task {task}: {stale:?} in {told:?}");
    }
    println!("{published} events");
    report.iter().for_each(|line| println!("{line}"));
    for host in [a, b] {
        host.stop().await?;
    }
    web.stop().await?;
    drop(broker);
    Ok(())
}

/// A relay and a trigger.
struct Host {
    relay: Process,
    trigger: Process,
}

impl Host {
    fn start(
        network: &Network,
        node: Node,
        running: &Running,
        image: &str,
        folder: &Path,
    ) -> Result<Self> {
        let environment = [
            ("DATABASE_URL".to_owned(), running.database_url.clone()),
            ("KAFKA_BROKERS".to_owned(), running.kafka_brokers.clone()),
        ];
        let log = folder.join(format!("relay-{node:?}.log"));
        let relay = run(network.on(node), &["--log-format", "json", "relay"], &environment, &log)?;
        let mut environment = variables(running)?;
        environment.push(("SPIN_VARIABLE_DATABASE_HOST".to_owned(), DATABASE.to_owned()));
        let data = folder.join(format!("data-{node:?}")).to_string_lossy().into_owned();
        environment.push(("SPINDLE_DATA".to_owned(), data));
        let arguments = ["--log-format", "json", "up", "--listen", "127.0.0.1:80", "-f", image];
        let components = ["--component-id", "audit-write"];
        let log = folder.join(format!("trigger-{node:?}.log"));
        let arguments = [arguments.as_slice(), &components].concat();
        let trigger = run(network.on(node), &arguments, &environment, &log)?;
        Ok(Self { relay, trigger })
    }

    /// Whether its relay took the lease last, by its log.
    async fn is_active(&self, database: &Client) -> Result<bool> {
        let epoch = lease(database).await?.epoch;
        let log = std::fs::read_to_string(self.relay.log())?;
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        Ok(lines
            .filter(|line| line["message"] == "this relay is active")
            .any(|line| line["epoch"] == epoch))
    }

    fn log(&self) -> String {
        format!("{}\n{}", self.relay.log_tail(), self.trigger.log_tail())
    }

    async fn stop(mut self) -> Result<()> {
        for process in [&mut self.relay, &mut self.trigger] {
            let status = process.end(rustix::process::Signal::TERM).await?;
            ensure!(status.success(), "{status}: {}", process.log_tail());
        }
        Ok(())
    }
}

fn run(
    (program, before): (std::path::PathBuf, [String; 3]),
    arguments: &[&str],
    environment: &[(String, String)],
    log: &Path,
) -> Result<Process> {
    let spindle = spindle_program().to_string_lossy().into_owned();
    let before: Vec<&str> = before.iter().map(String::as_str).chain([spindle.as_str()]).collect();
    Process::spawn(&program, &[&before, arguments].concat(), environment, log)
}

/// Takes connections and passes them on to this machine.
async fn forward(listener: std::net::TcpListener, port: u16) -> Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (mut there, _) = listener.accept().await?;
        tokio::spawn(async move {
            let mut here = TcpStream::connect(("127.0.0.1", port)).await?;
            copy_bidirectional(&mut there, &mut here).await
        });
    }
}

/// Makes tasks and changes them in turns; how often each was changed, its creation included.
async fn write(
    client: reqwest::Client,
    url: String,
    stop: Arc<AtomicBool>,
) -> Result<HashMap<String, i64>> {
    let mut versions = HashMap::new();
    for number in 0..TASKS_EACH {
        let task = json!({ "title": format!("task {number}") });
        let (_, task) =
            answer(client.post(format!("{url}/api/tasks")).json(&task).send().await?).await?;
        versions.insert(task["id"].as_str().with_context(|| task.to_string())?.to_owned(), 1);
    }
    while !stop.load(Ordering::Relaxed) {
        for (id, version) in &mut versions {
            let change = json!({ "title": format!("changed {version} times") });
            let request =
                client.patch(format!("{url}/api/tasks/{id}")).json(&change).send().await?;
            let (status, task) = answer(request).await?;
            ensure!(status == 200, "{status}: {task}");
            *version += 1;
            ensure!(task["version"] == *version, "{task} after {version} changes");
            // The pace of the load, and no wait for anything.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    Ok(versions)
}

struct Lease {
    epoch: i64,
    published: i64,
    given: i64,
}

async fn lease(database: &Client) -> Result<Lease> {
    let lease = "select epoch, published, last_position from relay_lease";
    let row = database.query_one(lease, &[]).await?;
    Ok(Lease { epoch: row.get(0), published: row.get(1), given: row.get(2) })
}

/// Waits until the audit trail has all that is committed by now.
async fn flows(database: &Client) -> Result<()> {
    let newest = "select coalesce(max(created_at), now()) from events";
    let since: std::time::SystemTime = database.query_one(newest, &[]).await?.get(0);
    let done = "select not exists (select from events e where e.created_at <= $1
                       and not exists (select from audit_logs a where a.id = e.id))";
    eventually("effects", async || {
        Ok(database.query_one(done, &[&since]).await?.get::<_, bool>(0).then_some(()))
    })
    .await
}

async fn without_effect(database: &Client) -> Result<i64> {
    let count = "select count(*) from events e
                  where not exists (select from audit_logs a where a.id = e.id)";
    Ok(database.query_one(count, &[]).await?.get(0))
}

/// What `task-updates` tells: of each task, its versions in their order.
fn read_updates(brokers: &str) -> Result<HashMap<String, Vec<i64>>> {
    const TOPIC: &str = "task-updates";
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "partition-test")
        .set("enable.auto.commit", "false")
        .create()?;
    let mut ends = HashMap::new();
    let mut partitions = TopicPartitionList::new();
    for partition in 0..3 {
        let (_, end) = consumer.fetch_watermarks(TOPIC, partition, spindle_tests::PATIENCE)?;
        partitions.add_partition_offset(TOPIC, partition, Offset::Beginning)?;
        ends.insert(partition, end);
    }
    consumer.assign(&partitions)?;
    ends.retain(|_, end| *end > 0);
    let mut told: HashMap<String, Vec<i64>> = HashMap::new();
    while !ends.is_empty() {
        let record = consumer.poll(spindle_tests::PATIENCE).context("no record comes")??;
        let task: Value = serde_json::from_slice(record.payload().context("no value")?)?;
        let key = std::str::from_utf8(record.key().context("no key")?)?.to_owned();
        told.entry(key).or_default().push(task["version"].as_i64().context("no version")?);
        if ends.get(&record.partition()).is_some_and(|end| record.offset() + 1 >= *end) {
            ends.remove(&record.partition());
        }
    }
    Ok(told)
}
