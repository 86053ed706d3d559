//! `spindle up --from`: components alone, of an application that is in a registry or a folder.
//!
//! It takes the arguments that spin-operator starts a pod with (spin-operator internal/controller/spinapp_controller.go), so
//! that an executor's image needs nothing but this program. Postgres, Kafka and the relay are somebody else's, and nobody
//! is let in without credentials.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use spin_host::app::App;
use spin_host::http::{HttpOptions, HttpTrigger};
use spin_host::monitor::Monitor;
use spin_host::runtime_config::RuntimeConfig;
use spin_host::variables::{Provider, Variables};
use spin_kafka_trigger::KafkaTrigger;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::artifact;
use crate::notifications;
use crate::parts::{Ending, Parts};
use crate::up;

/// How long a pod goes on taking requests once it is told to stop: so long it may take until everybody in the cluster knows
/// that nothing is to be sent there any more.
const STILL_SENT_TO: Duration = Duration::from_secs(5);

/// What to run.
#[derive(clap::Args)]
#[command(next_help_heading = "Components alone")]
pub struct Options {
    /// Run the components of this application and nothing else: a reference to what `spin registry push` sent, a folder
    /// that is an OCI image layout, or a spin.toml. Variables come from SPIN_VARIABLE_<NAME>.
    #[arg(short, long, value_name = "REFERENCE|PATH")]
    pub from: Option<String>,

    /// Run this component, and not those that aren't named; can be repeated.
    #[arg(short, long, value_name = "ID", requires = "from")]
    component_id: Vec<String>,

    /// Where variables come from before the environment: [[variables_provider]] of type static or env.
    #[arg(long, value_name = "FILE", requires = "from", env = "RUNTIME_CONFIG_FILE")]
    runtime_config_file: Option<PathBuf>,
}

/// Runs them until it is told to stop. Where none is called by HTTP, what the triggers show of themselves is served in its
/// place: probes look there.
pub async fn run(from: &str, options: &up::Options) -> Result<()> {
    let stop = up::stop_signal()?;
    let hosted = &options.hosted;
    let app = application(from, &options.data).await?;
    let app = match hosted.component_id.as_slice() {
        [] => app,
        some => app
            .only(some)
            .map_err(|id| anyhow::anyhow!("--component-id {id}: {from} has no such component"))?,
    };
    let triggers = |kind| app.triggers_of(kind).next().is_some();
    let (has_http, has_kafka) = (triggers("http"), triggers(spin_kafka_trigger::TRIGGER_TYPE));
    ensure!(has_http || has_kafka, "{from}: nothing calls its components, by HTTP or by Kafka");

    let config = RuntimeConfig::load(hosted.runtime_config_file.as_deref())?;
    let providers: Vec<_> = config.providers().chain([Provider::environment(None)]).collect();
    let variables = Arc::new(Variables::new(&app.variables, &providers)?);
    notifications::check(&variables)?;
    // Before the components are compiled: a taken port is the likeliest thing to be wrong.
    let address = options.address();
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("can't listen on {address}"))?;
    let address = listener.local_addr()?;
    let compiled = options.compiled.clone().unwrap_or_else(|| options.data.join("compiled"));
    let host = up::load(&app, compiled, Arc::clone(&variables)).await?;
    let mut monitor = Monitor::default();
    let mut parts = Parts::default();
    let mut unused = Some(listener);
    if has_http && let Some(listener) = unused.take() {
        let http_options = HttpOptions { drain: up::DRAIN, ..HttpOptions::default() };
        let http = HttpTrigger::new(Arc::clone(&host), &app, http_options, &mut monitor)?;
        parts.start("HTTP trigger", |stop| async move {
            let later = CancellationToken::new();
            let serving = http.serve(listener, later.clone());
            let telling = async {
                stop.cancelled().await;
                sleep(STILL_SENT_TO).await;
                later.cancel();
                std::future::pending::<Infallible>().await
            };
            tokio::select! {
                served = serving => Ok(served?),
                never = telling => match never {},
            }
        });
    }
    if has_kafka {
        let kafka = KafkaTrigger::new(host, &app, &variables, &[], &mut monitor)?;
        parts.start("Kafka trigger", |stop| async move { Ok(kafka.run(stop).await?) });
    }
    let monitors = match (unused, options.metrics_listen) {
        (Some(listener), _) => Some(listener),
        (None, Some(address)) => Some(
            TcpListener::bind(address)
                .await
                .with_context(|| format!("--metrics-listen {address}"))?,
        ),
        (None, None) => None,
    };
    if let Some(listener) = monitors {
        info!(address = %listener.local_addr()?, "serving /metrics, /livez and /readyz");
        // Until the process ends: while it drains, too, somebody may want to know.
        tokio::spawn(Arc::new(monitor).serve(listener, CancellationToken::new()));
    }
    info!(app = app.name, components = app.components.len(), %address, "started");
    parts.run_until(&stop, Ending::AtOnce).await
}

/// What is at a path, or else in a registry.
async fn application(from: &str, data: &Path) -> Result<App> {
    let path = Path::new(from);
    if path.join("oci-layout").is_file() {
        return Ok(App::from_layout(path)?);
    }
    if path.is_file() {
        return Ok(App::from_manifest(path)?);
    }
    let reference = artifact::parse(from)
        .with_context(|| format!("--from {from}: no such file, and no reference to a registry"))?;
    let folder = artifact::pull(&reference, &data.join("artifacts")).await?;
    Ok(App::from_layout(&folder)?)
}
