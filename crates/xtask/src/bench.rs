//! `cargo xtask bench`: figures for Spindle and for pgbench, in one run.

use std::process::Command;

use anyhow::Result;

use crate::browser;
use crate::build::{self, Guests};
use crate::kafka;
use crate::machine;
use crate::python;
use crate::run::{root, step};
use crate::toolchain::Toolchain;

/// How to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds per measurement; each is taken three times, and the median printed.
    #[arg(long, default_value_t = 8)]
    seconds: u32,

    /// Measure one part alone.
    #[arg(value_parser = ["sizes", "language", "http", "tasks", "scale", "reminders", "capacity", "kafka", "web", "streams"])]
    part: Option<String>,
}

/// Builds everything, then runs the bench program of `tests/`.
pub fn run(options: &Options) -> Result<()> {
    machine::ready_to_measure()?;
    let toolchain = Toolchain::find()?;
    build::components(&toolchain, Guests::All)?;
    build::programs(&toolchain)?;
    let mut bench = Command::new(build::program("bench"));
    if options.part.as_deref().is_none_or(|part| part == "kafka")
        && let Some(jars) = kafka::jars()?
    {
        bench.env("SPINDLE_TEST_KAFKA", jars);
    }
    if options.part.as_deref().is_none_or(|part| part == "web")
        && let (Some(browser), Some(python)) = (browser::installed()?, python::python()?)
    {
        bench.env("SPINDLE_BROWSER", browser).env("SPINDLE_PYTHON", python);
    }
    bench.current_dir(root()).arg(options.seconds.to_string()).args(&options.part);
    bench.env("SPINDLE_BIN", build::program("spindle"));
    bench.env("TRIGGER_KAFKA_BIN", build::program("trigger-kafka"));
    if let Some(folder) = machine::postgres_folder("pgbench") {
        bench.env("PGBENCH", folder.join("pgbench"));
    }
    step("bench", bench.env("SPINDLE_WASM_DIR", build::wasm_folder()))
}
