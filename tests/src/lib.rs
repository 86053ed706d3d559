//! What the end-to-end tests and the bench share: a whole Spindle of one's own, on free ports, in a folder of its own.

mod artifact;
mod collector;
mod group;
mod host;
mod mail;
mod ollama;
mod person;
mod pod;
mod process;
mod provider;
mod receiver;
mod registry;
pub mod seed;
mod server;
mod stranger;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::header::{HeaderMap, HeaderValue};
use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, sleep};

pub use artifact::Artifact;
pub use collector::{Collector, Span, path_to, tree};
use host::SpinHost;
pub use host::variables;
pub use mail::{MailProvider, Taken};
pub use ollama::{Ollama, Script};
pub use person::{PASSWORD, Person};
pub use pod::{Cluster, Pod, WEB};
pub use process::{Process, is_alive};
pub use provider::{Answer, Provider, SignsTokens, unsigned};
pub use receiver::{Certificate, Receiver, Reply, distinct};
pub use registry::{Blobs, Registry};
pub use server::Heard;
pub use stranger::{errors, without_demo_user};

/// How long anything may take that is certain to come. Not a measure: these machines are shared.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Which host runs the components.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Host {
    /// `spindle up`.
    Spindle,
    /// `spin up`, with our Kafka trigger as its plugin.
    Spin,
}

impl Host {
    /// What `SPINDLE_TEST_HOST` says.
    pub fn chosen() -> Self {
        match std::env::var("SPINDLE_TEST_HOST").as_deref() {
            Ok("spin") => Self::Spin,
            _ => Self::Spindle,
        }
    }
}

/// What `spindle up` says of itself in `run.json`.
#[derive(Deserialize, Clone, Debug)]
pub struct Running {
    /// The process with the triggers and the relay.
    pub pid: i32,
    /// Where it serves HTTP.
    pub url: String,
    /// Its database, password included.
    pub database_url: String,
    /// The same as its components see it.
    pub app_database_url: String,
    /// Its brokers.
    pub kafka_brokers: String,
    /// Its outbox.
    pub mail_url: Option<String>,
    /// What lets mail in there.
    pub mail_key: Option<String>,
    /// Its private Postgres.
    pub postgres_pid: Option<i32>,
    /// Its embedded broker.
    pub broker_pid: Option<i32>,
}

/// A running system in a folder of its own.
pub struct Spindle {
    folder: tempfile::TempDir,
    /// The manifest.
    app: PathBuf,
    environment: Vec<(String, String)>,
    process: Process,
    spin: Option<SpinHost>,
    /// What it said of itself when it was ready.
    pub running: Running,
    /// For requests: keeps connections, adds what local mode needs.
    pub client: reqwest::Client,
}

impl Spindle {
    /// A fresh system under the chosen host.
    pub async fn start() -> Result<Self> {
        Self::start_on(Host::chosen()).await
    }

    /// A fresh system under `spindle up`, for tests of what only that does.
    pub async fn start_embedded() -> Result<Self> {
        Self::start_on(Host::Spindle).await
    }

    /// A fresh system under the chosen host, its application's variables set.
    pub async fn start_with_variables(variables: &[(&str, &str)]) -> Result<Self> {
        let name = |name: &str| format!("SPIN_VARIABLE_{}", name.to_uppercase());
        let environment =
            variables.iter().map(|(key, value)| (name(key), (*value).to_owned())).collect();
        Self::start_in(tempfile::tempdir()?, app(), environment, Host::chosen()).await
    }

