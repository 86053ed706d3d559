//! `trigger-kafka`: the plugin that `spin up` starts for `[[trigger.kafka]]`.
//!
//! It speaks Spin's trigger protocol (spinframework/spin crates/trigger/src/cli.rs) and leaves the rest to the library.

mod args;
mod folders;
mod variables;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use spin_host::app::App;
use spin_host::logging::{self, LogFormat};
use spin_host::monitor::Monitor;
use spin_host::runtime_config::RuntimeConfig;
use spin_host::telemetry;
use spin_host::{Host, HostOptions, Limits, OutputOptions};
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
    let traces = match telemetry::init("trigger-kafka") {
        Ok(traces) => traces,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(run(&args));
    // A commit that a silent broker doesn't answer must not hold up the end.
    runtime.shutdown_background();
    drop(traces);
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
    let config = RuntimeConfig::load(args.runtime_config_file.as_deref())?;
    let providers = variables::providers(args, &config)?;
    let variables = Arc::new(
        spin_host::variables::Variables::new(&app.variables, &providers)
            .context("can't read variables")?,
    );
    let ids = spin_kafka_trigger::component_ids(&app);
    let options = host_options(args, &config, &app)?;
    let host = Host::load(&app, ids.iter().copied(), Arc::clone(&variables), options)
        .await
        .context("can't load the components")?;
    let mut monitor = Monitor::default();
    let trigger = KafkaTrigger::new(host, &app, &variables, &[], &mut monitor)?;
    if let Some(address) = args.metrics_listen {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("--metrics-listen {address}"))?;
        info!(address = %listener.local_addr()?, "serving /metrics, /livez and /readyz");
        // Until the process ends: while it drains, too, somebody may want to know.
        tokio::spawn(Arc::new(monitor).serve(listener, CancellationToken::new()));
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

fn host_options(args: &Args, config: &RuntimeConfig, app: &App) -> Result<HostOptions> {
    let state = folders::state_dir(args, config).filter(|_| !args.disable_cache);
    let defaults = Limits::default();
    let memory = args.max_instance_memory.or(config.max_instance_memory).unwrap_or(defaults.memory);
    Ok(HostOptions {
        // Compiled components are kept with the application's other state, if it has a place.
        cache_dir: state.map(|state| state.join("trigger-kafka")),
        limits: Limits { memory, ..defaults },
        output: output(args, config, app)?,
    })
}

/// What becomes of what components write: as Spin has it, but that a line which is logged is a line of our log.
fn output(args: &Args, config: &RuntimeConfig, app: &App) -> Result<OutputOptions> {
    let known: Vec<&str> = app.components.iter().map(|component| component.id.as_str()).collect();
    for name in &args.follow {
        ensure!(
            known.contains(&name.as_str()),
            "--follow: the application has no component {name}; it has {}",
            known.join(", ")
        );
    }
    let all = args.follow.is_empty() && !args.quiet;
    let folder = folders::log_dir(args, config);
    if let Some(folder) = &folder {
        info!(folder = %folder.display(), "what components write is kept");
    }
    Ok(OutputOptions {
        folder,
        truncate: args.truncate_logs,
        follow: (!all).then(|| args.follow.iter().cloned().collect()),
    })
}
