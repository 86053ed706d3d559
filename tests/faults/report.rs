//! What people and programs read: a line for each round, and a summary. Columns on a terminal, fields
//! with tabs between elsewhere.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use crate::plan::Round;

/// Widths of the columns, those of numbers negative.
const ROUNDS: [isize; 5] = [-5, 37, -9, -7, -9];
const KINDS: [isize; 4] = [14, -6, -9, -9];

/// What came of a round.
pub struct Outcome {
    /// From the end of the fault until effects flowed again.
    pub back: Duration,
    /// The most acknowledged changes without an effect at one time.
    pub lag: usize,
    /// How many events there were in all.
    pub events: usize,
}

/// The rounds so far.
#[derive(Default)]
pub struct Report {
    times: BTreeMap<&'static str, Vec<Duration>>,
    rounds: usize,
}

impl Report {
    pub fn head() {
        line(&ROUNDS, &["round", "fault", "back", "lag", "events"].map(str::to_owned));
    }

    pub fn round(&mut self, round: &Round, outcome: &Outcome) {
        self.rounds += 1;
        self.times.entry(round.name()).or_default().push(outcome.back);
        let Outcome { back, lag, events } = outcome;
        let fields = [self.rounds.to_string(), round.to_string(), seconds(*back)];
        line(&ROUNDS, &[fields.as_slice(), &[lag.to_string(), events.to_string()]].concat());
    }

    /// How long it took until effects flowed again, by kind of fault.
    pub fn summary(&mut self) {
        println!();
        line(&KINDS, &["fault", "rounds", "median", "worst"].map(str::to_owned));
        for (name, times) in &mut self.times {
            times.sort();
            let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
            let fields = [times.len().to_string(), seconds(median), seconds(worst)];
            line(&KINDS, &[[(*name).to_owned()].as_slice(), &fields].concat());
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2}s", time.as_secs_f64())
}

fn line(widths: &[isize], fields: &[String]) {
    if !std::io::stdout().is_terminal() {
        return println!("{}", fields.join("\t"));
    }
    let padded = fields.iter().zip(widths).map(|(field, width)| match width.unsigned_abs() {
        wide if *width < 0 => format!("{field:>wide$}"),
        wide => format!("{field:<wide$}"),
    });
    println!("{}", padded.collect::<Vec<_>>().join("  ").trim_end());
}
