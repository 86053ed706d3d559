//! A private Postgres cluster in the data folder: found or made, adopted or started, kept running,
//! and stopped.

mod programs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;
use tokio::process::Child;
use tokio::time::{Instant, sleep};
use tokio_postgres::error::SqlState;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::database::Database;
use crate::process::{Identity, kept_port, kept_secret};
use programs::Programs;

/// The role that owns the cluster, and the database that Spindle's tables are in.
const NAME: &str = "spindle";
/// The database of the embedded broker.
pub const BROKER_DATABASE: &str = "broker";
/// How long Postgres may take to start; replaying a long log after a crash takes a while.
const START_PATIENCE: Duration = Duration::from_secs(120);
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// Its log, in the folder of logs.
const LOG: &str = "postgres.log";

/// How Postgres refuses to start while something is left of a server that was killed: the server, whom
/// its parent has not buried yet (`src/backend/utils/init/miscinit.c`), or a process of it that is
/// still at work, and ends with its statement (`src/backend/port/sysv_shmem.c`).
const LEFT_OVER: [&str; 2] =
    ["lock file \"postmaster.pid\" already exists", "pre-existing shared memory block"];

/// Settings that differ from Postgres' own defaults.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "timezone=UTC",
    "log_timezone=UTC",
    "max_connections=200",
    // Nobody replicates this cluster.
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=2GB",
    // Our statements are short; compiling one costs more than running it.
    "jit=off",
];

/// A cluster that runs.
pub struct Cluster {
    folder: PathBuf,
    logs: PathBuf,
    programs: Programs,
    port: u16,
    password: String,
    server: Server,
    /// How long its log was before this server began.
    said_before: u64,
}

/// The server's process: our child, or what a killed predecessor left running.
enum Server {
    Child(Child, Identity),
    Adopted(Identity),
}

impl Server {
    fn identity(&self) -> &Identity {
        match self {
            Self::Child(_, identity) | Self::Adopted(identity) => identity,
        }
    }

    async fn ended(&mut self) {
        match self {
            // Waiting for a child also clears its entry from the process table.
            Self::Child(child, _) => {
                let _status = child.wait().await;
            }
            Self::Adopted(identity) => identity.ended().await,
        }
    }
}

impl Cluster {
    /// Brings up the cluster in `data`: makes it if there is none, adopts it if it still runs.
    ///
    /// # Errors
    /// If Postgres isn't installed, the folder holds something else, or the server won't start, or
    /// `stop` comes first. What was started is then stopped.
    pub async fn start(data: &Path, logs: &Path, stop: &CancellationToken) -> Result<Self> {
        let folder = data.join("postgres");
        let programs = Programs::find(cluster_version(&folder)?.as_deref())?;
        let password_file = data.join("postgres.password");
        if folder.exists() && !password_file.exists() {
            bail!(
                "{} is missing, and without it nobody gets into {}; restore it, or choose another folder with --data",
                password_file.display(),
                folder.display()
            );
        }
        let password = password(&password_file)?;
        if !folder.exists() {
            create(&folder, &programs, data, logs).await?;
        }
        let said_before = log_length(logs);
        let (server, port) = match running(&folder).await? {
            Some((identity, port)) => {
                info!(pid = identity.pid(), port, "adopted the Postgres that was left running");
                (Server::Adopted(identity), port)
            }
            None => {
                let port = kept_port(&data.join("postgres.port")).await?;
                (spawn(&folder, &programs, port, logs)?, port)
            }
        };
        let logs = logs.to_owned();
        let mut cluster = Self { folder, logs, programs, port, password, server, said_before };
        match cluster.prepare(stop).await {
            Ok(()) => Ok(cluster),
            Err(error) => {
                cluster.stop().await;
                Err(error)
            }
        }
    }

