//! `cargo xtask faults`, a little of it, so that it can't rot.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use spindle_tests::{
    broker_pid, eventually, is_alive, postgres_pid, spindle_program, trigger_program,
};
use tokio::process::{Child, Command};

/// Its first four rounds have four kinds of faults, none that takes long.
const SEED: &str = "4868";

/// `faults`, with its folder in this one.
fn faults(folder: &Path, rounds: &str) -> Result<Child> {
    Command::new(env!("CARGO_BIN_EXE_faults"))
        .args(["--seed", SEED, "--rate", "100", "--rounds", rounds])
        .env("SPINDLE_BIN", spindle_program())
        .env("TRIGGER_KAFKA_BIN", trigger_program())
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("can't run faults")
}

#[tokio::test]
async fn four_kinds_of_faults_lose_repeat_and_reorder_nothing() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let output = faults(folder.path(), "4")?.wait_with_output().await?;
    let (said, wrong) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{said}\n{wrong}");
    let rounds = said.lines().filter_map(|line| line.split('\t').nth(1)).skip(1).take(4);
    let kinds: Vec<&str> = rounds.filter_map(|round| round.split(':').next()).collect();
    assert_eq!(kinds, ["kill-relay", "kill-broker", "kill-postgres", "kill-trigger"], "{said}");
    assert!(said.contains("each with its effect once and in order"), "{said}");
    assert!(std::fs::read_dir(folder.path())?.next().is_none(), "its folder is gone");
    Ok(())
}

#[tokio::test]
async fn interrupted_or_killed_it_leaves_no_process_behind() -> Result<()> {
    for (signal, code) in [(Signal::INT, Some(130)), (Signal::KILL, None)] {
        let folder = tempfile::tempdir()?;
        let mut faults = faults(folder.path(), "100")?;
        let pids = eventually("all processes", async || Ok(pids(folder.path()))).await?;
        let pid = faults.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?));
        kill_process(pid.context("it has ended")?, signal)?;
        assert_eq!(faults.wait().await?.code(), code);
        eventually(
            "their end",
            async || Ok((!pids.iter().any(|pid| is_alive(*pid))).then_some(())),
        )
        .await?;
    }
    Ok(())
}

/// Its processes, once it has all of them.
fn pids(folder: &Path) -> Option<Vec<i32>> {
    let folder = std::fs::read_dir(folder).ok()?.next()?.ok()?.path();
    let noted = |name: &str| std::fs::read_to_string(folder.join(name)).ok()?.parse().ok();
    let data = folder.join("data");
    Some(vec![
        noted("spindle.pid")?,
        noted("trigger.pid")?,
        broker_pid(&data)?,
        postgres_pid(&data)?,
    ])
}

#[tokio::test]
async fn reminders_arrive_whoever_is_killed_and_however_mail_is_taken() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut faults = Command::new(env!("CARGO_BIN_EXE_faults"));
    faults.args(["--seed", SEED, "--reminders", "100", "--hurry"]).env("TMPDIR", folder.path());
    faults.env("SPINDLE_BIN", spindle_program()).env("TRIGGER_KAFKA_BIN", trigger_program());
    let output = faults.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    let (said, wrong) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{said}\n{wrong}");
    assert!(said.contains("100 reminders, each delivered and none before its time"), "{said}");
    Ok(())
}
