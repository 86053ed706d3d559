//! `cargo xtask browser`: the web app in Chromium, driven by Playwright.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::build::{self, Guests, profile};
use crate::machine;
use crate::python;
use crate::run::step;
use crate::toolchain::Toolchain;
use crate::tools;

/// What to try.
#[derive(clap::Args)]
pub struct Options {
    /// Only the scenarios whose names have this in them; `and`, `or` and `not` are understood.
    filter: Option<String>,
}

/// Builds everything, then tests.
pub fn run(options: &Options) -> Result<()> {
    machine::ready_to_test()?;
    let browser = machine::ready_for_browser()?;
    let python = python::installed()?;
    let toolchain = Toolchain::find()?;
    eprintln!("  {}", toolchain.describe());
    build::components(&toolchain, Guests::Shipped)?;
    build::programs(&toolchain)?;
    let mut test = test(&toolchain, &python, &browser);
    if let Some(filter) = &options.filter {
        test.env("SPINDLE_BROWSER_FILTER", filter);
    }
    step("the web app in a browser", &mut test)
}

/// The browser. None, said aloud, where it can't be had; CI has to have it.
pub fn installed() -> Result<Option<PathBuf>> {
    tools::optional("Chromium", machine::ready_for_browser())
}

/// The test, of what has been built.
pub fn test(toolchain: &Toolchain, python: &Path, browser: &Path) -> Command {
    let mut test = toolchain.cargo();
    test.args(["test", "--profile", profile(), "--workspace", "--test", "browser"]);
    build::on_real_servers(&mut test);
    test.arg("--nocapture").env("SPINDLE_PYTHON", python).env("SPINDLE_BROWSER", browser);
    test
}
