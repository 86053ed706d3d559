//! The processes under test, and what is done to them.

use std::convert::Infallible;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use spindle_tests::{
    Process, Running, broker_pid, is_alive, postgres_pid, repository, spindle_program,
    trigger_program, variables,
};
use tokio::time::Instant;

use crate::guard;
use crate::plan::{Round, SESSION, Step, Target};
use crate::topic::TOPIC;

/// How often to look whether all that should run does.
const LOOK: Duration = Duration::from_millis(200);

/// Spindle's servers and its relay, and the Kafka trigger as a process of its own.
pub struct System {
    folder: PathBuf,
    spindle: Process,
    trigger: Process,
    second: Option<Process>,
    /// What the trigger is told beside the addresses.
    environment: Vec<(String, String)>,
    /// Addresses, which stay the same whatever dies.
    pub running: Running,
    /// `spindle` was started and has not said that it is ready.
    starting: bool,
    diary: std::fs::File,
    began: Instant,
}

impl System {
    pub async fn start(folder: &Path) -> Result<Self> {
        Self::start_with(folder, &[]).await
    }

    /// The trigger with environment variables.
    pub async fn start_with(folder: &Path, environment: &[(String, String)]) -> Result<Self> {
        let mut spindle = spawn_spindle(folder)?;
        spindle.line_that_starts_with("Spindle is ready").await?;
        let running = running(folder)?;
        manifest(folder)?;
        let trigger = spawn_trigger(folder, "trigger", &running, environment)?;
        let diary = std::fs::File::create(folder.join("faults.log")).context("faults.log")?;
        let (folder, began) = (folder.to_owned(), Instant::now());
        let (second, starting, environment) = (None, false, environment.to_owned());
        Ok(Self { folder, spindle, trigger, second, environment, running, starting, diary, began })
    }

    /// Does what a round does, each step when it is due. Returns when the last one is done.
    pub async fn strike(&mut self, round: &Round) -> Result<()> {
        let begin = Instant::now();
        for (due, step) in round.steps() {
            tokio::time::sleep_until(begin + due).await;
            self.note(&format!("{step:?}"))?;
            self.take(step).await.with_context(|| format!("{step:?}"))?;
        }
        Ok(())
    }

    /// Waits until what was started is ready, and what was told to leave has left.
    pub async fn settle(&mut self) -> Result<()> {
        if std::mem::take(&mut self.starting) {
            self.spindle.line_that_starts_with("Spindle is ready").await?;
            let now = running(&self.folder)?;
            let before = &self.running;
            ensure!(
                (&now.database_url, &now.kafka_brokers)
                    == (&before.database_url, &before.kafka_brokers),
                "spindle came back with other addresses: Postgres or the broker has moved"
            );
            self.running = now;
        }
        if let Some(mut second) = self.second.take() {
            let status = second.ended().await?;
            guard::forget(&self.folder, "second");
            let killed = std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
            ensure!(
                status.success() || killed,
                "the second trigger ended with {status}:\n{}",
                second.log_tail()
            );
        }
        Ok(())
    }

