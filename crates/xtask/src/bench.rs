//! `cargo xtask bench`: figures for Spindle and for pgbench, in one run.

use std::process::Command;

use anyhow::Result;

use crate::build::{self, Guests};
use crate::machine;
use crate::run::{root, step};
use crate::toolchain::Toolchain;

/// How to measure.
#[derive(clap::Args)]
pub struct Options {
    /// Seconds per measurement; each is taken three times, and the median printed.
    #[arg(long, default_value_t = 8)]
    seconds: u32,
}

/// Builds everything, then runs the bench program of `tests/`.
pub fn run(options: &Options) -> Result<()> {
    machine::ready_to_measure()?;
    let toolchain = Toolchain::find()?;
    build::components(&toolchain, Guests::All)?;
    build::programs(&toolchain)?;
    let mut bench = Command::new(build::program("bench"));
    bench.current_dir(root()).arg(options.seconds.to_string());
    bench.env("SPINDLE_BIN", build::program("spindle"));
    if let Some(folder) = machine::postgres_folder("pgbench") {
        bench.env("PGBENCH", folder.join("pgbench"));
    }
    step("bench", bench.env("SPINDLE_WASM_DIR", build::wasm_folder()))
}
