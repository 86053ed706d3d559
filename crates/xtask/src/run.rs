//! Running programs, and saying how far we are.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

/// The root of the repository.
pub fn root() -> PathBuf {
    // crates/xtask is two below it.
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}

/// Runs a step with its output on the terminal.
///
/// # Errors
/// If the program can't be started or fails; what it had to say it has said.
pub fn step(title: &str, command: &mut Command) -> Result<()> {
    let (bold, plain) =
        if std::io::stderr().is_terminal() { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    eprintln!("{bold}▸ {title}{plain}");
    let started = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("can't run {}", command.get_program().to_string_lossy()))?;
    if !status.success() {
        bail!("failed: {title} ({status})");
    }
    eprintln!("  {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// What a program prints, or none if it isn't there or fails.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program runs at all.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    output(program, arguments).is_some()
}
