//! `cargo xtask`: builds, runs, tests and measures Spindle with what this machine has, and installs
//! what is missing where it can.

mod bench;
mod browser;
mod build;
mod contract;
mod deploy;
mod faults;
mod kafka;
mod lint;
mod machine;
mod plugin;
mod python;
mod release;
mod run;
mod smoke;
mod test;
mod toolchain;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Build, run, test and measure Spindle.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
#[command(after_help = "\
Examples:
  cargo xtask up                     build everything and run it at http://127.0.0.1:3000
  cargo xtask up --port 8080         the options of `spindle up`; see `cargo xtask up --help`
  cargo xtask test                   everything that CI runs
  cargo xtask test audit             the end-to-end tests whose names have `audit` in them
  SPIN_BIN=spin cargo xtask test --host spin
  cargo xtask lint                   the workflows, the Dockerfiles and the compose file
  cargo xtask smoke --url https://…   make a task where Spindle runs, see it audited, delete it
  cargo xtask plugin                 pack trigger-kafka for `spin plugins install --file`
  cargo xtask bench                  requests per second, beside pgbench
  cargo xtask contract --seed 2      5,000 requests made of the API's own description
  cargo xtask browser offline        the web app in Chromium, and of its scenarios those with that name
  cargo xtask faults --rounds 10     kill and freeze what runs, and see whether anything is lost
  cargo xtask deploy check           render the Helm chart, and check what comes out

Environment:
  RUSTC                a compiler to use instead of the one that is found
  SPIN_BIN             the Spin to test under with --host spin")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the components, `spindle` and `trigger-kafka`.
    Build,
    /// Build everything, then run `spindle up` with the options that follow.
    #[command(disable_help_flag = true)]
    Up {
        /// Options of `spindle up`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Format, lint, unit tests, and the end-to-end tests on real servers.
    Test(test::Options),
    /// Read the workflows, the Dockerfiles and the compose file, which run elsewhere.
    Lint,
    /// Try a Spindle that runs somewhere: make a task, see its audit row come, delete it.
    Smoke(smoke::Options),
    /// Pack `trigger-kafka` as a plugin of Spin, into target/plugin.
    Plugin(plugin::Options),
    /// The steps of a delivery: images, what they are made of, pushing, rolling out.
    Release(release::Options),
    /// Measure, side by side with pgbench in one run.
    Bench(bench::Options),
    /// Send what the API's description allows and what it doesn't, and check that every answer is in it.
    Contract(contract::Options),
    /// Use the web app as people do, in Chromium; pictures of its pages are in target/screenshots.
    Browser(browser::Options),
    /// The Helm chart, its dashboard and its alerts.
    #[command(subcommand)]
    Deploy(deploy::Deploy),
    /// Kill and freeze processes at random, under load, and check that nothing is lost or out of order.
    #[command(disable_help_flag = true)]
    Faults {
        /// Options of the program; see `cargo xtask faults --help`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Build => machine::ready_to_build().and_then(|()| build::everything()),
        Command::Up { options } => machine::ready_to_run()
            .and_then(|()| build::everything())
            .and_then(|()| build::up(&options)),
        Command::Test(options) => test::run(&options),
        Command::Lint => lint::run(),
        Command::Smoke(options) => smoke::run(&options),
        Command::Plugin(options) => plugin::run(&options),
        Command::Release(options) => release::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Contract(options) => contract::run(&options),
        Command::Browser(options) => browser::run(&options),
        Command::Deploy(what) => deploy::run(&what),
        Command::Faults { options } => machine::ready_to_run().and_then(|()| faults::run(&options)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
