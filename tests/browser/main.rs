//! The web app in a browser: what people do, by mouse and keyboard, offline, in two browsers at once, from right to left.
//!
//! Run by `cargo xtask browser`, which has a Chromium, and a Python with what `requirements.txt` names. Scenarios are in
//! Python, because Playwright is.

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Spindle, errors, repository, without_demo_user};
use tokio::process::Command;

#[tokio::test]
async fn people_get_along_with_it_in_a_browser() -> Result<()> {
    let variable = |name: &str| std::env::var(name).context("`cargo xtask browser` runs this");
    let (python, browser) = (variable("SPINDLE_PYTHON")?, variable("SPINDLE_BROWSER")?);
    let folder = tempfile::tempdir()?;
    let app = without_demo_user(folder.path())?;
    let rates = ["AUTH_RATE", "LOGIN_RATE", "CHAT_RATE", "PARSE_RATE", "STREAM_RATE"]
        .map(|it| format!("SPIN_VARIABLE_{it}"));
    let environment = rates.each_ref().map(|name| (name.as_str(), ""));
    let mut spindle = Spindle::start_app(&app, &environment).await?;

    let here = repository().join("tests/browser");
    let pictures = repository().join("target/screenshots");
    let filter = std::env::var("SPINDLE_BROWSER_FILTER").ok();
    if filter.is_none() && pictures.exists() {
        std::fs::remove_dir_all(&pictures)?;
    }
    let mut scenarios = Command::new(python);
    scenarios
        .args(["-m", "pytest", "-v", "--tb=short", "-p", "no:cacheprovider", "--rootdir"])
        .args([&here, &here])
        .env("SPINDLE_BROWSER", browser)
        .env("SPINDLE_BROWSER_URL", &spindle.running.url)
        .env("SPINDLE_BROWSER_PICTURES", &pictures)
        // No __pycache__ in the repository.
        .env("PYTHONDONTWRITEBYTECODE", "1");
    if let Some(filter) = &filter {
        scenarios.args(["-k", filter]);
    }
    let status = scenarios.kill_on_drop(true).status().await.context("can't run pytest")?;
    // Also where one was skipped, or there was none.
    ensure!(status.success(), "the scenarios ended with {status}");

    spindle.terminate().await?;
    let errors = errors(&spindle.whole_log()?)?;
    ensure!(errors.is_empty(), "errors in the log:\n{}", errors.join("\n"));
    Ok(())
}