    async fn prepare(&mut self, stop: &CancellationToken) -> Result<()> {
        self.wait_until_ready(stop).await?;
        for database in [NAME, BROKER_DATABASE] {
            self.ensure_database(database).await?;
        }
        Ok(())
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn pid(&self) -> i32 {
        self.server.identity().pid()
    }

    /// The address of one of the cluster's databases.
    pub fn url(&self, database: &str) -> String {
        let Self { password, port, .. } = self;
        format!("postgres://{NAME}:{password}@127.0.0.1:{port}/{database}?sslmode=disable")
    }

    /// The address of the database with Spindle's tables.
    pub fn main_url(&self) -> String {
        self.url(NAME)
    }

    /// Starts the server again whenever it ends, until `stop`; then shuts it down.
    pub async fn supervise(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.server.ended() => {}
            }
            warn!("Postgres ended; starting it again");
            if let Err(error) = self.restart(&stop).await {
                warn!(error = format!("{error:#}"), "Postgres did not start; trying again");
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = sleep(Duration::from_secs(1)) => {}
                }
            }
        }
        self.stop().await;
    }

    async fn restart(&mut self, stop: &CancellationToken) -> Result<()> {
        self.said_before = log_length(&self.logs);
        self.server = match running(&self.folder).await? {
            Some((identity, _)) => Server::Adopted(identity),
            None => spawn(&self.folder, &self.programs, self.port, &self.logs)?,
        };
        self.wait_until_ready(stop).await
    }

    /// A fast shutdown: sessions are ended, everything is written, nothing needs replaying.
    pub async fn stop(mut self) {
        let identity = self.server.identity().clone();
        identity.signal(Signal::INT);
        if tokio::time::timeout(STOP_PATIENCE, self.server.ended()).await.is_err() {
            warn!("Postgres does not stop; killing it");
            identity.end(Signal::QUIT, Duration::from_secs(5)).await;
        }
    }

    async fn wait_until_ready(&mut self, stop: &CancellationToken) -> Result<()> {
        let database = Database::parse(&self.url("postgres"))?;
        let deadline = Instant::now() + START_PATIENCE;
        loop {
            let refused = match database.connect().await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if !self.server.identity().is_alive() {
                let said = said_since(&self.logs.join(LOG), self.said_before);
                let in_the_way = LEFT_OVER.iter().any(|left| said.contains(left));
                if !in_the_way || Instant::now() > deadline {
                    bail!(
                        "Postgres did not start in {}: {}",
                        self.folder.display(),
                        last_words(&self.logs.join(LOG), &said)
                    );
                }
                sleep(Duration::from_millis(100)).await;
                self.said_before = log_length(&self.logs);
                self.server = spawn(&self.folder, &self.programs, self.port, &self.logs)?;
            }
            if stop.is_cancelled() {
                bail!("told to stop while Postgres was starting");
            }
            let code = refused.downcast_ref().and_then(tokio_postgres::Error::code);
            if code == Some(&SqlState::INVALID_PASSWORD) || Instant::now() > deadline {
                return Err(refused.context(format!(
                    "Postgres (pid {}) in {} runs but does not let us in",
                    self.server.identity().pid(),
                    self.folder.display()
                )));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn ensure_database(&self, name: &str) -> Result<()> {
        let client = Database::parse(&self.url("postgres"))?.connect().await?;
        let known = client
            .query_opt("select 1 from pg_database where datname = $1", &[&name])
            .await
            .context("can't list the databases")?;
        if known.is_none() {
            // `create database` takes no parameters; both names are constants of this file.
            client
                .execute(&format!("create database {name}"), &[])
                .await
                .with_context(|| format!("can't create the database {name}"))?;
        }
        Ok(())
    }
}

/// The major version of the cluster in `folder`, or none if there is no cluster yet.
fn cluster_version(folder: &Path) -> Result<Option<String>> {
    match fs::read_to_string(folder.join("PG_VERSION")) {
        Ok(version) => Ok(Some(version.trim().to_owned())),
        Err(_) if !folder.exists() => Ok(None),
        Err(_) => bail!(
            "{} is no Postgres cluster (it has no PG_VERSION); move it away, or choose another folder with --data",
            folder.display()
        ),
    }
}

/// A role's password, made at the cluster's first start.
pub fn password(path: &Path) -> Result<String> {
    kept_secret(path, || Ok(uuid::Uuid::new_v4().simple().to_string()))
}

/// Runs `initdb` beside the final place and moves the result there, so that a cluster is whole or
/// absent.
async fn create(folder: &Path, programs: &Programs, data: &Path, logs: &Path) -> Result<()> {
    let unfinished = folder.with_extension("new");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)
            .with_context(|| format!("can't remove {}", unfinished.display()))?;
    }
    fs::create_dir(&unfinished)
        .with_context(|| format!("can't create {}", unfinished.display()))?;
    let password_file = data.join("postgres.password");
    programs.own(&[&unfinished, &password_file])?;
    let output = programs
        .command("initdb")
        .args(["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--username", NAME])
        .arg("--pwfile")
        .arg(&password_file)
        .arg("--pgdata")
        .arg(&unfinished)
        .stdin(Stdio::null())
        .output()
        .await
        .context("can't run initdb")?;
    if !output.status.success() {
        let _kept_for_reading = fs::write(logs.join("initdb.log"), &output.stderr);
        bail!(
            "initdb could not make a cluster in {}: {}",
            unfinished.display(),
            String::from_utf8_lossy(&output.stderr).trim().replace('\n', " ")
        );
    }
    fs::rename(&unfinished, folder).with_context(|| format!("can't create {}", folder.display()))
}

