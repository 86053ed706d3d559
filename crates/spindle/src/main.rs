//! `spindle`: runs the whole system on one machine, and the parts of it that are no Spin component.

mod artifact;
mod broker;
mod database;
mod dead_letters;
mod hosted;
mod migrate;
mod notifications;
mod outbox;
mod parse;
mod parts;
mod postgres;
mod process;
mod recur;
mod relay;
mod running;
mod token;
mod up;
mod vapid;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use spin_host::logging::{self, LogFormat};
use spin_host::telemetry;

/// A to-do service that people talk to, made of WebAssembly functions.
#[derive(Parser)]
#[command(name = "spindle", version, max_term_width = 100)]
struct Cli {
    /// How log lines look: `pretty` for people, `json` for machines; `auto` asks whether standard
    /// error is a terminal.
    #[arg(long, global = true, env = "SPINDLE_LOG_FORMAT", default_value = "auto")]
    log_format: LogFormat,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Up(up::Options),
    Migrate(migrate::Options),
    Relay(relay::Options),
    Broker(broker::Options),
    Outbox(outbox::Options),
    Token(token::Options),
    Vapid(vapid::Options),
    Parse(parse::Options),
    Recur(recur::Options),
    DeadLetters(dead_letters::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::init(cli.log_format);
    // Before there are threads, each of which would have its own.
    #[cfg(target_os = "linux")]
    take_up_low_ports();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("can't start the runtime")),
    };
    let traces = match telemetry::init("spindle") {
        Ok(traces) => traces,
        Err(error) => return fail(&error.into()),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Up(options) => up::run(options).await,
            Command::Migrate(options) => migrate::run(options).await,
            Command::Relay(options) => relay::run(options).await,
            Command::Broker(options) => broker::run(options).await,
            Command::Outbox(options) => outbox::run(options).await,
            Command::Token(options) => token::run(options).await,
            Command::Vapid(options) => vapid::run(&options),
            Command::Parse(options) => parse::run(&options),
            Command::Recur(options) => recur::run(&options),
            Command::DeadLetters(options) => dead_letters::run(options).await,
        }
    });
    // What still computes, such as a blocking look-up of a name, must not hold up the end.
    runtime.shutdown_background();
    drop(traces);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Uses the capability to listen below port 1024, if the file gives it to us to take up. A file that gives it in effect can't
/// be run at all where a container's capabilities are dropped.
#[cfg(target_os = "linux")]
fn take_up_low_ports() {
    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
    if let Ok(mut sets) = capabilities(None)
        && sets.permitted.contains(CapabilitySet::NET_BIND_SERVICE)
    {
        sets.effective |= CapabilitySet::NET_BIND_SERVICE;
        if let Err(error) = set_capabilities(None, sets) {
            tracing::debug!(%error, "ports below 1024 may not be ours");
        }
    }
}

/// Prints the one sentence that says what went wrong, its causes after colons.
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("spindle: {error:#}");
    ExitCode::FAILURE
}
