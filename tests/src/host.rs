//! `spin up` as the host: HTTP by Spin, Kafka by our trigger, installed as its plugin.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::{Process, Running, eventually, repository};

/// A `spin up` with a data folder of its own, in which our plugin is installed.
pub struct SpinHost {
    process: Process,
    /// Where Spin serves HTTP.
    pub url: String,
    /// What makes a request the demo user's.
    pub secret: String,
}

impl SpinHost {
    /// Installs the plugin and runs the application against the servers that `running` names, with
    /// more variables of the environment.
    pub async fn start(
        folder: &Path,
        running: &Running,
        more: &[(String, String)],
    ) -> Result<Self> {
        let spin = std::env::var_os("SPIN_BIN").context("SPIN_BIN names no Spin to test under")?;
        let spin_data = folder.join("spin");
        install_plugin(Path::new(&spin), &spin_data)?;
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        let secret = uuid::Uuid::new_v4().simple().to_string();
        let mut environment = variables(running)?;
        environment.push(("SPIN_DATA_DIR".to_owned(), spin_data.to_string_lossy().into_owned()));
        environment.push(("SPIN_VARIABLE_LOCAL_SECRET".to_owned(), secret.clone()));
        let keys = std::fs::read_to_string(folder.join("data/jwt.keys"))?;
        environment.push(("SPIN_VARIABLE_JWT_KEYS".to_owned(), keys));
        let key = std::fs::read_to_string(folder.join("data/vapid.key"))?;
        environment.push(("SPIN_VARIABLE_VAPID_PRIVATE_KEY".to_owned(), key));
        environment.extend_from_slice(more);
        let app = repository().join("spin.toml").to_string_lossy().into_owned();
        let listen = format!("127.0.0.1:{port}");
        let arguments = ["up", "--listen", &listen, "-f", &app];
        let log = folder.join("spin.log");
        let process = Process::spawn_group(Path::new(&spin), &arguments, &environment, &log)?;
        let client = reqwest::Client::new();
        eventually("an answer from spin up", async || {
            let health = client.get(format!("{url}/health")).send().await;
            Ok(health.is_ok_and(|response| response.status().is_success()).then_some(()))
        })
        .await
        .with_context(|| process.log_tail())?;
        Ok(Self { process, url, secret })
    }

    /// SIGTERM, as an operator would.
    pub async fn stop(mut self) -> Result<()> {
        let status = self.process.end(rustix::process::Signal::TERM).await?;
        ensure!(status.success(), "spin ended with {status}:\n{}", self.process.log_tail());
        Ok(())
    }
}

/// What a host outside of `spindle up` tells the components, in its environment.
pub fn variables(running: &Running) -> Result<Vec<(String, String)>> {
    let database: tokio_postgres::Config = running.database_url.parse()?;
    let port = database.get_ports().first().context("no port")?.to_string();
    let variable = |name: &str, value: &str| (format!("SPIN_VARIABLE_{name}"), value.to_owned());
    let mut variables = vec![
        variable("DATABASE_URL", &running.app_database_url),
        variable("DATABASE_HOST", "127.0.0.1"),
        variable("DATABASE_PORT", &port),
        variable("KAFKA_BROKERS", &running.kafka_brokers),
    ];
    if let (Some(url), Some(key)) = (&running.mail_url, &running.mail_key) {
        let (_, port) = url.rsplit_once(':').context("no port")?;
        variables.extend([
            variable("MAIL_URL", url),
            variable("MAIL_HOST", "127.0.0.1"),
            variable("MAIL_PORT", port),
            variable("MAIL_KEY", key),
        ]);
    }
    Ok(variables)
}

/// Installs the plugin that `cargo xtask plugin` packs, the way a user does.
fn install_plugin(spin: &Path, spin_data: &Path) -> Result<()> {
    let manifest = std::env::var_os("TRIGGER_KAFKA_PLUGIN")
        .context("TRIGGER_KAFKA_PLUGIN names no manifest; `cargo xtask test --host spin` does")?;
    let output = Command::new(spin)
        .env("SPIN_DATA_DIR", spin_data)
        .args(["plugins", "install", "--yes", "--file"])
        .arg(manifest)
        .output()
        .context("can't run SPIN_BIN")?;
    ensure!(
        output.status.success(),
        "spin plugins install: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
