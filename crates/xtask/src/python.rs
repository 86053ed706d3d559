//! A Python with what tests compare with or drive: schemathesis, mcp, python-dateutil, http_ece, Playwright, and with what
//! checks `deploy`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::machine;
use crate::run::{root, step};

/// What is required, each by what needs it.
const REQUIREMENTS: [&str; 6] = [
    "tests/contract/requirements.txt",
    "tests/mcp/requirements.txt",
    "tests/browser/requirements.txt",
    "crates/recurrence/tests/dateutil/requirements.txt",
    "crates/notify/tests/webpush/requirements.txt",
    "deploy/requirements.txt",
];
/// What they are for short.
const NAMES: &str =
    "schemathesis, mcp, python-dateutil, http_ece, Playwright and the checks of deploy";

/// The Python. None, said aloud, where it can't be had; CI has to have it.
pub fn python() -> Result<Option<PathBuf>> {
    match installed() {
        Ok(python) => Ok(Some(python)),
        Err(error) if std::env::var_os("CI").is_some() => Err(error.context(NAMES)),
        Err(error) => {
            eprintln!("  NOT TESTED with {NAMES}, which can't be had: {error:#}");
            Ok(None)
        }
    }
}

/// A virtual environment that has what is required, made anew when that changes.
pub fn installed() -> Result<PathBuf> {
    machine::ready_for_python()?;
    let files = REQUIREMENTS.map(|file| root().join(file));
    let mut required = Vec::new();
    for file in &files {
        required.extend(fs::read(file).with_context(|| file.display().to_string())?);
    }
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
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    for file in &files {
        pip.arg("--requirement").arg(file);
    }
    step(NAMES, &mut pip)?;
    fs::write(&mark, required).with_context(|| format!("can't write {}", mark.display()))?;
    Ok(python)
}