    /// Returns when a process that should run has ended of itself.
    pub async fn first_end(&mut self) -> Result<Infallible> {
        loop {
            for (name, process) in [("spindle", &self.spindle), ("trigger-kafka", &self.trigger)] {
                if !process.pid().is_some_and(is_alive) {
                    bail!("{name} has ended:\n{}", process.log_tail());
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// A line in `faults.log`, beside the logs of the processes.
    pub fn note(&mut self, what: &str) -> Result<()> {
        let now = chrono::Utc::now().format("%FT%T%.6fZ");
        let since = self.began.elapsed().as_secs_f64();
        writeln!(self.diary, "{now} {since:>9.3} {what}").context("faults.log")
    }

    /// Takes one step.
    pub async fn take(&mut self, step: Step) -> Result<()> {
        match step {
            Step::Start(Target::Relay) => {
                self.spindle = spawn_spindle(&self.folder)?;
                self.starting = true;
            }
            Step::Start(Target::Second) => {
                let (name, environment) = ("second", &self.environment);
                let second = spawn_trigger(&self.folder, name, &self.running, environment)?;
                self.second = Some(second);
            }
            Step::Start(_) => {
                let (name, environment) = ("trigger", &self.environment);
                self.trigger = spawn_trigger(&self.folder, name, &self.running, environment)?;
            }
            Step::Kill(Target::Relay) => {
                self.spindle.kill().await?;
                guard::forget(&self.folder, "spindle");
            }
            Step::Kill(Target::Trigger) => {
                self.trigger.kill().await?;
                guard::forget(&self.folder, "trigger");
            }
            Step::Kill(target) => self.signal(target, Signal::KILL)?,
            Step::Pause(target) => self.signal(target, Signal::STOP)?,
            Step::Continue(target) => self.signal(target, Signal::CONT)?,
            Step::Leave(target) => self.signal(target, Signal::TERM)?,
            Step::KillBackend(pick) => self.kill_backend(pick).await?,
        }
        Ok(())
    }

    /// To a server that is just away, nothing is sent: another fault was quicker.
    fn signal(&mut self, target: Target, signal: Signal) -> Result<()> {
        let data = self.folder.join("data");
        let server = match target {
            Target::Trigger => return self.trigger.signal(signal),
            Target::Relay => return self.spindle.signal(signal),
            Target::Second => {
                return self.second.as_ref().context("there is no second")?.signal(signal);
            }
            Target::Broker => broker_pid(&data),
            Target::Postgres => postgres_pid(&data),
        };
        match server.filter(|pid| is_alive(*pid)).and_then(Pid::from_raw) {
            Some(pid) => kill_process(pid, signal).context("can't send a signal"),
            None => self.note(&format!("{target:?} is away")),
        }
    }

    async fn kill_backend(&mut self, pick: u64) -> Result<()> {
        let backends = "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by pid";
        let asking = async {
            let url = &self.running.database_url;
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
            tokio::spawn(connection);
            client.query(backends, &[]).await
        };
        let Ok(Ok(rows)) = tokio::time::timeout(Duration::from_secs(5), asking).await else {
            return self.note("Postgres is away");
        };
        let chosen = usize::try_from(pick % rows.len().max(1) as u64)?;
        let Some(row) = rows.get(chosen) else { return self.note("nobody is connected") };
        let pid = Pid::from_raw(row.get(0)).context("no pid")?;
        let _gone_already = kill_process(pid, Signal::KILL);
        Ok(())
    }

    /// SIGTERM to all, who must end cleanly and leave nobody behind.
    pub async fn stop(mut self) -> Result<()> {
        let status = self.trigger.end(Signal::TERM).await.context("trigger-kafka")?;
        ensure!(
            status.success(),
            "trigger-kafka ended with {status}:\n{}",
            self.trigger.log_tail()
        );
        guard::forget(&self.folder, "trigger");
        let data = self.folder.join("data");
        let servers = [("Postgres", postgres_pid(&data)), ("the broker", broker_pid(&data))];
        let status = self.spindle.end(Signal::TERM).await.context("spindle")?;
        guard::forget(&self.folder, "spindle");
        ensure!(status.success(), "spindle ended with {status}:\n{}", self.spindle.log_tail());
        for (name, pid) in servers {
            if pid.is_some_and(is_alive) {
                bail!("spindle has ended, and {name} still runs");
            }
        }
        Ok(())
    }
}

fn spawn_spindle(folder: &Path) -> Result<Process> {
    let data = folder.join("data").to_string_lossy().into_owned();
    let app = repository().join("spin.toml").to_string_lossy().into_owned();
    let log = folder.join("spindle.log");
    let arguments = [
        "--log-format",
        "json",
        "up",
        "--no-triggers",
        "--port",
        "0",
        "--app",
        &app,
        "--data",
        &data,
    ];
    let process = Process::spawn_group(&spindle_program(), &arguments, &[], &log)?;
    guard::note(folder, "spindle", process.pid().context("spindle ended at once")?)?;
    Ok(process)
}

fn spawn_trigger(
    folder: &Path,
    name: &str,
    running: &Running,
    variables_beside: &[(String, String)],
) -> Result<Process> {
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let mut environment = variables(running)?;
    environment.extend_from_slice(variables_beside);
    environment.push(("SPIN_LOCKED_URL".to_owned(), path("spin.toml")));
    environment.push(("RUST_LOG".to_owned(), "info,spin_kafka_trigger=debug".to_owned()));
    // Where several compile the same components, once is enough.
    let compiled = std::env::var("SPINDLE_COMPILED").unwrap_or_else(|_| path("compiled"));
    let arguments = ["--state-dir", &compiled, "--log-dir", &path("logs")];
    let log = folder.join(name).with_extension("log");
    let process = Process::spawn_group(&trigger_program(), &arguments, &environment, &log)?;
    guard::note(folder, name, process.pid().context("trigger-kafka ended at once")?)?;
    Ok(process)
}

fn running(folder: &Path) -> Result<Running> {
    let run = std::fs::read(folder.join("data/run.json")).context("run.json")?;
    serde_json::from_slice(&run).context("run.json")
}

/// The application as it is, but for a trigger of the one topic that has records, so that a second
/// member gets its part of them; in which a silent member is given up sooner, and which leaves the
/// embedded broker more time for a fetch than `spindle up` does: on a machine that is busy four times
/// over, it finds one record in 100 ms, and so many come here that they would never be through.
fn manifest(folder: &Path) -> Result<()> {
    let root = repository();
    let mut text = std::fs::read_to_string(root.join("spin.toml")).context("spin.toml")?;
    let session = SESSION.as_millis();
    let properties = format!("\"session.timeout.ms\" = {session}, \"fetch.wait.max.ms\" = 500");
    for (line, instead) in [
        ("properties = \"{{ kafka_properties }}\"", format!("properties = {{ {properties} }}")),
        (
            "topics = [\"task-events\", \"reminders\", \"audit-events\"]",
            format!("topics = [\"{TOPIC}\"]"),
        ),
    ] {
        ensure!(text.matches(line).count() == 1, "spin.toml doesn't have the line {line}");
        text = text.replace(line, &instead);
    }
    std::fs::write(folder.join("spin.toml"), text)?;
    std::os::unix::fs::symlink(root.join("target"), folder.join("target"))?;
    // No component of a Kafka trigger reads them, but they must be there, and no link.
    std::fs::create_dir(folder.join("prompts"))?;
    for prompt in std::fs::read_dir(root.join("prompts"))? {
        let prompt = prompt?;
        std::fs::copy(prompt.path(), folder.join("prompts").join(prompt.file_name()))?;
    }
    Ok(())
}
