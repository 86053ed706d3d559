//! `spindle parse`: what the language makes of sentences, line by line.

use std::io::{BufRead, IsTerminal as _, Write};

use anyhow::{Context as _, Result};
use chrono::{NaiveDateTime, TimeZone as _};
use chrono_tz::Tz;
use domain::Priority;
use language::{Command, Due, Intent};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Say what sentences ask for: JSON lines in, JSON lines out.
///
/// Of each line on standard input, {"id", "input", "reference", "timezone"?}, it prints what is to be done: {"id",
/// "intent", "title", "due", "all_day", "rrule", "after_completion", "reminder", "priority", "tags", "target",
/// "confidence"}, and "and" for further commands of the same sentence. Times are local: `reference` is when the sentence
/// was said. A time zone only matters to "in 2 hours" where the clock is changed meanwhile.
#[derive(clap::Args)]
#[command(after_help = r#"Example:
  echo '{"id": 1, "input": "call mom every sunday at 3pm", "reference": "2026-11-21T09:00:00"}' | spindle parse"#)]
pub struct Options {}

pub fn run(Options {}: &Options) -> Result<()> {
    if std::io::stdin().is_terminal() {
        eprintln!(
            "spindle: reading JSON lines from the terminal; Ctrl-D ends (see spindle parse --help)"
        );
    }
    parse(std::io::stdin().lock(), std::io::stdout().lock())
}

/// A line's own fields; what else a table says stays unread.
#[derive(Deserialize)]
struct Sentence {
    id: Value,
    input: String,
    reference: NaiveDateTime,
    timezone: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: &'a Value,
    #[serde(flatten)]
    first: Parsed<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    and: Vec<Parsed<'a>>,
}

#[derive(Serialize)]
struct Parsed<'a> {
    intent: Intent,
    title: Option<&'a str>,
    due: Option<String>,
    all_day: bool,
    rrule: Option<&'a str>,
    after_completion: bool,
    reminder: Option<String>,
    priority: Option<Priority>,
    tags: &'a [String],
    target: Option<&'a str>,
    confidence: f64,
}

fn parse(input: impl BufRead, mut output: impl Write) -> Result<()> {
    for (number, line) in input.lines().enumerate() {
        let line = line.context("can't read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let at_line = || format!("line {}", number + 1);
        let sentence: Sentence = serde_json::from_str(&line)
            .context("expected id, input, reference (as 2026-11-21T09:00:00) and maybe timezone")
            .with_context(at_line)?;
        let zone = sentence.timezone.as_deref().map(zone).transpose().with_context(at_line)?;
        let commands = language::parse(&sentence.input, sentence.reference, None);
        let mut parsed = commands.iter().map(|it| Parsed::new(it, sentence.reference, zone));
        let Some(first) = parsed.next() else { continue };
        let answer = Answer { id: &sentence.id, first, and: parsed.collect() };
        serde_json::to_writer(&mut output, &answer)?;
        writeln!(output).context("can't write to standard output")?;
    }
    Ok(())
}

fn zone(name: &str) -> Result<Tz> {
    name.parse()
        .ok()
        .with_context(|| format!("{name} is no time zone; expected a name such as Asia/Karachi"))
}

impl<'a> Parsed<'a> {
    fn new(command: &'a Command, reference: NaiveDateTime, zone: Option<Tz>) -> Self {
        let recurrence = command.recurrence.as_ref();
        Self {
            intent: command.intent,
            title: command.title.as_deref(),
            due: command
                .due
                .map(|due| local(due, reference, zone).format("%Y-%m-%dT%H:%M:%S").to_string()),
            all_day: command.due.is_some_and(|due| due.all_day),
            rrule: recurrence.map(|recurrence| recurrence.rule.as_str()),
            after_completion: recurrence.is_some_and(|recurrence| recurrence.after_completion),
            reminder: command.reminder.map(|lead| lead.to_string()),
            priority: command.priority,
            tags: &command.tags,
            target: command.target.as_ref().map(|target| target.words.as_str()),
            // Two digits are all that it is worth.
            confidence: (command.confidence * 100.0).round() / 100.0,
        }
    }
}

/// What the clock on the wall shows then. Where it is changed meanwhile, only a time zone tells.
fn local(due: Due, reference: NaiveDateTime, zone: Option<Tz>) -> NaiveDateTime {
    let counted = || {
        let (zone, elapsed) = zone.zip(due.elapsed)?;
        let said = zone.from_local_datetime(&reference).earliest()?;
        Some(said.checked_add_signed(elapsed)?.naive_local())
    };
    counted().unwrap_or(due.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> Result<Vec<Value>> {
        let mut output = Vec::new();
        parse(input.as_bytes(), &mut output)?;
        Ok(String::from_utf8(output)?
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect())
    }

    #[test]
    fn a_line_in_is_a_line_out() {
        let input = r#"{"id": "a", "input": "buy milk tomorrow at 5pm and call mom", "reference": "2026-11-21T09:00:00"}

            {"id": 2, "input": "hello", "reference": "2026-11-21T09:00:00", "expected": null}"#;
        let answers = answers(input).unwrap();
        assert_eq!(answers.len(), 2);
        assert_eq!(answers[0]["id"], "a");
        assert_eq!(answers[0]["due"], "2026-11-22T17:00:00");
        assert_eq!(answers[1]["intent"], "unknown");
    }

    #[test]
    fn hours_pass_where_the_clock_is_changed() {
        let line = |zone: &str| {
            format!(
                r#"{{"id": 1, "input": "leave in 3 hours", "reference": "2026-03-29T00:30:00"{zone}}}"#
            )
        };
        assert_eq!(answers(&line("")).unwrap()[0]["due"], "2026-03-29T03:30:00");
        let berlin = answers(&line(r#", "timezone": "Europe/Berlin""#)).unwrap();
        assert_eq!(berlin[0]["due"], "2026-03-29T04:30:00");
    }

    #[test]
    fn a_bad_line_is_named() {
        let good = r#"{"id": 1, "input": "milk", "reference": "2026-11-21T09:00:00"}"#;
        for bad in [
            "no json",
            r#"{"id": 1, "reference": "2026-11-21T09:00:00"}"#,
            r#"{"id": 1, "input": "x", "reference": "now"}"#,
            r#"{"id": 1, "input": "x", "reference": "2026-11-21T09:00:00", "timezone": "Mars"}"#,
        ] {
            let error = answers(&format!("{good}\n{bad}")).unwrap_err();
            assert!(format!("{error:#}").starts_with("line 2"), "{error:#}");
        }
    }
}