    /// A fresh system under `spindle up` with environment variables.
    pub async fn start_with(environment: &[(&str, &str)]) -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, app(), owned(environment), Host::Spindle).await
    }

    /// A fresh system under `spindle up` of another manifest, with environment variables.
    pub async fn start_app(app: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, app.to_owned(), owned(environment), Host::Spindle)
            .await
    }

    /// The servers and the relay of a fresh system, and nobody who runs components.
    pub async fn start_servers() -> Result<Self> {
        Self::start_servers_with(&[]).await
    }

    /// The same with environment variables.
    pub async fn start_servers_with(environment: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let app = app();
        let environment = owned(environment);
        let (process, running) = launch(folder.path(), &app, &environment, Host::Spin).await?;
        let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
        Ok(Self { folder, app, environment, process, spin: None, running, client })
    }

    async fn start_on(host: Host) -> Result<Self> {
        Self::start_in(tempfile::tempdir()?, app(), Vec::new(), host).await
    }

    async fn start_in(
        folder: tempfile::TempDir,
        app: PathBuf,
        environment: Vec<(String, String)>,
        host: Host,
    ) -> Result<Self> {
        let (process, running) = launch(folder.path(), &app, &environment, host).await?;
        let mut headers = HeaderMap::new();
        let mut running = running;
        let spin = match host {
            Host::Spindle => None,
            Host::Spin => {
                let spin = SpinHost::start(folder.path(), &running, &environment).await?;
                running.url = spin.url.clone();
                headers.insert("x-spindle-local", HeaderValue::from_str(&spin.secret)?);
                Some(spin)
            }
        };
        let client =
            reqwest::Client::builder().default_headers(headers).timeout(PATIENCE).build()?;
        Ok(Self { folder, app, environment, process, spin, running, client })
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path under the service's address.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.url)
    }

    /// GETs JSON, whatever the status.
    pub async fn get(&self, path: &str) -> Result<(u16, Value)> {
        answer(self.client.get(self.url(path)).send().await?).await
    }

    /// POSTs JSON, whatever the status.
    pub async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        answer(self.client.post(self.url(path)).json(body).send().await?).await
    }

    /// Creates a task and returns it.
    pub async fn create(&self, title: &str) -> Result<Value> {
        let (status, task) =
            self.post("/api/tasks", &serde_json::json!({ "title": title })).await?;
        anyhow::ensure!(status == 200, "POST /api/tasks answered {status}: {task}");
        Ok(task)
    }

    /// The audit rows of an entity, once there are `count` of them, newest first.
    pub async fn audit(&self, entity_id: &str, count: usize) -> Result<Vec<Value>> {
        eventually(&format!("{count} audit rows of {entity_id}"), async || {
            let (status, body) = self.get(&format!("/api/audit?entity_id={entity_id}")).await?;
            anyhow::ensure!(status == 200, "GET /api/audit answered {status}: {body}");
            let items = body["items"].as_array().context("no items")?.clone();
            Ok((items.len() >= count).then_some(items))
        })
        .await
    }

    /// A reminder, once it is like this.
    pub async fn reminder(
        &self,
        id: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let path = format!("/api/reminders/{id}");
        let mut last = Value::Null;
        let found = eventually(what, async || {
            last = self.get(&path).await?.1;
            Ok(is_so(&last).then(|| last.clone()))
        })
        .await;
        found.with_context(|| format!("the reminder is {last}"))
    }

    /// The broker that runs now, by its pid file: one that died was started again.
    pub fn broker_pid(&self) -> Option<i32> {
        broker_pid(&self.data())
    }

    /// A connection to its database.
    pub async fn database(&self) -> Result<tokio_postgres::Client> {
        let (client, connection) =
            tokio_postgres::connect(&self.running.database_url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// `kill -9` of the whole `spindle up` process. Its children stay.
    pub async fn kill(&mut self) -> Result<()> {
        self.process.kill().await
    }

    /// Starts again on the same data.
    pub async fn restart(&mut self) -> Result<()> {
        let (process, running) =
            launch(self.folder.path(), &self.app, &self.environment, Host::Spindle).await?;
        self.process = process;
        self.running = running;
        Ok(())
    }

    /// SIGTERM; everything must end with 0, and no child may be left.
    pub async fn stop(mut self) -> Result<()> {
        self.terminate().await
    }

    /// As [`Self::stop`], but the folder stays for another start.
    pub async fn terminate(&mut self) -> Result<()> {
        self.end(Signal::TERM).await
    }

    /// As [`Self::terminate`], by a signal of choice.
    pub async fn end(&mut self, signal: Signal) -> Result<()> {
        if let Some(spin) = self.spin.take() {
            spin.stop().await?;
        }
        let status = self.process.end(signal).await?;
        anyhow::ensure!(status.success(), "spindle ended with {status}:\n{}", self.log());
        for pid in [self.running.postgres_pid, self.running.broker_pid].into_iter().flatten() {
            anyhow::ensure!(!is_alive(pid), "child {pid} is left");
        }
        Ok(())
    }

    /// The end of its log.
    pub fn log(&self) -> String {
        self.process.log_tail()
    }

    /// Everything that anybody has written down of it: the hosts, the components, Postgres, the broker.
    pub fn all_logs(&self) -> Result<String> {
        let mut logs = String::new();
        for folder in [self.folder.path().to_owned(), self.data().join("logs")] {
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|extension| extension == "log") {
                    logs.push_str(&String::from_utf8_lossy(&std::fs::read(path)?));
                }
            }
        }
        Ok(logs)
    }

    /// The whole log.
    pub fn whole_log(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.process.log())?)
    }
}

