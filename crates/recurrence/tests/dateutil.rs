//! The same rules in python-dateutil: `dateutil/rules.py` makes them by a seed.
//!
//! Run by `cargo xtask test`, which has a Python with what `dateutil/requirements.txt` names. By hand:
//! `SPINDLE_PYTHON=target/python/bin/python SPINDLE_RULES=20000 SPINDLE_RULES_SEED=7 cargo test -p recurrence --test
//! dateutil -- --nocapture`, with the whole path of the Python.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Datelike as _;
use recurrence::{Rule, Series, Start};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    rule: String,
    start: String,
    zone: String,
    /// What dateutil says, in its order.
    #[serde(default)]
    seen: Vec<i64>,
    /// The same as RFC 5545 has it, where dateutil is known to differ.
    #[serde(default)]
    set: Vec<i64>,
    /// That dateutil refuses the rule.
    error: Option<String>,
    /// That dateutil has looked for too long.
    #[serde(default)]
    slow: bool,
}

/// Why an answer of ours may be another one than dateutil's; nothing else is.
fn explained(line: &Line, ours: &[i64]) -> Option<&'static str> {
    if line.slow {
        return Some("dateutil looks for more than 0.2 s: not compared, nor counted");
    }
    if line.error.is_some() && ours.is_empty() {
        return Some(
            "dateutil refuses a rule whose INTERVAL never meets its BY… parts; for us it has no times",
        );
    }
    if line.seen != line.set && ours == line.set {
        let weeks = line.rule.contains("FREQ=WEEKLY") && line.rule.contains("BYSETPOS");
        return Some(match weeks {
            true => "WEEKLY with BYSETPOS: the first week is whole, not from DTSTART on (3.3.10)",
            false => {
                "times of a gap coincide with later ones or lie behind them: a set, in order (3.3.5, 3.8.5.3)"
            }
        });
    }
    // Which of them the first difference is about, by its day in the zone, give or take an offset.
    let first = ours.iter().zip(&line.set).find(|(a, b)| a != b).map(|(a, b)| *a.min(b));
    let days = first.and_then(|at| chrono::DateTime::from_timestamp(at, 0)).map(|at| at.ordinal());
    let last_weeks =
        line.rule.contains("BYWEEKNO") && (line.rule.contains("52") || line.rule.contains("53"));
    if last_weeks && days.is_some_and(|day| day <= 3 || day >= 365) {
        return Some(
            "BYWEEKNO: dateutil takes 52 weeks of the year before for 53, or the reverse (3.3.10, ISO 8601)",
        );
    }
    let known =
        |times: &[i64]| times.iter().copied().filter(|at| *at < YEAR_2100).collect::<Vec<_>>();
    if ours.len() == line.set.len()
        && known(ours) == known(&line.set)
        && ours.last() >= Some(&YEAR_2100)
    {
        return Some(
            "after 2099: chrono-tz ends there, and takes the zone's last offset for all that follows",
        );
    }
    None
}

const YEAR_2100: i64 = 4_102_444_800;

#[test]
fn the_times_are_those_of_dateutil() {
    let number = |name: &str, default: &str| std::env::var(name).unwrap_or(default.to_owned());
    let (count, seed) = (number("SPINDLE_RULES", "500"), number("SPINDLE_RULES_SEED", "1"));
    let python = std::env::var("SPINDLE_PYTHON").expect("`cargo xtask test` runs this");
    println!("{count} rules, seed {seed}");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/dateutil/rules.py");
    let mut rules = Command::new(python)
        .args([script, &count, &seed])
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let mut equal = 0;
    let mut times = 0;
    let mut slowest = (Duration::ZERO, String::new());
    let mut kinds = BTreeMap::<&str, u32>::new();
    let mut wrong = Vec::new();
    for line in BufReader::new(rules.stdout.take().expect("piped")).lines() {
        let text = line.expect("lines of UTF-8");
        let line: Line = serde_json::from_str(&text).expect("a line is JSON");
        let begun = Instant::now();
        let ours = ours(&line);
        let took = begun.elapsed();
        if took > slowest.0 {
            slowest = (took, line.rule.clone());
        }
        match ours {
            Ok(ours) if ours == line.seen && line.error.is_none() && !line.slow => {
                equal += 1;
                times += ours.len();
            }
            Ok(ours) => match explained(&line, &ours) {
                Some(kind) => *kinds.entry(kind).or_default() += 1,
                None => wrong.push(format!("{text}\n  ours {ours:?}")),
            },
            Err(error) => wrong.push(format!("{text}\n  {error}")),
        }
    }
    assert!(rules.wait().expect("python ends").success(), "rules.py failed");
    println!(
        "{equal} rules have the same times, {times} in all; slowest {:?}: {}",
        slowest.0, slowest.1
    );
    for (kind, number) in kinds {
        println!("{number} differ: {kind}");
    }
    assert!(equal > 0);
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(30)].join("\n")
    );
}

fn ours(line: &Line) -> Result<Vec<i64>, recurrence::Error> {
    let rule: Rule = line.rule.parse()?;
    let start = Start::Time(line.start.parse().expect("a local time"));
    let zone = line.zone.parse().expect("a zone");
    Ok(Series::new(rule, start, zone)?.occurrences().take(8).map(|it| it.at.timestamp()).collect())
}
