//! `trigger-kafka`: the plugin that `spin up` starts for `[[trigger.kafka]]`.
//!
//! It speaks Spin's trigger protocol (spinframework/spin crates/trigger/src/cli.rs) and leaves the rest to the library.

mod args;
mod variables;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::Parser;
use spin_host::app::App;
use spin_host::logging::{self, LogFormat};
use spin_host::{Host, HostOptions, Limits};
use spin_kafka_trigger::KafkaTrigger;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::args::Args;

fn main() -> ExitCode {
    let args = Args::parse();
    if args.help_args_only {
        println!("{}", args::options());
        return ExitCode::SUCCESS;
    }
    if args.launch_metadata_only {
        // Where `spin up` looks for it.
        eprintln!("{}", args::launch_metadata());
        return ExitCode::SUCCESS;
    }
    logging::init(LogFormat::Auto);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("can't start the runtime")),
    };
    let outcome = runtime.block_on(run(&args));
    // A commit that a silent broker doesn't answer must not hold up the end.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Prints the one sentence that says what went wrong, its causes after colons.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("trigger-kafka: {error:#}");
    ExitCode::FAILURE
}

async fn run(args: &Args) -> Result<()> {
    let shutdown = shutdown_on_signals()?;
    let app = App::load(&args.locked_url).context("can't load the application")?;
    let local = args.local_app_dir.clone().unwrap_or_default();
    let providers = variables::providers(args, &app, &local)?;
    let variables = Arc::new(
        spin_host::variables::Variables::new(&app.variables, &providers)
            .context("can't read variables")?,
    );
    let ids = spin_kafka_trigger::component_ids(&app);
    let options = HostOptions { cache_dir: cache_dir(args, &local), limits: limits(args) };
    let host = Host::load(&app, ids.iter().copied(), Arc::clone(&variables), options)
        .await
        .context("can't load the components")?;
    let trigger = KafkaTrigger::new(host, &app, &variables, &[])?;
    if let Some(address) = args.metrics_listen {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("--metrics-listen {address}"))?;
        info!(address = %listener.local_addr()?, "serving /metrics, /livez and /readyz");
        // Until the process ends: while it drains, too, somebody may want to know.
        tokio::spawn(trigger.monitor().serve(listener, CancellationToken::new()));
    }
    info!(app = app.name, components = ?ids, "trigger-kafka is ready");
    trigger.run(shutdown).await?;
    info!("trigger-kafka has ended");
    Ok(())
}

/// Cancelled by SIGINT or SIGTERM.
fn shutdown_on_signals() -> Result<CancellationToken> {
    let token = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut signal = signal(kind).context("can't listen for signals")?;
        let token = token.clone();
        tokio::spawn(async move {
            signal.recv().await;
            token.cancel();
        });
    }
    Ok(token)
}

/// Compiled components are kept with the application's other state, if it has a place.
fn cache_dir(args: &Args, local: &std::path::Path) -> Option<PathBuf> {
    let state = match &args.state_dir {
        Some(given) if given.as_os_str().is_empty() => return None,
        Some(given) => given.clone(),
        None if local.as_os_str().is_empty() => return None,
        None => local.join(".spin"),
    };
    (!args.disable_cache).then(|| state.join("trigger-kafka"))
}

fn limits(args: &Args) -> Limits {
    let limits = Limits::default();
    Limits { memory: args.max_instance_memory.unwrap_or(limits.memory), ..limits }
}
