//! Fault injection: kills, freezes and joins at random, under load, and a checker that looks all the
//! while whether each event has its effect once and in order. `cargo xtask faults` runs it.

mod checker;
mod guard;
mod journal;
mod load;
mod plan;
mod reminders;
mod report;
mod system;
mod topic;
mod watch;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch as channel;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use guard::Guard;
use load::{Load, WRITERS, open};
use plan::Round;
use report::{Outcome, Report};
use system::System;
use watch::{NUMBER_EFFECTS, State, Watch, connect};

/// How long effects may take to flow again after a fault.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long one wait for news may take.
const TICK: Duration = Duration::from_millis(500);
/// How many violations are printed; one fault may show at many events.
const TOLD: usize = 20;

/// Kill, freeze and join the processes of Spindle at random, under load, and check that each event
/// has its effect once and in order.
///
/// Exits with 1 if anything was lost, repeated, out of order or late; logs are kept then.
#[derive(Parser)]
#[command(name = "cargo xtask faults", bin_name = "cargo xtask faults", max_term_width = 100)]
#[command(after_help = "\
Examples:
  cargo xtask faults
  cargo xtask faults --rounds 20 --seed 7      the faults of another run again
  cargo xtask faults --reminders 5000          so many reminders come due, and not all mail is taken as it should

Each line has the round, its fault and how long that lasted, how long after its end effects flowed
again, the most changes without an effect at one time, and the events so far.")]
struct Options {
    /// How many rounds; each has one fault, or two at once.
    #[arg(long, default_value_t = 100)]
    rounds: usize,

    /// What the faults are drawn with; a random one if not given. It is printed first.
    #[arg(long)]
    seed: Option<u64>,

    /// Events per second.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=5000))]
    rate: u32,

    /// Have reminders come due instead, so many, and kill the relay and the trigger until they are delivered.
    #[arg(long, conflicts_with_all = ["rounds", "rate"])]
    reminders: Option<u32>,

    /// Don't wait for the pause after an attempt to remind that failed.
    #[arg(long, requires = "reminders")]
    hurry: bool,

    /// Keep the folder with all logs even if nothing is wrong.
    #[arg(long)]
    keep: bool,

