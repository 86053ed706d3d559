//! README's walk, line by line: each `console` block is a command and what it answers, `…` standing for anything.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Spindle, eventually, repository};
use tokio::process::Command;

#[tokio::test]
async fn the_walk_in_the_readme_is_true() -> Result<()> {
    let readme = std::fs::read_to_string(repository().join("README.md"))?;
    let walk = readme.split("\n## A walk\n").nth(1).context("README has no walk")?;
    let walk = walk.split("\n## ").next().context("no end")?;
    let spindle = Spindle::start_embedded().await?;
    let mut variables = BTreeMap::new();
    let mut commands = 0;
    for block in walk.split("```console\n").skip(1) {
        let block = block.split("```").next().context("a block without an end")?;
        for step in block.split("$ ").skip(1) {
            let (command, answer) = step.split_once('\n').context("a command without an end")?;
            run(&spindle, &mut variables, command, answer.trim_end()).await?;
            commands += 1;
        }
    }
    ensure!(commands >= 5, "the walk has only {commands} commands");
    spindle.stop().await
}

/// Runs a command until it answers as README says: what goes by way of Kafka takes a moment.
async fn run(
    spindle: &Spindle,
    variables: &mut BTreeMap<String, String>,
    command: &str,
    answer: &str,
) -> Result<()> {
    let command = command.replace("http://127.0.0.1:3000", &spindle.running.url);
    if let Some((name, _)) = command.split_once("=$(") {
        let value = shell(variables, &format!("{command}; printf %s \"${name}\"")).await?;
        ensure!(!value.is_empty(), "`{command}` found nothing");
        variables.insert(name.to_owned(), value);
        return Ok(());
    }
    let mut last = String::new();
    eventually(&format!("`{command}` to answer as README says"), async || {
        last = shell(variables, &command).await?;
        Ok(matches(answer, last.trim_end()).then_some(()))
    })
    .await
    .with_context(|| format!("README says\n{answer}\nand it was\n{last}"))
}

async fn shell(variables: &BTreeMap<String, String>, script: &str) -> Result<String> {
    let output = Command::new("sh").args(["-c", script]).envs(variables).output().await?;
    // A `grep` that finds nothing yet fails; what counts is what is printed.
    Ok(String::from_utf8(output.stdout)?.replace('\r', ""))
}

/// Whether a text is what a pattern says, `…` standing for anything within a line.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<_>, Vec<_>) = (pattern.lines().collect(), text.lines().collect());
    pattern.len() == text.len()
        && pattern.iter().zip(text).all(|(pattern, line)| line_matches(pattern, line))
}

fn line_matches(pattern: &str, mut line: &str) -> bool {
    let mut parts = pattern.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(rest) = line.strip_prefix(first) else { return false };
    line = rest;
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return line.is_empty() };
    for part in middle {
        let Some(at) = line.find(part) else { return false };
        line = &line[at + part.len()..];
    }
    line.ends_with(last)
}

#[test]
fn dots_stand_for_anything_within_a_line() {
    assert!(matches(r#"{"id":"…","a":1}"#, r#"{"id":"42","a":1}"#));
    assert!(!matches(r#"{"id":"…","a":1}"#, r#"{"id":"42","a":2}"#));
    assert!(!matches("…", "one\ntwo"));
    assert!(!matches("exactly", "exactly not"));
}
