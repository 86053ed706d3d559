//! The embedded Kafka broker: `spindle broker`, and its life as a child of `spindle up`.
//!
//! It is a process of its own, so that it can die alone. What it stores is in Postgres.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nisshi_broker::broker::Broker;
use nisshi_broker::coordinator::group::administrator::Controller;
use nisshi_storage::ArcDynStorage;
use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;
use uuid::Uuid;

use crate::process::{Identity, PidFile, free_port};

const STOP_PATIENCE: Duration = Duration::from_secs(10);
const START_PATIENCE: Duration = Duration::from_secs(60);

/// Run the embedded Kafka broker alone.
///
/// For development: it is one node, without replicas.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  spindle broker --listen 127.0.0.1:9092 --storage memory://spindle/"
)]
pub struct Options {
    /// Address to listen on; also what clients are told to connect to.
    #[arg(long, default_value = "127.0.0.1:9092")]
    listen: std::net::SocketAddr,

    /// Where records are kept: a Postgres URL, or `memory://spindle/`.
    #[arg(long, env = "SPINDLE_BROKER_STORAGE", hide_env_values = true)]
    storage: Url,
}

pub async fn run(options: Options) -> Result<()> {
    let listener = Url::parse(&format!("tcp://{}", options.listen))?;
    let broker = Broker::<Controller<ArcDynStorage>, ArcDynStorage>::builder()
        .node_id(1)
        .cluster_id("spindle")
        .incarnation_id(Uuid::now_v7())
        .advertised_listener(listener.clone())
        .listener(listener)
        .storage(options.storage)
        .silent(true)
        .build()
        .await
        .map_err(|error| anyhow::anyhow!("the broker can't open its storage: {error}"))?;
    info!(address = %options.listen, "broker listening");
    broker
        .main(tokio::time::Instant::now())
        .await
        .map_err(|error| anyhow::anyhow!("the broker ended: {error}"))?;
    Ok(())
}

/// A broker that runs as our child.
pub struct Embedded {
    pid_file: PidFile,
    log: PathBuf,
    storage: String,
    port: u16,
    child: Child,
    identity: Identity,
}

impl Embedded {
    /// Ends what a killed predecessor left running, then starts a broker and waits until it
    /// accepts connections.
    ///
    /// A broker that was left running is not adopted: it may be an older program, and ending it
    /// costs nothing, since it keeps its records in Postgres.
    pub async fn start(data: &Path, logs: &Path, storage: String) -> Result<Self> {
        let pid_file = PidFile::new(data.join("broker.pid"));
        if let Some(orphan) = pid_file.read() {
            info!(pid = orphan.pid(), "ending the broker that was left running");
            orphan.end(Signal::TERM, STOP_PATIENCE).await;
        }
        let port = free_port()?;
        let log = logs.join("broker.log");
        let (child, identity) = spawn(port, &storage, &log)?;
        let mut embedded = Self { pid_file, log, storage, port, child, identity };
        embedded.wait_until_ready().await?;
        Ok(embedded)
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn pid(&self) -> i32 {
        self.identity.pid()
    }

    /// Starts the broker again whenever it ends, until `stop`; then shuts it down.
    pub async fn supervise(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = self.child.wait() => {}
            }
            warn!("the broker ended; starting it again");
            if let Err(error) = self.restart().await {
                warn!(error = format!("{error:#}"), "the broker did not start; trying again");
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = sleep(Duration::from_secs(1)) => {}
                }
            }
        }
        self.stop().await;
    }

    async fn restart(&mut self) -> Result<()> {
        (self.child, self.identity) = spawn(self.port, &self.storage, &self.log)?;
        self.wait_until_ready().await
    }

    async fn stop(mut self) {
        self.identity.signal(Signal::TERM);
        if tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await.is_err() {
            warn!("the broker does not stop; killing it");
            self.identity.end(Signal::KILL, Duration::ZERO).await;
        }
        self.pid_file.remove();
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        self.pid_file.write(&self.identity)?;
        let deadline = Instant::now() + START_PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            if let Some(status) = self.child.try_wait()? {
                let text = fs::read_to_string(&self.log).unwrap_or_default();
                let said = text.lines().next_back().unwrap_or("it said nothing");
                bail!("the broker did not start ({status}): {said}");
            }
            if Instant::now() > deadline {
                bail!(
                    "the broker (pid {}) does not answer; see {}",
                    self.pid(),
                    self.log.display()
                );
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }
}

fn spawn(port: u16, storage: &str, log: &Path) -> Result<(Child, Identity)> {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("can't open {}", log.display()))?;
    let program = std::env::current_exe().context("can't find my own program")?;
    let child = Command::new(program)
        .args(["--log-format", "json", "broker", "--listen"])
        .arg(format!("127.0.0.1:{port}"))
        // In the environment, since everyone may read a command line.
        .env("SPINDLE_BROKER_STORAGE", storage)
        .env("RUST_LOG", "warn,spindle=info")
        // Ctrl-C at a terminal goes to the whole group; the broker is to end after us.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("can't start the broker")?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    let identity = pid.and_then(Identity::of).context("the broker ended at once")?;
    Ok((child, identity))
}