    /// Become the guard of a folder.
    #[arg(long, hide = true)]
    guard: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(folder) = options.guard {
        guard::watch(&folder);
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask faults: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn run(options: &Options) -> Result<ExitCode> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let seed = options.seed.unwrap_or_else(|| fastrand::u32(..).into());
    match options.reminders {
        Some(count) => println!("seed {seed}, {count} reminders"),
        None => println!("seed {seed}, {} rounds, {} events/s", options.rounds, options.rate),
    }
    let folder = tempfile::Builder::new().prefix("spindle-faults-").tempdir()?;
    let guard = Guard::of(folder.path())?;
    let work = async {
        match options.reminders {
            Some(count) => reminders::run(count, options.hurry, seed, folder.path()).await,
            None => rounds(options, seed, folder.path()).await,
        }
    };
    let outcome = tokio::select! {
        outcome = work => Some(outcome),
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
    };
    let left = guard.left();
    guard.end()?;
    match outcome {
        None => Ok(ExitCode::from(130)),
        Some(Ok(())) if left.is_empty() => {
            if options.keep {
                println!("logs are in {}", folder.keep().display());
            }
            Ok(ExitCode::SUCCESS)
        }
        Some(outcome) => {
            let error = outcome.err().unwrap_or_else(|| anyhow!("left running: {left:?}"));
            println!("FAILED, seed {seed}: {error:#}");
            println!("logs are in {}", folder.keep().display());
            Ok(ExitCode::FAILURE)
        }
    }
}

/// All rounds, then the last comparison.
async fn rounds(options: &Options, seed: u64, folder: &Path) -> Result<()> {
    let began = Instant::now();
    let mut system = System::start(folder).await?;
    let running = system.running.clone();
    connect(&running.database_url).await?.batch_execute(NUMBER_EFFECTS).await?;
    let mut load = Load::start(&running.database_url, options.rate, seed);
    let journal = load.journal();
    let watch = Watch::new(&running.kafka_brokers, &running.database_url, load.journal()).await?;
    let (tell, mut state) = channel::channel(State::default());
    let watching = tokio::spawn(watch.run(tell));

    let mut report = Report::default();
    Report::head();
    let acknowledged = || open(&journal).acknowledged().len();
    for (number, round) in (1..).zip(plan::rounds(seed).take(options.rounds)) {
        let what = format!("round {number}, {round}");
        system.note(&what)?;
        let outcome = tokio::select! {
            outcome = strike(&mut system, &round, &mut state, &acknowledged) => outcome,
            error = load.failed() => Err(error),
        };
        match outcome.with_context(|| what.clone())? {
            Some(outcome) => report.round(&round, &outcome),
            None => return Err(stuck(watching, state, &what).await?),
        }
    }
    timeout(PATIENCE, load.stop()).await.context("the load does not end")??;
    let all = acknowledged();
    if !until(&mut state, PATIENCE, |state| state.settled == all).await? {
        return Err(stuck(watching, state, "after the last round").await?);
    }
    drop(state);
    let watch = watching.await?;
    let state = watch.finish().await.context("the last comparison")?;
    judge(&state).context("the last comparison")?;
    system.stop().await?;
    report.summary();
    let State { looks, events, duplicates, .. } = state;
    let lost = open(&journal).lost_answers;
    println!(
        "\n{events} events, each with its effect once and in order; {looks} looks; {duplicates} records came twice; \
         {lost} answers were lost; {:.0} s",
        began.elapsed().as_secs_f64()
    );
    Ok(())
}

/// One round: its faults, and then until effects flow again. None if that takes too long.
async fn strike(
    system: &mut System,
    round: &Round,
    state: &mut channel::Receiver<State>,
    acknowledged: impl Fn() -> usize,
) -> Result<Option<Outcome>> {
    // What to wait for, and since when.
    let goal = Cell::new(None);
    let striking = async {
        system.strike(round).await?;
        // Of these, one at least was begun after the faults.
        let over = (acknowledged() + WRITERS as usize + 1, Instant::now());
        system.settle().await?;
        goal.set(Some(over));
        system.first_end().await
    };
    let mut lag = 0;
    let flowing = until(state, round.lasts() + PATIENCE, |state| {
        lag = lag.max(state.lag);
        goal.get().is_some_and(|(goal, _)| state.settled >= goal)
    });
    let flows = tokio::select! {
        ended = striking => match ended? {},
        flows = flowing => flows?,
    };
    let since = goal.get().filter(|_| flows);
    let events = state.borrow().events;
    Ok(since.map(|(_, over)| Outcome { back: over.elapsed(), lag, events }))
}

/// Waits for a state. False if it doesn't come in time, an error if anything is wrong. Time in which
/// this program didn't run either, on a machine that is busy with others, doesn't count.
async fn until(
    state: &mut channel::Receiver<State>,
    patience: Duration,
    mut is_there: impl FnMut(&State) -> bool,
) -> Result<bool> {
    let mut waited = Duration::ZERO;
    loop {
        let now = state.borrow_and_update().clone();
        judge(&now)?;
        if is_there(&now) {
            return Ok(true);
        }
        if waited > patience {
            return Ok(false);
        }
        let begin = Instant::now();
        if let Ok(changed) = timeout(TICK, state.changed()).await {
            changed.context("nobody looks any more")?;
        }
        waited += begin.elapsed().min(TICK * 2);
    }
}

fn judge(state: &State) -> Result<()> {
    let wrong = &state.wrong;
    if wrong.is_empty() {
        return Ok(());
    }
    let told: Vec<&str> = wrong.iter().take(TOLD).map(String::as_str).collect();
    bail!("{} violations\n  {}", wrong.len(), told.join("\n  "))
}

/// What to say where effects don't flow.
async fn stuck(
    watching: JoinHandle<Watch>,
    state: channel::Receiver<State>,
    what: &str,
) -> Result<anyhow::Error> {
    let lag = state.borrow().lag;
    drop(state);
    let first = watching.await?.first_left();
    let patience = PATIENCE.as_secs();
    Ok(anyhow!("{what}: {lag} changes have no effect after {patience} s; the first: {first}"))
}
