//! `spindle recur`: when a rule's times are.

use std::io::{BufRead, Write};

use anyhow::{Context as _, Result};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use recurrence::{Occurrence, Rule, Series, Start};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Say when a recurrence takes place: RFC 3339 times, as a JSON array.
///
/// The rule is followed on the wall's clock, so 9:00 stays 9:00 when the clock is changed. A time that doesn't exist lies
/// as far behind the gap, of one that comes twice the first is meant. Days that a month lacks are left out, as RFC 5545
/// says. The first time is --dtstart only if the rule names it. Fewer times than --count are all there are.
#[derive(clap::Args)]
#[command(after_help = r#"Examples:
  spindle recur --rule 'FREQ=WEEKLY;BYDAY=MO,FR' --dtstart 2026-11-21T09:00:00 --timezone America/New_York --count 3
  spindle recur --rule 'FREQ=MONTHLY;BYDAY=-1FR' --dtstart 2026-11-27 --count 12      days, for all-day tasks
  spindle recur --rule FREQ=DAILY --dtstart 2026-11-21T09:00:00 --count 1 --after 2027-03-01T00:00:00Z
  spindle recur --rule '{"pattern": "monthly"}' --dtstart 2026-12-31 --count 3      what a task keeps, as the service does
  spindle recur --lines < rules.jsonl

A line of --lines is {"id", "rule", "dtstart", "timezone"?, "count"?, "after"?}, and its answer {"id", "times"}, or
{"id", "error"}. Its rule may be called "rrule", too."#)]
pub struct Options {
    /// The rule, as RFC 5545 has it: FREQ=…;INTERVAL=…;BYDAY=…; or as a task keeps it, a JSON object.
    #[arg(long, visible_alias = "rrule", required_unless_present = "lines", value_parser = rule)]
    rule: Option<Rule>,

    /// The first time, on the wall: 2026-11-21T09:00:00, or 2026-11-21 for whole days.
    #[arg(long, value_name = "LOCAL", required_unless_present = "lines", value_parser = start)]
    dtstart: Option<Start>,

    /// Where the wall is: a name such as Asia/Karachi.
    #[arg(long, value_name = "TZ", default_value = "UTC", value_parser = zone)]
    timezone: Tz,

    /// How many times at most.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,

    /// Only times after this one, such as 2026-11-21T09:00:00Z.
    #[arg(long, value_name = "RFC3339", value_parser = moment)]
    after: Option<DateTime<FixedOffset>>,

    /// Read rules from standard input, one a line as JSON.
    #[arg(long, conflicts_with_all = ["rule", "dtstart", "timezone", "count", "after"])]
    lines: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let mut output = std::io::stdout().lock();
    if options.lines {
        return lines(std::io::stdin().lock(), output);
    }
    let (Some(rule), Some(start)) = (&options.rule, options.dtstart) else {
        anyhow::bail!("--rule and --dtstart are missing; see spindle recur --help");
    };
    let times = times(rule.clone(), start, options.timezone, options.after, options.count)?;
    serde_json::to_writer(&mut output, &times)?;
    writeln!(output).context("can't write to standard output")
}

fn times(
    rule: Rule,
    start: Start,
    zone: Tz,
    after: Option<DateTime<FixedOffset>>,
    count: u32,
) -> Result<Vec<String>, recurrence::Error> {
    let after = after.map(|after| after.with_timezone(&Utc));
    let times = Series::new(rule, start, zone)?.upcoming(after, count as usize)?;
    Ok(times.into_iter().map(said).collect())
}

fn said(it: Occurrence) -> String {
    if it.all_day { it.day().to_string() } else { it.at.to_rfc3339() }
}

fn rule(text: &str) -> Result<Rule, String> {
    let parsed = match serde_json::from_str(text) {
        Ok(Value::Object(document)) => Rule::from_document(&document),
        _ => text.parse(),
    };
    parsed.map_err(|error| error.to_string())
}

fn start(text: &str) -> Result<Start, String> {
    let day = text.parse::<NaiveDate>().map(Start::Day);
    day.or_else(|_| text.parse::<NaiveDateTime>().map(Start::Time)).map_err(|_| {
        "expected a local time such as 2026-11-21T09:00:00, or a day such as 2026-11-21".to_owned()
    })
}

