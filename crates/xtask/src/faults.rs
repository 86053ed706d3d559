//! `cargo xtask faults`: the fault injection of `tests/`, on programs as people run them.

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::build;
use crate::run::root;

/// Builds everything, then becomes the program.
pub fn run(options: &[String]) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    build::everything()?;
    let mut faults = Command::new(build::program("faults"));
    faults.current_dir(root()).args(options);
    faults.env("SPINDLE_BIN", build::program("spindle"));
    let error = faults.env("TRIGGER_KAFKA_BIN", build::program("trigger-kafka")).exec();
    Err(error).context("can't run faults")
}
