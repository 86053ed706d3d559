//! What schemathesis has done: its summary, and each exchange.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::Value;

/// What a run was.
pub struct Report {
    /// How many cases there were.
    pub cases: u64,
    /// Whether it came to its end.
    complete: bool,
    /// The statuses that each operation has answered.
    statuses: BTreeMap<String, BTreeSet<u16>>,
}

#[derive(Deserialize)]
struct Summary {
    complete: bool,
    test_cases: Cases,
}

#[derive(Deserialize)]
struct Cases {
    generated: u64,
}

/// The one event of which there is something to know here.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "ScenarioFinished")]
    scenario: Option<Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    recorder: Recorder,
}

#[derive(Deserialize)]
struct Recorder {
    #[serde(default)]
    cases: BTreeMap<String, Case>,
    #[serde(default)]
    interactions: BTreeMap<String, Interaction>,
}

#[derive(Deserialize)]
struct Case {
    value: Value,
}

#[derive(Deserialize)]
struct Interaction {
    response: Option<Response>,
}

#[derive(Deserialize)]
struct Response {
    status_code: u16,
}

impl Report {
    /// Reads the summary and the events.
    pub fn read(summary: &Path, events: &Path) -> Result<Self> {
        let summary = File::open(summary).context("schemathesis has written no summary")?;
        let summary: Summary = serde_json::from_reader(BufReader::new(summary))?;
        let mut statuses: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
        for line in BufReader::new(File::open(events).context("no events")?).lines() {
            let event: Event = serde_json::from_str(&line?)?;
            let Some(Scenario { recorder }) = event.scenario else { continue };
            for (id, interaction) in recorder.interactions {
                let Some(response) = interaction.response else { continue };
                let case = &recorder.cases.get(&id).context("an answer without a case")?.value;
                let text = |name: &str| case[name].as_str().with_context(|| format!("no {name}"));
                let operation = format!("{} {}", text("method")?, text("path")?);
                statuses.entry(operation).or_default().insert(response.status_code);
            }
        }
        Ok(Self { cases: summary.test_cases.generated, complete: summary.complete, statuses })
    }

    /// There were as many cases as there should be, and every operation has been asked and has done what it is for.
    pub fn check(&self, cases: u64, operations: &[String]) -> Result<()> {
        ensure!(self.complete, "schemathesis has not come to its end");
        ensure!(self.cases >= cases, "{} cases; {cases} were wanted", self.cases);
        let without = |is_answer: fn(u16) -> bool| -> Vec<&String> {
            let lacks = |operation: &&String| {
                let statuses = self.statuses.get(*operation).into_iter().flatten();
                !statuses.copied().any(is_answer)
            };
            operations.iter().filter(lacks).collect()
        };
        let unasked = without(|_| true);
        ensure!(unasked.is_empty(), "never asked: {unasked:?}");
        let unsuccessful = without(|status| (200..300).contains(&status));
        ensure!(unsuccessful.is_empty(), "never successful: {unsuccessful:?}");
        Ok(())
    }
}
