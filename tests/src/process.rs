//! A program under test: its lines, its log, its end.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::PATIENCE;

/// How long a start may take: the first one compiles every component, maybe beside another that does the same.
const START_PATIENCE: Duration = Duration::from_secs(300);

/// A running program. Dropping it kills it.
pub struct Process {
    child: Child,
    /// The process group it leads, where its children are to end with it.
    group: Option<Pid>,
    lines: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

impl Process {
    /// Starts a program with its standard error in a file. Its children may outlive it.
    pub fn spawn(
        program: &Path,
        arguments: &[&str],
        environment: &[(String, String)],
        log: &Path,
    ) -> Result<Self> {
        Self::start(Command::new(program).args(arguments), environment, log)
    }

    /// Starts a program whose children end with it, in a process group of its own.
    pub fn spawn_group(
        program: &Path,
        arguments: &[&str],
        environment: &[(String, String)],
        log: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(program);
        let mut process = Self::start(command.args(arguments).process_group(0), environment, log)?;
        process.group = process.pid().and_then(Pid::from_raw);
        Ok(process)
    }

    fn start(command: &mut Command, environment: &[(String, String)], log: &Path) -> Result<Self> {
        let stderr = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
        let mut child = command
            .env_remove("DATABASE_URL")
            .env_remove("KAFKA_BROKERS")
            .env_remove("KAFKA_PROPERTIES")
            .env_remove("OLLAMA_URL")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| {
                let program = command.as_std().get_program();
                format!("can't run {}; `cargo xtask test` builds it", program.display())
            })?;
        let stdout = child.stdout.take().context("no standard output")?;
        Ok(Self { child, group: None, lines: BufReader::new(stdout).lines(), log: log.to_owned() })
    }

    /// Waits for a line on standard output.
    pub async fn line_that_starts_with(&mut self, start: &str) -> Result<String> {
        let lines = &mut self.lines;
        let wait = async {
            while let Some(line) = lines.next_line().await? {
                if line.starts_with(start) {
                    return Ok(line);
                }
            }
            bail!("ended without saying `{start}`")
        };
        let outcome = tokio::time::timeout(START_PATIENCE, wait).await;
        outcome
            .map_err(|_| anyhow::anyhow!("did not say `{start}`"))
            .and_then(|line| line)
            .with_context(|| self.log_tail())
    }

    /// Its process id.
    pub fn pid(&self) -> Option<i32> {
        self.child.id().and_then(|pid| i32::try_from(pid).ok())
    }

    /// `kill -9`.
    pub async fn kill(&mut self) -> Result<()> {
        self.child.kill().await.context("can't kill")
    }

    /// Sends a signal that asks it to end, and tells what it ended with.
    pub async fn end(&mut self, signal: Signal) -> Result<ExitStatus> {
        self.signal(signal)?;
        self.ended().await
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let pid = self.pid().and_then(Pid::from_raw).context("it has ended")?;
        rustix::process::kill_process(pid, signal).context("can't send a signal")
    }

    /// Fails once it has ended, with what it said.
    pub fn is_running(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("ended with {status}:\n{}", self.log_tail()),
        }
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .with_context(|| format!("does not end:\n{}", self.log_tail()))?
            .context("can't wait")
    }

    /// Where its standard error goes.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// The end of its standard error.
    pub fn log_tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().rev().take(30).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            let _gone_already = rustix::process::kill_process_group(group, Signal::KILL);
        }
    }
}

/// Whether a process runs; a zombie doesn't.
#[cfg(target_os = "linux")]
pub fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}

/// Whether a process runs.
#[cfg(not(target_os = "linux"))]
pub fn is_alive(pid: i32) -> bool {
    Pid::from_raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}
