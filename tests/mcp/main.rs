//! `/mcp` as the protocol's own client finds it, in the current revision and in the one before.
//!
//! Run by `cargo xtask test`, which has a Python with what `requirements.txt` names.

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Person, Spindle, repository};
use tokio::process::Command;

#[tokio::test]
async fn an_assistants_client_finds_everything_in_order() -> Result<()> {
    let python = std::env::var("SPINDLE_PYTHON").context("`cargo xtask test` runs this")?;
    let spindle = Spindle::start_embedded().await?;
    let person = Person::register(&spindle, "ayesha@example.com").await?;
    let (token, _) = person.token(&spindle, &["tasks:read", "tasks:write", "audit"]).await?;
    let mut client = Command::new(python);
    client
        .arg(repository().join("tests/mcp/client.py"))
        // No __pycache__ in the repository.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SPINDLE_MCP_URL", spindle.url("/mcp"))
        .env("SPINDLE_MCP_TOKEN", token)
        .kill_on_drop(true);
    let status = client.status().await.context("can't run the client")?;
    ensure!(status.success(), "the client ended with {status}:\n{}", spindle.log());
    spindle.stop().await
}
