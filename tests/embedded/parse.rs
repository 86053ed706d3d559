//! `spindle parse` on the date tables of other projects, which are not ours to keep: they are where SPINDLE_SHARED points.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use spindle_tests::spindle_program;

/// A table, and how many of its rows must be right. Some contradict each other, or what a to-do means.
const TABLES: [(&str, usize); 3] =
    [("en-chrono", 240), ("en-recognizers", 138), ("en-recognizers-tasks", 27)];

#[test]
fn dates_are_understood_as_other_projects_tables_say() -> Result<()> {
    let Some(shared) = std::env::var_os("SPINDLE_SHARED").map(PathBuf::from) else {
        eprintln!("skipped: SPINDLE_SHARED doesn't say where the date tables are");
        return Ok(());
    };
    let corpora = shared.join("corpora");
    ensure!(corpora.is_dir(), "SPINDLE_SHARED: {} is no folder", corpora.display());
    for (name, at_least) in TABLES {
        let table = corpora.join(name).with_extension("jsonl");
        let (right, rows) = score(&corpora, &table)?;
        eprintln!("{name}: {right} of {rows}");
        ensure!(right >= at_least, "{name}: {right} of {rows} are right, expected {at_least}");
    }
    Ok(())
}

/// What the tables' own scorer says of our answers: how many are right, of how many.
fn score(corpora: &Path, table: &Path) -> Result<(usize, usize)> {
    let rows = std::fs::File::open(table).with_context(|| table.display().to_string())?;
    let parsed = Command::new(spindle_program())
        .arg("parse")
        .stdin(rows)
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(parsed.status.success(), "spindle parse: {}", parsed.status);
    let mut answers = tempfile::NamedTempFile::new()?;
    answers.write_all(&parsed.stdout)?;
    let scorer = corpora.join("score.py");
    let scored = Command::new("python3")
        .arg(scorer)
        .arg(table)
        .arg(answers.path())
        .output()
        .context("python3")?;
    let said = String::from_utf8(scored.stdout)?;
    ensure!(scored.status.success(), "score.py: {}", String::from_utf8_lossy(&scored.stderr));
    // "en-chrono.jsonl right 249/262 dates 142/146 no date 107/116"
    let share = said.split_whitespace().skip_while(|word| *word != "right").nth(1);
    let (right, rows) = share.and_then(|share| share.split_once('/')).context(said.clone())?;
    Ok((right.parse()?, rows.parse()?))
}

#[test]
fn a_bad_line_ends_it_with_one_sentence() -> Result<()> {
    let mut parse = Command::new(spindle_program())
        .arg("parse")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let lines = concat!(
        r#"{"id": 1, "input": "buy milk", "reference": "2026-11-21T09:00:00"}"#,
        "\nnonsense\n"
    );
    parse.stdin.take().context("no standard input")?.write_all(lines.as_bytes())?;
    let output = parse.wait_with_output()?;
    ensure!(output.status.code() == Some(1), "{}", output.status);
    ensure!(String::from_utf8(output.stdout)?.contains(r#""title":"buy milk""#));
    let said = String::from_utf8(output.stderr)?;
    ensure!(said.starts_with("spindle: line 2: ") && said.lines().count() == 1, "{said}");
    Ok(())
}
