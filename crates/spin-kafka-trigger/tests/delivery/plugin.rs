//! `trigger-kafka` as a process, with an application of one component.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::sync::watch;

/// An application with the guest `kafka-probe` behind one Kafka trigger.
pub struct Application {
    directory: Arc<TempDir>,
}

/// What differs between tests: TOML lines of the two tables.
pub struct Setup<'a> {
    pub brokers: &'a str,
    pub probe: &'a str,
    pub group: &'a str,
    pub topic: &'a str,
    /// Lines of `[[trigger.kafka]]`.
    pub trigger: &'a str,
    /// Lines of `[application.trigger.kafka.properties]`.
    pub properties: &'a str,
}

impl Application {
    pub fn new(setup: &Setup<'_>) -> Application {
        Self::with_database(setup, "")
    }

    /// An application whose component may use a database.
    pub fn with_database(setup: &Setup<'_>, database: &str) -> Application {
        let directory = tempfile::tempdir().expect("a directory");
        let mut manifest = String::new();
        let Setup { brokers, probe, group, topic, trigger, properties } = setup;
        let session = match properties.contains("session.timeout.ms") {
            true => "",
            false => "\"session.timeout.ms\" = 3000",
        };
        write!(
            manifest,
            r#"
spin_manifest_version = 2

[application]
name = "kafka-probe"

[variables]
kafka_password = {{ default = "", secret = true }}

[application.trigger.kafka]
brokers = "{brokers}"

[application.trigger.kafka.properties]
{session}
"heartbeat.interval.ms" = 300
"fetch.wait.max.ms" = 50
{properties}

[[trigger.kafka]]
component = "probe"
topics = ["{topic}"]
group = "{group}"
{trigger}

[component.probe]
source = "{wasm}"
allowed_outbound_hosts = ["http://127.0.0.1:*", "postgres://127.0.0.1:*"]
environment = {{ PROBE_URL = "{probe}", DATABASE_URL = "{database}" }}
"#,
            wasm = guest().display(),
        )
        .expect("a string");
        std::fs::write(directory.path().join("spin.toml"), manifest).expect("a manifest");
        Application { directory: Arc::new(directory) }
    }

    pub fn manifest(&self) -> PathBuf {
        self.directory.path().join("spin.toml")
    }

    pub fn start(&self) -> Plugin {
        self.start_with(&[])
    }

    /// Starts it with variables in its environment.
    pub fn start_with(&self, environment: &[(&str, &str)]) -> Plugin {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trigger-kafka"));
        command
            .current_dir(self.directory.path())
            .env("SPIN_LOCKED_URL", self.manifest())
            .env("SPIN_LOCAL_APP_DIR", self.directory.path())
            .env("RUST_LOG", "info,spin_kafka_trigger=debug")
            .envs(environment.iter().copied());
        Plugin::start(command, Arc::clone(&self.directory))
    }
}

/// The guest's component.
pub fn guest() -> PathBuf {
    wasm("kafka_probe.wasm")
}

/// A component that `cargo xtask test` makes.
pub fn wasm(name: &str) -> PathBuf {
    let directory = std::env::var_os("SPINDLE_WASM_DIR").map_or_else(
        || {
            PathBuf::from(env!("CARGO_MANIFEST_DIR"))
                .join("../../target/wasm/wasm32-wasip2/component")
        },
        PathBuf::from,
    );
    let path = directory.join(name);
    assert!(
        path.exists(),
        "{} is missing: run `cargo xtask test`, or set SPINDLE_WASM_DIR",
        path.display()
    );
    path
}

/// A running `trigger-kafka`. Killed when it is dropped.
pub struct Plugin {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    changed: watch::Receiver<()>,
    _directory: Arc<TempDir>,
}

impl Plugin {
    /// `directory` is where its application is, for as long as it runs.
    pub fn start(mut command: Command, directory: Arc<TempDir>) -> Plugin {
        let mut child = command
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .expect("trigger-kafka starts");
        let stderr = BufReader::new(child.stderr.take().expect("its stderr"));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (change, changed) = watch::channel(());
        let collected = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                collected.lock().expect("not poisoned").push(line);
                change.send_replace(());
            }
        });
        Plugin { child, lines, changed, _directory: directory }
    }

    /// Lines of the log that contain a text.
    pub fn logged(&self, text: &str) -> Vec<String> {
        let lines = self.lines.lock().expect("not poisoned");
        lines.iter().filter(|line| line.contains(text)).cloned().collect()
    }

    /// Waits for a line of the log.
    pub async fn until_logged(&self, text: &str) {
        self.until_any_logged(&[text]).await;
    }

    /// Waits for a line of the log that contains one of some texts.
    pub async fn until_any_logged(&self, texts: &[&str]) {
        let mut changed = self.changed.clone();
        let wait = async {
            while texts.iter().all(|text| self.logged(text).is_empty()) {
                changed
                    .changed()
                    .await
                    .unwrap_or_else(|_| panic!("it ended without logging {texts:?}"));
            }
        };
        assert!(
            tokio::time::timeout(Duration::from_secs(60), wait).await.is_ok(),
            "it did not log {texts:?} in a minute"
        );
    }

    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).expect("the process is there");
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child").is_none()
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> ExitStatus {
        for _ in 0..6000 {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it did not end in a minute");
    }

    /// SIGKILL: no farewell.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.ended().await;
    }

    /// SIGTERM, and a clean end.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        assert!(self.ended().await.success(), "it ends with status 0");
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        // Killing what has ended fails, and that is all the same.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let lines = self.lines.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            eprintln!("--- trigger-kafka said\n{}\n---", lines.join("\n"));
        }
    }
}
