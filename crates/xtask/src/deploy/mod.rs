//! `cargo xtask deploy check`: the Helm chart, the dashboard, the alerts and the runbooks, without a cluster.
//!
//! helm renders the chart with each set of values that people begin with and with combinations of its options. What comes
//! out is compared with the schemas of Kubernetes and of the operators, and with `spin.toml`, the relay and the metrics of
//! this repository. Nothing here knows whether a cluster would run it.

mod alerts;
mod app;
mod arrows;
mod chart;
mod manifests;
mod metrics;
mod order;
mod pods;
mod refused;
mod runbooks;
mod schemas;
mod secrets;
mod topics;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;

use anyhow::{Context as _, Result, bail};

use self::chart::{Chart, Phase};
use crate::run::root;
use crate::tools::{self, GoTool};

/// What to do with what is deployed.
#[derive(clap::Subcommand)]
pub enum Deploy {
    /// Render the chart with all its values, and check what comes out.
    Check,
}

/// Runs it.
pub fn run(what: &Deploy) -> Result<()> {
    match what {
        Deploy::Check => check(),
    }
}

/// Checks everything, and names all that is wrong.
pub fn check() -> Result<()> {
    let Some(chart) = Chart::open()? else { return Ok(()) };
    let installed = chart.render(Phase::Installed)?;
    let rendered = chart.render(Phase::Upgraded)?;
    let app = app::App::read()?;
    let mut report = Report::default();
    report.about("helm lint", chart.lint());
    report.about("values that are refused", refused::check(&chart));
    report.about("order", order::check(&installed, &rendered));
    report.about("schemas", schemas::check(&rendered));
    report.about("secrets", secrets::check(&rendered, &app));
    report.about("components and variables", app::check(&rendered, &app));
    report.about("pods", pods::check(&rendered));
    report.about("network policies", arrows::check(&rendered, &app));
    report.about("topics", topics::check(&rendered, &app));
    report.about("metrics", metrics::check(&rendered));
    report.about("alerts", alerts::check(&rendered));
    report.about("runbooks", runbooks::check(&rendered));
    report.end()
}

/// What was found so far.
#[derive(Default)]
struct Report {
    wrong: Vec<&'static str>,
}

impl Report {
    /// A check ended: with a line that says what it has seen, or with what is wrong, a line each.
    fn about(&mut self, what: &'static str, outcome: Result<Findings>) {
        match outcome {
            Ok(Findings { seen, wrong }) if wrong.is_empty() => eprintln!("  {what}: {seen}"),
            Ok(Findings { wrong, .. }) => {
                for line in wrong {
                    eprintln!("  {what}: WRONG: {line}");
                }
                self.wrong.push(what);
            }
            Err(error) => {
                eprintln!("  {what}: WRONG: {error:#}");
                self.wrong.push(what);
            }
        }
    }

    fn end(self) -> Result<()> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        bail!("wrong in deploy: {}", self.wrong.join(", "))
    }
}

/// What a check has seen, and what of it is wrong.
#[derive(Debug)]
struct Findings {
    seen: String,
    wrong: Vec<String>,
}

impl Findings {
    fn new(seen: impl Into<String>, wrong: Vec<String>) -> Result<Self> {
        Ok(Self { seen: seen.into(), wrong })
    }
}

fn go_tool(name: &str, tool: &GoTool) -> Result<Option<PathBuf>> {
    tools::optional(name, tool.installed())
}

/// A Python that reads YAML.
fn python() -> Result<PathBuf> {
    tools::python_tool("python")
}

/// Where what was made here is left, to look at.
fn folder() -> Result<PathBuf> {
    let folder = root().join("target/deploy");
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// Runs a program on an input.
fn piped(command: &mut Command, input: &str) -> Result<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("can't run {name}"))?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    // By another thread: the program may begin to write before it has read all.
    let output = thread::scope(|scope| {
        scope.spawn(move || {
            // One that ends early says why itself.
            let _ = stdin.write_all(input.as_bytes());
        });
        child.wait_with_output()
    });
    output.with_context(|| format!("can't wait for {name}"))
}

/// What it printed, if it succeeded.
fn printed(output: Output, what: &str) -> Result<String> {
    if !output.status.success() {
        bail!("{what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("{what} printed no UTF-8"))
}