/// The server that runs in `folder`, by Postgres' own pid file: pid on its first line, port on its
/// fourth (`src/include/utils/pidfile.h`).
async fn running(folder: &Path) -> Result<Option<(Identity, u16)>> {
    let path = folder.join("postmaster.pid");
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let Ok(text) = fs::read_to_string(&path) else { return Ok(None) };
        let mut lines = text.lines();
        let pid = lines.next().and_then(|line| line.trim().parse().ok());
        let port = lines.nth(2).and_then(|line| line.trim().parse().ok());
        let Some(identity) = pid.and_then(Identity::of) else { return Ok(None) };
        if !serves(identity.pid(), folder) {
            // A stale file whose pid went to somebody else; Postgres would take it for alive.
            fs::remove_file(&path).with_context(|| format!("can't remove {}", path.display()))?;
            return Ok(None);
        }
        let shutting_down = text.lines().nth(7).is_some_and(|status| status.contains("stopping"));
        match port {
            Some(port) if !shutting_down => return Ok(Some((identity, port))),
            // It is just starting, or just ending; both take a moment.
            _ if Instant::now() < deadline => sleep(Duration::from_millis(20)).await,
            _ => bail!(
                "Postgres (pid {}) in {} is neither up nor down; end it and start again",
                identity.pid(),
                folder.display()
            ),
        }
    }
}

/// Whether this process is the server of this folder: it works in it, or was given it.
#[cfg(target_os = "linux")]
fn serves(pid: i32, folder: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder)
        || fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
            line.split(|byte| *byte == 0).any(|argument| argument == folder.as_os_str().as_bytes())
        })
}

#[cfg(not(target_os = "linux"))]
fn serves(pid: i32, folder: &Path) -> bool {
    std::process::Command::new("ps")
        .args(["-o", "args=", "-p", &pid.to_string()])
        .output()
        .is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).contains(&*folder.to_string_lossy())
        })
}

fn spawn(folder: &Path, programs: &Programs, port: u16, logs: &Path) -> Result<Server> {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(logs.join(LOG))
        .context("can't open the log of Postgres")?;
    let mut command = programs.command("postgres");
    command.arg("-D").arg(folder).arg("-p").arg(port.to_string());
    for setting in SETTINGS {
        command.arg("-c").arg(setting);
    }
    let child = command
        // Ctrl-C at a terminal goes to the whole group; Postgres is to end after us, not with us.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("can't start Postgres")?;
    let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
    let identity = pid.and_then(Identity::of).context("Postgres ended at once")?;
    Ok(Server::Child(child, identity))
}

fn log_length(logs: &Path) -> u64 {
    fs::metadata(logs.join(LOG)).map_or(0, |log| log.len())
}

/// What is in the log after its first `said_before` bytes.
fn said_since(log: &Path, said_before: u64) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = text.get(usize::try_from(said_before).unwrap_or(0)..).unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}

/// Why a server ended, by what it said in its log.
fn last_words(log: &Path, text: &str) -> String {
    let tells = |line: &&str| {
        line.contains("FATAL") || line.contains("PANIC") || line.starts_with("postgres: ")
    };
    let said = text.lines().find(tells).or(text.lines().next_back()).unwrap_or("it said nothing");
    format!("{} (all of it in {})", said.trim(), log.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_else_in_it_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().join("postgres");
        assert_eq!(cluster_version(&folder).unwrap(), None);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("holiday.jpg"), "…").unwrap();
        let error = cluster_version(&folder).unwrap_err().to_string();
        assert!(error.contains("is no Postgres cluster"), "{error}");
    }

    #[test]
    fn the_password_is_made_once_and_kept_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        let path = data.path().join("postgres.password");
        let first = password(&path).unwrap();
        assert_eq!(password(&path).unwrap(), first);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_server_is_explained_by_what_it_said_itself() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join(LOG);
        let before = "FATAL:  last week's\n";
        fs::write(&log, format!("{before}starting\npostgres: could not find it\nbye\n")).unwrap();
        let words = last_words(&log, &said_since(&log, before.len() as u64));
        assert!(words.starts_with("postgres: could not find it ("), "{words}");
    }

    #[test]
    fn a_stranger_does_not_serve_our_folder() {
        let folder = tempfile::tempdir().unwrap();
        let us = i32::try_from(std::process::id()).unwrap();
        assert!(!serves(us, folder.path()));
        assert!(serves(us, &std::env::current_dir().unwrap()));
    }
}
