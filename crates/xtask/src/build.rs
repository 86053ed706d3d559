//! Builds the components and the programs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::{root, step};
use crate::toolchain::{TARGET, Toolchain};

/// Builds everything that `spindle up` and `spin up` need.
pub fn everything() -> Result<()> {
    let toolchain = Toolchain::find()?;
    eprintln!("  {}", toolchain.describe());
    components(&toolchain, Guests::Shipped)?;
    programs(&toolchain)
}

/// Builds the programs.
///
/// Always those of the whole workspace: with a part of it, cargo would choose other features for
/// what we depend on, and compile all that once more.
pub fn programs(toolchain: &Toolchain) -> Result<()> {
    programs_with(toolchain, profile())
}

/// Builds the programs with one of cargo's profiles.
pub fn programs_with(toolchain: &Toolchain, profile: &str) -> Result<()> {
    step(
        "the programs: spindle, trigger-kafka",
        toolchain.cargo().args(["build", "--profile", profile, "--workspace", "--bins"]),
    )
}

/// Which components to build.
#[derive(Clone, Copy, PartialEq)]
pub enum Guests {
    /// Those that make up Spindle.
    Shipped,
    /// Those, and the ones that only tests run.
    All,
}

/// Builds components.
pub fn components(toolchain: &Toolchain, guests: Guests) -> Result<()> {
    let packages = component_packages(toolchain, guests)?;
    let mut command = toolchain.cargo_build_components();
    for package in &packages {
        command.args(["-p", package]);
    }
    step(&format!("{} components ({TARGET})", packages.len()), &mut command)
}

/// Packages with `[package.metadata.component]`; `test = true` there marks a test's.
fn component_packages(toolchain: &Toolchain, guests: Guests) -> Result<Vec<String>> {
    let output = toolchain
        .cargo()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("can't run cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().context("cargo metadata has no packages")?;
    Ok(packages
        .iter()
        .filter(|package| {
            let component = &package["metadata"]["component"];
            component.is_object() && (guests == Guests::All || component["test"] != true)
        })
        .filter_map(|package| package["name"].as_str().map(str::to_owned))
        .collect())
}

/// Cargo's profile for programs: CI spends its time on tests rather than on optimizing.
pub fn profile() -> &'static str {
    if std::env::var_os("CI").is_some() { "ci" } else { "release" }
}

/// Where the components are.
pub fn wasm_folder() -> PathBuf {
    root().join("target/wasm").join(TARGET).join("component")
}

/// A program of ours.
pub fn program(name: &str) -> PathBuf {
    program_of(profile(), name)
}

/// A program of ours that was built with one of cargo's profiles.
pub fn program_of(profile: &str, name: &str) -> PathBuf {
    root().join("target/native").join(profile).join(name)
}

/// A test that runs our programs.
pub fn on_real_servers(test: &mut Command) -> &mut Command {
    // Each end-to-end test runs a system of its own; more at once than cores would only wait.
    test.args(["--", "--test-threads=2"])
        .env("SPINDLE_BIN", program("spindle"))
        .env("TRIGGER_KAFKA_BIN", program("trigger-kafka"))
        .env("SPINDLE_WASM_DIR", wasm_folder())
        // Else each would compile all components for itself, which takes longer than most tests do.
        .env("SPINDLE_COMPILED", root().join("target/compiled"))
}

/// Becomes `spindle up`.
pub fn up(options: &[String]) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    let error = Command::new(program("spindle")).current_dir(root()).arg("up").args(options).exec();
    Err(error).context("can't run spindle")
}
