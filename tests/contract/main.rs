//! The running service by its own description: schemathesis sends what the document allows and what it doesn't, follows
//! its links, and takes no answer that isn't in the document.
//!
//! Run by `cargo xtask contract`, which has a Python with what `requirements.txt` names.

mod report;

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use spindle_tests::{Spindle, errors, repository, without_demo_user};
use tokio::process::Command;

use report::Report;

/// How many cases there are to be at least, where nobody says.
const CASES: u64 = 300;

#[tokio::test]
async fn every_answer_is_in_the_document() -> Result<()> {
    let (cases, seed) = (number("CASES", CASES)?, number("SEED", 1)?);
    let python = std::env::var("SPINDLE_PYTHON").context("`cargo xtask contract` runs this")?;
    let folder = tempfile::tempdir()?;
    let rates = ["AUTH_RATE", "LOGIN_RATE", "CHAT_RATE", "PARSE_RATE", "STREAM_RATE"]
        .map(|it| format!("SPIN_VARIABLE_{it}"));
    let environment = rates.each_ref().map(|name| (name.as_str(), ""));
    let app = without_demo_user(folder.path())?;
    let mut spindle = Spindle::start_app(&app, &environment).await?;
    let (status, _) = spindle.get("/api/tasks").await?;
    assert_eq!(status, 401, "somebody without credentials is let in, so no check of them can fail");

    let (_, document) = spindle.get("/api/openapi.json").await?;
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, serde_json::to_vec(&document)?)?;
    let mut validator = Command::new(&python);
    validator.args(["-m", "openapi_spec_validator"]).arg(&file);
    run("openapi-spec-validator", &mut validator).await?;

    // Whom the document shows logging in.
    let person = document
        .pointer("/paths/~1auth~1login/post/requestBody/content/application~1json/example")
        .context("the document shows no log-in")?;
    let (status, account) = spindle.post("/auth/register", person).await?;
    ensure!(status == 201, "POST /auth/register answered {status}: {account}");

    // What only a mail tells.
    let database = spindle.database().await?;
    let token = "select unsubscribe_token::text from users where email = $1";
    let token = database.query_one(token, &[&person["email"].as_str()]).await?;
    let token: String = token.get(0);

    let operations = operations(&document)?;
    // For each operation and as many walks along the links; what its parameters' limits ask for comes on top.
    let examples = cases.div_ceil(operations.len() as u64);
    println!("{cases} cases of {} operations at least, seed {seed}", operations.len());
    let here = repository().join("tests/contract");
    let started = Instant::now();
    let mut schemathesis = Command::new(&python);
    schemathesis
        .args(["-m", "schemathesis.cli", "--config-file"])
        .arg(here.join("schemathesis.toml"))
        // From the file: of an address, schemathesis leaves out the operation that is there.
        .args(["run", "openapi.json", "--url", &spindle.running.url, "--no-color"])
        .args(["--seed", &seed.to_string(), "--max-examples", &examples.to_string()])
        .args(["--report", "json,ndjson", "--report-json-path", "report.json"])
        .args(["--report-ndjson-path", "events.ndjson"])
        .env("SCHEMATHESIS_HOOKS", here.join("hooks.py"))
        // No __pycache__ in the repository.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SPINDLE_CONTRACT_URL", &spindle.running.url)
        .env("SPINDLE_CONTRACT_PERSON", person.to_string())
        .env("SPINDLE_CONTRACT_UNSUBSCRIBE", token);
    run("schemathesis", schemathesis.current_dir(folder.path())).await?;

    let report =
        Report::read(&folder.path().join("report.json"), &folder.path().join("events.ndjson"))?;
    report.check(cases, &operations)?;
    println!(
        "{} cases of {} operations in {:.0} s",
        report.cases,
        operations.len(),
        started.elapsed().as_secs_f64()
    );
    spindle.terminate().await?;
    // Traps and panics are errors, also of components that no request waits for.
    let errors = errors(&spindle.whole_log()?)?;
    ensure!(errors.is_empty(), "errors in the log:\n{}", errors.join("\n"));
    Ok(())
}

/// What the document describes, as `GET /health`.
fn operations(document: &Value) -> Result<Vec<String>> {
    let paths = document["paths"].as_object().context("no paths")?;
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(|(method, _)| format!("{} {path}", method.to_uppercase())).collect::<Vec<_>>()
    };
    Ok(paths.iter().flat_map(of_path).collect())
}

/// Runs a program whose output is ours.
async fn run(name: &str, command: &mut Command) -> Result<()> {
    let status = command.kill_on_drop(true).status().await;
    let status = status.with_context(|| format!("can't run {name}"))?;
    ensure!(status.success(), "{name} ended with {status}");
    Ok(())
}

fn number(name: &str, default: u64) -> Result<u64> {
    let name = format!("SPINDLE_CONTRACT_{name}");
    match std::env::var(&name) {
        Ok(text) => text.parse().with_context(|| format!("{name} is {text}")),
        Err(_) => Ok(default),
    }
}
