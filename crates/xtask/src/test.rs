//! `cargo xtask test`: everything that CI runs.

use std::process::Command;

use anyhow::{Result, bail};

use crate::build::{self, Guests, profile};
use crate::kafka;
use crate::machine;
use crate::plugin;
use crate::run::{root, step};
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
        bail!(
            "--host spin: set SPIN_BIN to the spin to test under, such as SPIN_BIN=$(which spin)"
        );
    }
    machine::ready_to_test()?;
    let toolchain = Toolchain::find()?;
    eprintln!("  {}", toolchain.describe());
    let everything = options.filter.is_none() && options.host == "spindle";
    let apache = if everything { kafka::jars()? } else { None };
    if everything {
        toolchain.ready_to_lint()?;
        step("format", toolchain.cargo().args(["fmt", "--all", "--check"]))?;
    }
    build::components(&toolchain, Guests::All)?;
    build::programs(&toolchain)?;
    if everything {
        lint(&toolchain)?;
    }
    let mut test = toolchain.cargo();
    test.args(["test", "--profile", profile(), "--workspace"]);
    let title = if everything {
        "unit and end-to-end tests".to_owned()
    } else {
        let only = if options.host == "spin" { "spin" } else { "embedded" };
        test.args(["--test", "e2e", "--test", only]);
        format!("end-to-end tests under {}", options.host)
    };
    on_real_servers(&mut test).args(&options.filter).env("SPINDLE_TEST_HOST", &options.host);
    if options.host == "spin" {
        let packed = plugin::pack(&build::program("trigger-kafka"), None, None)?;
        test.env("TRIGGER_KAFKA_PLUGIN", packed);
    }
    step(&title, &mut test)?;
    let Some(jars) = apache else { return Ok(()) };
    let mut test = toolchain.cargo();
    test.args(["test", "--profile", profile(), "--workspace", "--test", "delivery"]);
    on_real_servers(&mut test).env("SPINDLE_TEST_KAFKA", jars);
    step("the Kafka trigger's tests with Apache Kafka", &mut test)
}

fn on_real_servers(test: &mut Command) -> &mut Command {
    // Each end-to-end test runs a system of its own; more at once than cores would only wait.
    test.args(["--", "--test-threads=2"])
        .env("SPINDLE_BIN", build::program("spindle"))
        .env("TRIGGER_KAFKA_BIN", build::program("trigger-kafka"))
        .env("SPINDLE_WASM_DIR", build::wasm_folder())
        // Else each would compile all components for itself, which takes longer than most tests do.
        .env("SPINDLE_COMPILED", root().join("target/compiled"))
}

fn lint(toolchain: &Toolchain) -> Result<()> {
    // What runs under `--host spin` alone is no default target.
    for targets in ["--all-targets", "--test=spin"] {
        let mut clippy = toolchain.cargo();
        clippy.args(["clippy", "--profile", profile(), "--workspace", targets]);
        step(&format!("clippy {targets}"), clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}
