//! Child processes that may outlive us, and the files by which the next start finds them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

/// How often we look whether a process that isn't our child is still there: the system tells only
/// parents.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// How long a server that was killed may go on listening: its first thread counts as the process, and
/// the others may end later.
const PORT_PATIENCE: Duration = Duration::from_secs(1);

/// Who a process is: pids come round again, pid and start time don't.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pid: i32,
    started: String,
}

impl Identity {
    /// The process with this pid, if there is one.
    pub fn of(pid: i32) -> Option<Self> {
        test_kill_process(Pid::from_raw(pid)?).ok()?;
        Some(Self { pid, started: start_time(pid)? })
    }

    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whether this very process still runs.
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid).as_ref() == Some(self)
    }

    /// Sends a signal; a process that is gone already is no error.
    pub fn signal(&self, signal: Signal) {
        if self.is_alive()
            && let Some(pid) = Pid::from_raw(self.pid)
        {
            let _gone_meanwhile = kill_process(pid, signal);
        }
    }

    /// Returns once the process has ended.
    pub async fn ended(&self) {
        while self.is_alive() {
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Asks with `signal`, waits for `patience`, then kills.
    pub async fn end(&self, signal: Signal, patience: Duration) {
        self.signal(signal);
        let deadline = Instant::now() + patience;
        if tokio::time::timeout_at(deadline, self.ended()).await.is_err() {
            self.signal(Signal::KILL);
            self.ended().await;
        }
    }
}

/// The start time as the system counts it; a zombie counts as gone.
#[cfg(target_os = "linux")]
fn start_time(pid: i32) -> Option<String> {
    // proc_pid_stat(5): the second field is a name in parentheses that may hold anything; the
    // state is the third, the start time the twenty-second.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    let started = fields.nth(18)?;
    (state != "Z").then(|| started.to_owned())
}

#[cfg(not(target_os = "linux"))]
use start_time_by_ps as start_time;

/// The start time as ps(1) tells it, for systems without /proc; a zombie counts as gone.
#[cfg(any(test, not(target_os = "linux")))]
fn start_time_by_ps(pid: i32) -> Option<String> {
    // One -o each: in BSD's ps an item with `=` takes the rest of its argument for a header.
    let output = std::process::Command::new("ps")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .args(["-o", "stat=", "-o", "lstart=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    let (state, started) = line.trim().split_once(' ')?;
    (!state.starts_with('Z')).then(|| started.trim().to_owned())
}

/// A file that names a running process.
pub struct PidFile(PathBuf);

impl PidFile {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The process that the file names, if it still runs.
    pub fn read(&self) -> Option<Identity> {
        let text = fs::read(&self.0).ok()?;
        let identity: Identity = serde_json::from_slice(&text).ok()?;
        identity.is_alive().then_some(identity)
    }

    pub fn write(&self, identity: &Identity) -> Result<()> {
        write_private(&self.0, &serde_json::to_vec(identity)?)
    }

    pub fn remove(&self) {
        let _absent_already = fs::remove_file(&self.0);
    }
}

/// Writes a whole file that only its owner may read: a reader sees the old text or the new one.
pub fn write_private(path: &Path, content: &[u8]) -> Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    let temporary = path.with_extension("tmp");
    let write = || -> std::io::Result<()> {
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&temporary)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().with_context(|| format!("can't write {}", path.display()))
}

/// A secret in a file that only we may read: made at the first start, kept for all others.
pub fn kept_secret(path: &Path, make: impl FnOnce() -> Result<String>) -> Result<String> {
    match fs::read_to_string(path) {
        Ok(secret) => Ok(secret.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let secret = make()?;
            write_private(path, secret.as_bytes())?;
            Ok(secret)
        }
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

/// A port of 127.0.0.1 that nobody listens on now.
///
/// Somebody may take it before our child does; the child then says so, and ends.
pub fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// The port that a server had at the last start, by its file, or another if somebody else has it now.
///
/// Whoever uses our servers from outside, as a host beside `up --no-triggers` does, knows them by
/// their addresses, and outlives us.
pub async fn kept_port(file: &Path) -> Result<u16> {
    let kept = fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<u16>().ok());
    if let Some(port) = kept.filter(|port| *port > 0) {
        let deadline = Instant::now() + PORT_PATIENCE;
        while Instant::now() < deadline {
            if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
                return Ok(port);
            }
            sleep(LOOK_AGAIN).await;
        }
    }
    let port = free_port()?;
    write_private(file, port.to_string().as_bytes())?;
    Ok(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_is_kept_until_somebody_else_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.port");
        let port = kept_port(&file).await.unwrap();
        assert_eq!(kept_port(&file).await.unwrap(), port);
        let somebody = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
        let another = kept_port(&file).await.unwrap();
        assert_ne!(another, port);
        drop(somebody);
        assert_eq!(kept_port(&file).await.unwrap(), another);
    }

    #[tokio::test]
    async fn a_port_is_waited_for_while_its_last_owner_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.port");
        let port = kept_port(&file).await.unwrap();
        let owner = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let (waited, ()) = tokio::join!(kept_port(&file), async { drop(owner) });
        assert_eq!(waited.unwrap(), port);
    }

    #[tokio::test]
    async fn a_port_file_that_holds_none_is_no_hindrance() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("server.port");
        for text in ["", "0", "many"] {
            fs::write(&file, text).unwrap();
            assert_ne!(kept_port(&file).await.unwrap(), 0);
        }
    }

    #[tokio::test]
    async fn a_process_is_found_by_its_file_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = PidFile::new(folder.path().join("sleeper.pid"));
        let mut child = tokio::process::Command::new("sleep").arg("600").spawn().unwrap();
        let pid = i32::try_from(child.id().unwrap()).unwrap();
        let identity = Identity::of(pid).unwrap();
        file.write(&identity).unwrap();
        assert_eq!(file.read(), Some(identity.clone()));

        let end = identity.end(Signal::TERM, Duration::from_secs(10));
        let (status, ()) = tokio::join!(child.wait(), end);
        assert!(!status.unwrap().success());
        assert_eq!(file.read(), None);
    }

    #[test]
    fn a_pid_that_came_round_again_is_somebody_else() {
        let us = Identity::of(i32::try_from(std::process::id()).unwrap()).unwrap();
        assert!(us.is_alive());
        let before = Identity { started: "1".to_owned(), ..us };
        assert!(!before.is_alive());
    }

    #[test]
    fn ps_tells_a_start_time_too() {
        let us = i32::try_from(std::process::id()).unwrap();
        let started = start_time_by_ps(us).unwrap();
        // `Sat Nov 21 04:09:46 2026`
        assert_eq!(started.split_ascii_whitespace().count(), 5, "{started}");
        assert_eq!(start_time_by_ps(us), Some(started));
    }

    #[test]
    fn a_torn_pid_file_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("torn.pid");
        fs::write(&path, "{\"pid\": 1").unwrap();
        assert_eq!(PidFile::new(path).read(), None);
    }
}
