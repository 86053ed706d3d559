//! The prompts are files that a person edits.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use spindle_tests::{Ollama, Script, Spindle, eventually, repository};

/// What `language` isn't sure of.
const UNCLEAR: &str = "is the blue milk good?";

/// The application in a folder of its own, with copies of its prompts.
fn application(folder: &Path) -> Result<()> {
    let root = repository();
    std::fs::copy(root.join("spin.toml"), folder.join("spin.toml"))?;
    std::os::unix::fs::symlink(root.join("target"), folder.join("target"))?;
    std::fs::create_dir(folder.join("prompts"))?;
    for file in std::fs::read_dir(root.join("prompts"))? {
        let file = file?;
        std::fs::copy(file.path(), folder.join("prompts").join(file.file_name()))?;
    }
    Ok(())
}

async fn say(spindle: &Spindle) -> Result<Value> {
    let body = json!({"user_input": UNCLEAR, "conversation_id": "p"});
    let (status, answer) = spindle.post("/chat/command", &body).await?;
    assert_eq!(status, 200, "{answer}");
    Ok(answer)
}

#[tokio::test]
async fn an_edited_prompt_is_used_and_a_missing_one_is_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    application(folder.path())?;
    let global = folder.path().join("prompts/global_behavior.txt");
    std::fs::write(&global, "Speak like a pirate.")?;
    let ollama = Ollama::start(Script::Says("no".to_owned())).await?;
    let app = folder.path().join("spin.toml");
    let mut spindle = Spindle::start_app(&app, &[("OLLAMA_URL", &ollama.url)]).await?;
    say(&spindle).await?;
    let asked = ollama.asked();
    let system = asked.first().context("it was not asked")?["messages"][0]["content"].clone();
    assert!(system.as_str().is_some_and(|it| it.starts_with("Speak like a pirate.")), "{system}");

    std::fs::remove_file(&global)?;
    let answer = say(&spindle).await?;
    assert_eq!(answer["clarification_needed"], true);
    assert!(answer["response"].as_str().is_some_and(|it| it.contains("Could you clarify?")));
    assert_eq!(ollama.asked().len(), 1, "without all its prompts, the model is not asked");
    eventually("a line of the log that names the file", async || {
        let log = spindle.whole_log()?;
        let names_it = |line: &&str| {
            line.contains("a prompt can't be read") && line.contains("prompts/global_behavior.txt")
        };
        Ok(log.lines().find(names_it).map(drop))
    })
    .await?;
    spindle.terminate().await
}
