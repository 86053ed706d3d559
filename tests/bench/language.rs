//! How long a command takes to understand, inside a component.

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Spindle, repository};

/// Runs a probe component on an application of its own, over the tables of `tests/corpora`.
pub async fn language() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let wasm = std::env::var("SPINDLE_WASM_DIR").context("SPINDLE_WASM_DIR")?;
    let app = folder.path().join("spin.toml");
    let manifest = format!(
        r#"spin_manifest_version = 2
        [application]
        name = "language-probe"
        [[trigger.http]]
        route = "/"
        component = "probe"
        [component.probe]
        source = "{wasm}/language_probe.wasm""#
    );
    std::fs::write(&app, manifest)?;
    let spindle = Spindle::start_app(&app, &[]).await?;
    let mut table = String::new();
    for name in ["commands.en.jsonl", "commands.ur.jsonl"] {
        table += &std::fs::read_to_string(repository().join("tests/corpora").join(name))?;
    }
    let mut times = Vec::new();
    for _ in 0..20 {
        let answer = spindle.client.post(spindle.url("/")).body(table.clone()).send().await?;
        ensure!(answer.status().is_success(), "{}: {}", answer.status(), spindle.log());
        times.extend(answer.json::<Vec<f64>>().await?);
    }
    times.sort_by(f64::total_cmp);
    let at =
        |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    println!(
        "\na command understood  median {:.0} us, p99 {:.0} us, longest {:.0} us ({} commands; aim: p99 1000 us)",
        at(0.5),
        at(0.99),
        times.last().context("no command")?,
        times.len()
    );
    spindle.stop().await
}
