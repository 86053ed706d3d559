//! `cargo xtask test`: everything that CI runs.

use anyhow::{Result, bail};

use crate::browser;
use crate::build::{self, Guests, profile};
use crate::contract;
use crate::deploy;
use crate::kafka;
use crate::lint;
use crate::machine;
use crate::plugin;
use crate::python;
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
        bail!(
            "--host spin: set SPIN_BIN to the spin to test under, such as SPIN_BIN=$(which spin)"
        );
    }
    machine::ready_to_test()?;
    let toolchain = Toolchain::find()?;
    eprintln!("  {}", toolchain.describe());
    let everything = options.filter.is_none() && options.host == "spindle";
    let (apache, python, browser) = if everything {
        (kafka::jars()?, python::python()?, browser::installed()?)
    } else {
        (None, None, None)
    };
    if everything {
        toolchain.ready_to_lint()?;
        step("format", toolchain.cargo().args(["fmt", "--all", "--check"]))?;

        deploy::check()?;
        lint::run()?;
    }
    build::components(&toolchain, Guests::All)?;
    build::programs(&toolchain)?;
    if everything {
        clippy(&toolchain)?;
    }
    let mut test = toolchain.cargo();
    // What else is wrong is worth knowing, too.
    test.args(["test", "--profile", profile(), "--workspace", "--no-fail-fast"]);
    let title = if everything {
        "unit and end-to-end tests".to_owned()
    } else {
        let only = if options.host == "spin" { "spin" } else { "embedded" };
        test.args(["--test", "e2e", "--test", only]);
        format!("end-to-end tests under {}", options.host)
    };
    build::on_real_servers(&mut test).args(&options.filter).env("SPINDLE_TEST_HOST", &options.host);
    if options.host == "spin" {
        let packed = plugin::pack(&build::program("trigger-kafka"), None, None)?;
        test.env("TRIGGER_KAFKA_PLUGIN", packed);
    }
    step(&title, &mut test)?;
    if let Some(jars) = apache {
        let mut test = toolchain.cargo();
        test.args(["test", "--profile", profile(), "--workspace", "--test", "delivery"]);
        build::on_real_servers(&mut test).env("SPINDLE_TEST_KAFKA", jars);
        step("the Kafka trigger's tests with Apache Kafka", &mut test)?;
    }
    if let Some(python) = python {
        for (name, title) in [
            ("dateutil", "recurrences beside python-dateutil"),
            ("webpush", "pushes as http_ece and py_vapid read them"),
        ] {
            let mut test = toolchain.cargo();
            test.args(["test", "--profile", profile(), "--workspace", "--test", name]);
            test.args(["--", "--nocapture"]).env("SPINDLE_PYTHON", &python);
            step(title, &mut test)?;
        }
        step("the running service by its description", &mut contract::test(&toolchain, &python))?;
        let mut test = toolchain.cargo();
        test.args(["test", "--profile", profile(), "--workspace", "--test", "mcp"]);
        build::on_real_servers(&mut test).arg("--nocapture").env("SPINDLE_PYTHON", &python);
        step("assistants by the protocol's own client", &mut test)?;
        if let Some(browser) = browser {
            step("the web app in a browser", &mut browser::test(&toolchain, &python, &browser))?;
        }
    }
    Ok(())
}

fn clippy(toolchain: &Toolchain) -> Result<()> {
    // What runs under `--host spin` alone is no default target, nor is what needs Python.
    for targets in [
        "--all-targets",
        "--test=spin",
        "--test=contract",
        "--test=browser",
        "--test=mcp",
        "--test=dateutil",
        "--test=webpush",
    ] {
        let mut clippy = toolchain.cargo();
        clippy.args(["clippy", "--profile", profile(), "--workspace", targets]);
        step(&format!("clippy {targets}"), clippy.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}
