//! `cargo xtask contract`: the running service by its own description, with schemathesis.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::build::{self, Guests, profile};
use crate::machine;
use crate::python;
use crate::run::step;
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
    let python = python::installed()?;
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
