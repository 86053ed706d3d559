//! `cargo xtask test`: everything that CI runs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::build::{self, Guests, profile};
use crate::machine;
use crate::run::step;
use crate::toolchain::Toolchain;

/// What to test.
#[derive(clap::Args)]
pub struct Options {
    /// Run only the end-to-end tests, and of them those whose names have this in them.
    filter: Option<String>,

    /// Who runs the components in the end-to-end tests: `spindle up`, or the `spin` that SPIN_BIN
    /// names. With `spin`, only the end-to-end tests run.
    #[arg(long, default_value = "spindle", value_parser = ["spindle", "spin"])]
    host: String,
}

/// Runs the tests.
pub fn run(options: &Options) -> Result<()> {
    if options.host == "spin" && std::env::var_os("SPIN_BIN").is_none() {
        bail!("--host spin: set SPIN_BIN to the spin to test under, such as SPIN_BIN=$(which spin)");
    }
    machine::ready_to_run()?;
    machine::ready_to_build()?;
    let toolchain = Toolchain::find()?;
    eprintln!("  {}", toolchain.describe());
    let everything = options.filter.is_none() && options.host == "spindle";
    if everything {
        step("format", toolchain.cargo().args(["fmt", "--all", "--check"]))?;
    }
    build::components(&toolchain, Guests::All)?;
    build::programs(&toolchain)?;
    if everything {
        lint(&toolchain)?;
        step(
            "unit tests",
            with_what_is_built(
                toolchain
                    .cargo()
                    .args(["test", "--profile", profile(), "--workspace"])
                    .args(["--exclude", "spindle-tests", "--exclude", "xtask"]),
            ),
        )?;
    }
    let mut end_to_end = toolchain.cargo();
    let only = if options.host == "spin" { "spin" } else { "embedded" };
    end_to_end.args(["test", "--profile", profile(), "-p", "spindle-tests"]);
    end_to_end.args(["--test", "e2e", "--test", only]);
    end_to_end.args(["--", "--test-threads=2"]);
    end_to_end.args(&options.filter).env("SPINDLE_TEST_HOST", &options.host);
    let title = format!("end-to-end tests under {}", options.host);
    step(&title, with_what_is_built(&mut end_to_end))
}

fn lint(toolchain: &Toolchain) -> Result<()> {
    step(
        "clippy",
        toolchain.cargo().args([
            "clippy",
            "--profile",
            profile(),
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ]),
    )
}

fn with_what_is_built(command: &mut Command) -> &mut Command {
    let programs: [(&str, PathBuf); 3] = [
        ("SPINDLE_BIN", build::program("spindle")),
        ("TRIGGER_KAFKA_BIN", build::program("trigger-kafka")),
        ("SPINDLE_WASM_DIR", build::wasm_folder()),
    ];
    command.envs(programs)
}
