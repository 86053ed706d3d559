//! How long it takes until a page of the web app can be used, in a browser on a slow machine.

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Spindle, repository, without_demo_user};
use tokio::process::Command;

/// Has Chromium load pages, by `tests/browser/interactive.py`.
pub async fn web() -> Result<()> {
    let variable = |name: &str| std::env::var(name).ok();
    let (Some(python), Some(browser)) = (variable("SPINDLE_PYTHON"), variable("SPINDLE_BROWSER"))
    else {
        println!("\nthe web app is not measured: there is no Chromium, or no Playwright");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let app = without_demo_user(folder.path())?;
    let spindle = Spindle::start_app(&app, &[]).await?;
    let mut loads = Command::new(python);
    loads
        .arg(repository().join("tests/browser/interactive.py"))
        .env("SPINDLE_BROWSER", browser)
        .env("SPINDLE_BROWSER_URL", &spindle.running.url)
        .env("SPINDLE_BROWSER_PICTURES", folder.path())
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let status = loads.kill_on_drop(true).status().await.context("can't run interactive.py")?;
    ensure!(status.success(), "interactive.py ended with {status}");
    spindle.stop().await
}
