//! `cargo xtask bench`: figures for Spindle and for pgbench, in one run.

use anyhow::Result;

use crate::build;
use crate::machine;
use crate::run::step;

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
    let built = build::everything()?;
    let mut bench = built.toolchain.cargo();
    bench.args(["run", "--release", "-p", "spindle-tests", "--bin", "bench", "--"]);
    bench.arg(options.seconds.to_string());
    if let Some(folder) = machine::postgres_folder("pgbench") {
        bench.env("PGBENCH", folder.join("pgbench"));
    }
    step("bench", bench.env("SPINDLE_WASM_DIR", build::wasm_folder()))
}
