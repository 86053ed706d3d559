//! The embedded Kafka broker: `spindle broker`, and its life as a child of `spindle up`.
//!
//! It is a process of its own, so that it can die alone. What it stores is in Postgres.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nisshi_broker::broker::Broker;
use nisshi_broker::coordinator::group::administrator::Controller;
use nisshi_storage::ArcDynStorage;
use rustix::process::Signal;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;
use uuid::Uuid;

use crate::process::{Identity, PidFile, kept_port};

const STOP_PATIENCE: Duration = Duration::from_secs(10);
const START_PATIENCE: Duration = Duration::from_secs(60);
/// The least time from one start to the next: a broker that dies at once is not worth a core.
const BETWEEN_STARTS: Duration = Duration::from_secs(1);

/// What suits this broker's consumers better than a Kafka's. It looks for new records after half of the time that a
/// fetch may wait, half of the rest, and so on, and each look is dozens of statements. Measured for requests one after
/// the other: an audit row comes after 57 ms (200 ms: 109 ms), and an idle system spends 18 % of a core (on a busy
/// machine 20 %; 20 ms: 42 %; 200 ms: 11 %).
pub const CLIENT_PROPERTIES: &[(&str, &str)] = &[("fetch.wait.max.ms", "100")];

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
    program: PathBuf,
    pid_file: PidFile,
    log: PathBuf,
    storage: String,
    port: u16,
    child: Child,
    identity: Identity,
    started: Instant,
    patience: Duration,
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
            // Not asked to: it would wait five seconds for its clients, and they wait for the next one.
            orphan.end(Signal::KILL, Duration::ZERO).await;
        }
        let port = kept_port(&data.join("broker.port")).await?;
        let log = logs.join("broker.log");
        let program = std::env::current_exe().context("can't find my own program")?;
        Self::launch(program, pid_file, log, storage, port, START_PATIENCE).await
    }

    async fn launch(
        program: PathBuf,
        pid_file: PidFile,
        log: PathBuf,
        storage: String,
        port: u16,
        patience: Duration,
    ) -> Result<Self> {
        let started = Instant::now();
        let (child, identity) = spawn(&program, port, &storage, &log)?;
        let mut embedded =
            Self { program, pid_file, log, storage, port, child, identity, started, patience };
        if let Err(error) = embedded.wait_until_ready().await {
            embedded.stop().await;
            return Err(error);
        }
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
        stop.run_until_cancelled(self.keep_running()).await;
        self.stop().await;
    }

    async fn keep_running(&mut self) {
        loop {
            let _how_it_ended = self.child.wait().await;
            warn!("the broker ended; starting it again");
            while let Err(error) = self.restart().await {
                warn!(error = format!("{error:#}"), "the broker did not start; trying again");
            }
        }
    }

    async fn restart(&mut self) -> Result<()> {
        sleep_until(self.started + BETWEEN_STARTS).await;
        self.started = Instant::now();
        (self.child, self.identity) = spawn(&self.program, self.port, &self.storage, &self.log)?;
        let ready = self.wait_until_ready().await;
        if ready.is_err() {
            // One that hangs makes way for the next; one that has ended is no error.
            let _ended_already = self.child.kill().await;
        }
        ready
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
        let deadline = Instant::now() + self.patience;
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

fn spawn(program: &Path, port: u16, storage: &str, log: &Path) -> Result<(Child, Identity)> {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("can't open {}", log.display()))?;
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::process::free_port;

    /// A program in the broker's place, which notes its starts.
    struct Stand {
        folder: tempfile::TempDir,
        port: u16,
    }

    impl Stand {
        fn new(script: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let starts = folder.path().join("starts");
            let program = folder.path().join("program");
            let text = format!("#!/bin/sh\necho $$ >> {}\n{script}\n", starts.display());
            fs::write(&program, text).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
            Self { folder, port: free_port().unwrap() }
        }

        /// Somebody answers at its port.
        async fn answers(&self) -> tokio::net::TcpListener {
            tokio::net::TcpListener::bind(("127.0.0.1", self.port)).await.unwrap()
        }

        async fn launch(&self) -> Result<Embedded> {
            self.launch_patiently(Duration::from_millis(300)).await
        }

        async fn launch_patiently(&self, patience: Duration) -> Result<Embedded> {
            let path = |name: &str| self.folder.path().join(name);
            let pid_file = PidFile::new(path("broker.pid"));
            let storage = "memory://spindle/".to_owned();
            Embedded::launch(path("program"), pid_file, path("log"), storage, self.port, patience)
                .await
        }

        fn starts(&self) -> Vec<i32> {
            let text = fs::read_to_string(self.folder.path().join("starts")).unwrap_or_default();
            text.lines().map(|pid| pid.parse().unwrap()).collect()
        }

        async fn until_started(&self, times: usize) {
            let wait = async {
                while self.starts().len() < times {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            tokio::time::timeout(Duration::from_secs(60), wait).await.unwrap();
        }

        fn running(&self) -> usize {
            self.starts().into_iter().filter_map(Identity::of).count()
        }
    }

    #[tokio::test]
    async fn a_broker_that_does_not_answer_at_its_first_start_is_ended() {
        let stand = Stand::new("exec sleep 600");
        let error = stand.launch().await.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("does not answer"), "{error}");
        assert_eq!(stand.running(), 0);
        assert!(!stand.folder.path().join("broker.pid").exists());
    }

    #[tokio::test]
    async fn a_broker_that_hangs_when_it_starts_again_makes_way_for_the_next() {
        let stand = Stand::new("exec sleep 600");
        let listener = stand.answers().await;
        let broker = stand.launch().await.unwrap();
        drop(listener);
        let (first, stop) = (broker.identity.clone(), CancellationToken::new());
        let supervised = tokio::spawn(broker.supervise(stop.clone()));
        first.signal(Signal::KILL);
        stand.until_started(4).await;
        assert!(stand.running() <= 1, "{:?}", stand.starts());
        stop.cancel();
        supervised.await.unwrap();
        assert_eq!(stand.running(), 0);
    }

    #[tokio::test]
    async fn stopping_does_not_wait_for_a_broker_that_hangs_when_it_starts_again() {
        let stand = Stand::new("exec sleep 600");
        let listener = stand.answers().await;
        let broker = stand.launch_patiently(Duration::from_secs(600)).await.unwrap();
        // Else it may be killed before it has told that it started.
        stand.until_started(1).await;
        drop(listener);
        let (first, stop) = (broker.identity.clone(), CancellationToken::new());
        let supervised = tokio::spawn(broker.supervise(stop.clone()));
        first.signal(Signal::KILL);
        stand.until_started(2).await;
        stop.cancel();
        let patience = Duration::from_secs(60);
        tokio::time::timeout(patience, supervised).await.unwrap().unwrap();
        assert_eq!(stand.running(), 0);
    }

    #[tokio::test]
    async fn a_broker_that_ends_soon_is_started_once_a_second() {
        // It ends once it has been launched, and then at once.
        let stand = Stand::new("while [ ! -e \"$0.launched\" ]; do sleep 0.01; done; exit 1");
        let _listener = stand.answers().await;
        let began = Instant::now();
        let broker = stand.launch().await.unwrap();
        fs::write(stand.folder.path().join("program.launched"), "").unwrap();
        let stop = CancellationToken::new();
        let supervised = tokio::spawn(broker.supervise(stop.clone()));
        stand.until_started(4).await;
        assert!(began.elapsed() >= BETWEEN_STARTS * 3, "{:?}", began.elapsed());
        stop.cancel();
        supervised.await.unwrap();
    }
}