fn zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| "expected a time zone's name, such as Asia/Karachi".to_owned())
}

fn moment(text: &str) -> Result<DateTime<FixedOffset>, String> {
    DateTime::parse_from_rfc3339(text)
        .map_err(|_| "expected a time with its offset, such as 2026-11-21T09:00:00Z".to_owned())
}

/// A line's own fields; what else it says stays unread.
#[derive(Deserialize)]
struct Line {
    id: Value,
    #[serde(alias = "rrule")]
    rule: Value,
    dtstart: String,
    timezone: Option<String>,
    count: Option<u32>,
    after: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn lines(input: impl BufRead, mut output: impl Write) -> Result<()> {
    for (number, line) in input.lines().enumerate() {
        let line = line.context("can't read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line)
            .context("expected id, rule, dtstart and maybe timezone, count and after")
            .with_context(|| format!("line {}", number + 1))?;
        let (times, error) = match answer(&line) {
            Ok(times) => (Some(times), None),
            Err(error) => (None, Some(error)),
        };
        serde_json::to_writer(&mut output, &Answer { id: line.id, times, error })?;
        writeln!(output).context("can't write to standard output")?;
    }
    Ok(())
}

fn answer(line: &Line) -> Result<Vec<String>, String> {
    let zone = line.timezone.as_deref().map_or(Ok(Tz::UTC), zone)?;
    let after = line.after.as_deref().map(moment).transpose()?;
    let count = line.count.unwrap_or(10).min(100_000);
    let rule = match &line.rule {
        Value::String(text) => rule(text)?,
        kept => rule(&kept.to_string())?,
    };
    times(rule, start(&line.dtstart)?, zone, after, count).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_offset_of_their_zone() {
        let first = start("2026-10-31T09:00:00").unwrap();
        let after = moment("2026-10-31T13:00:00Z").unwrap();
        let times = |after| {
            let rule = rule("FREQ=DAILY").unwrap();
            times(rule, first, Tz::America__New_York, after, 2).unwrap()
        };
        assert_eq!(times(None), ["2026-10-31T09:00:00-04:00", "2026-11-01T09:00:00-05:00"]);
        assert_eq!(times(Some(after)), ["2026-11-01T09:00:00-05:00", "2026-11-02T09:00:00-05:00"]);
    }

    #[test]
    fn what_a_task_keeps_falls_back_to_the_last_of_a_month_and_a_rule_of_the_standard_does_not() {
        let first = start("2027-01-31").unwrap();
        let times = |text: &str| times(rule(text).unwrap(), first, Tz::UTC, None, 2).unwrap();
        assert_eq!(times(r#"{"pattern": "monthly"}"#), ["2027-01-31", "2027-02-28"]);
        assert_eq!(times("FREQ=MONTHLY"), ["2027-01-31", "2027-03-31"]);
        assert!(rule("{}").unwrap_err().contains("pattern is missing"));
    }

    #[test]
    fn a_line_is_a_rule_and_a_wrong_one_gets_its_error() {
        let input = r#"{"id": 1, "rrule": "FREQ=MONTHLY", "dtstart": "2027-01-31", "count": 2}

            {"id": "b", "rrule": "FREQ=DAILY;INTERVAL=0", "dtstart": "2027-01-31"}
            {"id": "c", "rrule": "FREQ=DAILY", "dtstart": "soon", "timezone": "Asia/Karachi"}"#;
        let mut output = Vec::new();
        lines(input.as_bytes(), &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        let answers: Vec<&str> = output.lines().collect();
        assert_eq!(answers.len(), 3);
        assert_eq!(answers[0], r#"{"id":1,"times":["2027-01-31","2027-03-31"]}"#);
        assert_eq!(
            answers[1],
            r#"{"id":"b","error":"INTERVAL is 0; expected a number from 1 to 9999"}"#
        );
        assert!(answers[2].starts_with(r#"{"id":"c","error":"expected a local time"#));
        assert!(lines(&b"{}"[..], Vec::new()).is_err());
    }
}