impl Drop for Spindle {
    /// A failed test leaves nothing behind: the servers outlive a `kill -9` of `spindle up`. After a
    /// clean stop both files are gone.
    fn drop(&mut self) {
        let _ended_already = self.process.signal(Signal::KILL);
        for pid in [postgres_pid(&self.data()), self.broker_pid()].into_iter().flatten() {
            let _gone_already = Pid::from_raw(pid).map(|pid| kill_process(pid, Signal::KILL));
        }
    }
}

/// The broker of a data folder, by its pid file.
pub fn broker_pid(data: &Path) -> Option<i32> {
    let file = std::fs::read(data.join("broker.pid")).ok()?;
    let identity: Value = serde_json::from_slice(&file).ok()?;
    i32::try_from(identity["pid"].as_i64()?).ok()
}

/// The Postgres of a data folder, by its pid file.
pub fn postgres_pid(data: &Path) -> Option<i32> {
    let file = std::fs::read_to_string(data.join("postgres/postmaster.pid")).ok()?;
    file.lines().next()?.trim().parse().ok()
}

fn owned(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The application's manifest.
fn app() -> PathBuf {
    repository().join("spin.toml")
}

async fn launch(
    folder: &Path,
    app: &Path,
    environment: &[(String, String)],
    host: Host,
) -> Result<(Process, Running)> {
    let data = folder.join("data");
    let mut arguments = vec!["--log-format", "json", "up", "--port", "0", "--app"];
    let app = app.to_string_lossy().into_owned();
    let data_argument = data.to_string_lossy().into_owned();
    arguments.extend([app.as_str(), "--data", &data_argument]);
    if host == Host::Spin {
        arguments.push("--no-triggers");
    }
    let mut process =
        Process::spawn(&spindle_program(), &arguments, environment, &folder.join("spindle.log"))?;
    process.line_that_starts_with("Spindle is ready").await?;
    let run = std::fs::read(data.join("run.json")).context("run.json")?;
    Ok((process, serde_json::from_slice(&run)?))
}

/// The `spindle` under test, which xtask has built.
pub fn spindle_program() -> PathBuf {
    program("SPINDLE_BIN", "spindle")
}

/// The plugin under test, which xtask has built.
pub fn trigger_program() -> PathBuf {
    program("TRIGGER_KAFKA_BIN", "trigger-kafka")
}

fn program(variable: &str, name: &str) -> PathBuf {
    match std::env::var_os(variable) {
        Some(path) => path.into(),
        None => repository().join("target/native/release").join(name),
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}

/// Status and JSON of an answer; an empty body is null.
pub async fn answer(response: reqwest::Response) -> Result<(u16, Value)> {
    let status = response.status().as_u16();
    let body = response.bytes().await?;
    if body.is_empty() {
        return Ok((status, Value::Null));
    }
    let value = serde_json::from_slice(&body)
        .with_context(|| format!("not JSON: {}", String::from_utf8_lossy(&body)))?;
    Ok((status, value))
}

/// Asks again until there is an answer.
///
/// # Errors
/// If asking fails, or nothing has come for [`PATIENCE`].
pub async fn eventually<T>(
    what: &str,
    mut ask: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(found) = ask().await? {
            return Ok(found);
        }
        sleep(Duration::from_millis(5)).await;
    }
    bail!("waited {} s in vain for {what}", PATIENCE.as_secs())
}

/// Counts again until nothing is left. However much there is to do, as long as it goes on, it is waited for.
///
/// # Errors
/// If counting fails, or it has not become less for [`PATIENCE`].
pub async fn until_none_is_left(
    what: &str,
    mut count: impl AsyncFnMut() -> Result<i64>,
) -> Result<()> {
    let mut least = i64::MAX;
    let mut deadline = Instant::now() + PATIENCE;
    loop {
        let left = count().await?;
        if left == 0 {
            return Ok(());
        }
        if left < least {
            (least, deadline) = (left, Instant::now() + PATIENCE);
        }
        if Instant::now() > deadline {
            bail!("{left} {what} left, and no fewer for {} s", PATIENCE.as_secs());
        }
        // Counting costs what is counted.
        sleep(Duration::from_millis(100)).await;
    }
}
