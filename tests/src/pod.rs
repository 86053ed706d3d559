//! A process with the arguments of a pod.

use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use rustix::process::Signal;

use crate::{PATIENCE, Process, Running, Spindle, eventually, owned, spindle_program, variables};

/// The components that are called by HTTP in these tests.
pub const WEB: &[&str] = &["tasks", "task", "audit", "changes", "health", "ready"];
/// What Kubernetes leaves a pod to end in, if nothing else is said.
const GRACE: Duration = Duration::from_secs(30);

/// What all pods of a test have in common.
pub struct Cluster<'a> {
    /// Its servers.
    pub running: &'a Running,
    /// What `-f` names.
    pub image: &'a str,
    /// Where Docker's configuration is.
    pub docker: &'a Path,
    /// More variables of the environment.
    pub environment: &'a [(&'a str, &'a str)],
}

/// `spindle up --listen … -f …`, as spin-operator has it (internal/controller/spinapp_controller.go).
pub struct Pod {
    process: Process,
    /// Where it listens.
    pub url: String,
}

impl Running {
    /// A token of somebody who may do everything but administer.
    pub async fn token(&self) -> Result<String> {
        let made = tokio::process::Command::new(spindle_program())
            .args(["token", "--database-url", &self.database_url])
            .output()
            .await?;
        ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Ok(String::from_utf8(made.stdout)?.trim().to_owned())
    }

    /// A client that shows one.
    pub async fn client(&self) -> Result<reqwest::Client> {
        let bearer = format!("Bearer {}", self.token().await?);
        let headers = [("authorization".parse()?, bearer.parse()?)].into_iter().collect();
        Ok(reqwest::Client::builder().default_headers(headers).timeout(PATIENCE).build()?)
    }
}

impl Spindle {
    /// From now on its requests go to that pod, with a token.
    pub async fn ask_through(&mut self, pod: &Pod) -> Result<()> {
        self.client = self.running.client().await?;
        self.running.url = pod.url.clone();
        Ok(())
    }
}

impl<'a> Cluster<'a> {
    /// One whose pods are told nothing more.
    pub fn new(running: &'a Running, image: &'a str, docker: &'a Path) -> Self {
        Self { running, image, docker, environment: &[] }
    }

    /// Starts a pod of these components, whose data are in that folder.
    pub fn pod(&self, folder: &Path, components: &[&str]) -> Result<Pod> {
        let address = address()?;
        let (secrets, others): (Vec<_>, Vec<_>) = variables(self.running)?
            .into_iter()
            .partition(|(name, _)| name == "SPIN_VARIABLE_DATABASE_URL");
        let config = folder.join("runtime-config.toml");
        std::fs::create_dir_all(folder)?;
        std::fs::write(&config, runtime_config(&secrets)?)?;
        let data = folder.join("data").to_string_lossy().into_owned();
        let mut environment = others;
        environment.push(("DOCKER_CONFIG".to_owned(), self.docker.to_string_lossy().into_owned()));
        environment.push(("SPINDLE_DATA".to_owned(), data));
        environment.extend(owned(self.environment));

        let (listen, config) = (address.to_string(), config.to_string_lossy().into_owned());
        let mut arguments =
            vec!["--log-format", "json", "up", "--listen", &listen, "-f", self.image];
        arguments.extend(["--runtime-config-file", &config]);
        arguments.extend(components.iter().flat_map(|id| ["--component-id", id]));
        let log: PathBuf = folder.join("pod.log");
        let process = Process::spawn(&spindle_program(), &arguments, &environment, &log)?;
        Ok(Pod { process, url: format!("http://{address}") })
    }
}

impl Pod {
    /// Waits until this path answers with 200.
    pub async fn ready(mut self, path: &str) -> Result<Self> {
        let client = reqwest::Client::new();
        let url = format!("{}{path}", self.url);
        eventually(&url, async || {
            self.process.is_running()?;
            let answer = client.get(&url).timeout(Duration::from_secs(5)).send().await;
            Ok(answer.is_ok_and(|it| it.status().is_success()).then_some(()))
        })
        .await?;
        Ok(self)
    }

    /// Its process id.
    pub fn pid(&self) -> Result<i32> {
        self.process.pid().context("it has ended")
    }

    /// SIGTERM; it has to end with 0, in the time that Kubernetes leaves it.
    pub async fn stop(self) -> Result<()> {
        self.stop_while(async || Ok(())).await
    }

    /// The same, while something is done as soon as it was told.
    pub async fn stop_while(mut self, does: impl AsyncFnOnce() -> Result<()>) -> Result<()> {
        self.process.signal(Signal::TERM)?;
        let ended = async { tokio::join!(self.process.ended(), does()) };
        let ended = tokio::time::timeout(GRACE, ended).await;
        let (status, done) = ended.context("Kubernetes would have killed it")?;
        done?;
        let status = status?;
        ensure!(status.success(), "{status}: {}", self.process.log_tail());
        Ok(())
    }

    /// What it says when it ends of itself, which it does with a failure.
    pub async fn refuses(mut self) -> Result<String> {
        let status = self.process.ended().await?;
        ensure!(status.code() == Some(1), "{status}: {}", self.process.log_tail());
        Ok(self.process.log_tail())
    }
}

/// A configuration file with these variables, which come from a Secret.
fn runtime_config(secrets: &[(String, String)]) -> Result<String> {
    let mut values = toml::Table::new();
    for (name, value) in secrets {
        let name = name.strip_prefix("SPIN_VARIABLE_").context("another variable")?;
        values.insert(name.to_lowercase(), value.as_str().into());
    }
    let mut provider = toml::Table::new();
    provider.insert("type".to_owned(), "static".into());
    provider.insert("values".to_owned(), values.into());
    let mut file = toml::Table::new();
    file.insert("variables_provider".to_owned(), vec![provider].into());
    Ok(toml::to_string(&file)?)
}

/// A loopback address of one's own, and port 80 of it.
fn address() -> Result<SocketAddrV4> {
    let ip = Ipv4Addr::new(127, fastrand::u8(1..), fastrand::u8(..), fastrand::u8(1..255));
    match TcpListener::bind((ip, 80)) {
        Ok(_) => Ok(SocketAddrV4::new(ip, 80)),
        Err(error) if std::env::var_os("CI").is_some() => bail!("can't listen on {ip}:80: {error}"),
        Err(error) => {
            eprintln!("SKIPPED: port 80, another instead: {error}");
            let any = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
            Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, any.port()))
        }
    }
}
