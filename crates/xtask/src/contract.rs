//! `cargo xtask contract`: the running service by its own description, with schemathesis.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::build::{self, Guests, profile};
use crate::machine;
use crate::run::{root, step};
use crate::toolchain::Toolchain;

/// How much to test.
#[derive(clap::Args)]
pub struct Options {
    /// How many cases there are to be at least.
    #[arg(long, default_value_t = 5000)]
    cases: u64,

    /// What the cases are made from: the same number makes the same ones, if the service answers the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Builds everything, then tests.
pub fn run(options: &Options) -> Result<()> {
    machine::ready_to_test()?;
    let python = installed()?;
    let toolchain = Toolchain::find()?;
    eprintln!("  {}", toolchain.describe());
    build::components(&toolchain, Guests::Shipped)?;
    build::programs(&toolchain)?;
    let mut test = test(&toolchain, &python);
    test.env("SPINDLE_CONTRACT_CASES", options.cases.to_string());
    test.env("SPINDLE_CONTRACT_SEED", options.seed.to_string());
    step("the running service by its description", &mut test)
}

/// The test, of what has been built.
pub fn test(toolchain: &Toolchain, python: &Path) -> Command {
    let mut test = toolchain.cargo();
    test.args(["test", "--profile", profile(), "--workspace", "--test", "contract"]);
    build::on_real_servers(&mut test);
    test.arg("--nocapture").env("SPINDLE_PYTHON", python);
    test
}

/// A Python with schemathesis. None, said aloud, where it can't be had; CI has to have it.
pub fn python() -> Result<Option<PathBuf>> {
    match installed() {
        Ok(python) => Ok(Some(python)),
        Err(error) if std::env::var_os("CI").is_some() => Err(error.context("schemathesis")),
        Err(error) => {
            eprintln!("  NOT TESTED with schemathesis, which can't be had: {error:#}");
            Ok(None)
        }
    }
}

/// A virtual environment that has what is required, made anew when that changes.
fn installed() -> Result<PathBuf> {
    machine::ready_for_python()?;
    let requirements = root().join("tests/contract/requirements.txt");
    let required = fs::read(&requirements).context("requirements.txt")?;
    let folder = root().join("target/python");
    let python = folder.join("bin/python");
    // Written when all the rest is there.
    let mark = folder.join("installed.txt");
    if fs::read(&mark).is_ok_and(|installed| installed == required) {
        return Ok(python);
    }
    let mut venv = Command::new("python3");
    step("a Python environment", venv.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    step("schemathesis", pip.arg(&requirements))?;
    fs::write(&mark, required).with_context(|| format!("can't write {}", mark.display()))?;
    Ok(python)
}
