//! What makes sure that no process outlives this program, however it ends: a second process of it
//! that waits for the first one's end, and then ends what is left by the pid files.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};
use spindle_tests::{broker_pid, is_alive, postgres_pid};

/// How often to look whether a process has ended, and whether it has left one behind.
const LOOK: Duration = Duration::from_millis(100);

/// A folder whose processes end with us.
pub struct Guard {
    folder: PathBuf,
    process: Child,
}

impl Guard {
    pub fn of(folder: &Path) -> Result<Self> {
        use std::os::unix::process::CommandExt as _;
        let program = std::env::current_exe().context("can't find my own program")?;
        let process = Command::new(program)
            .arg("--guard")
            .arg(folder)
            // Ctrl-C at a terminal goes to the whole group; the guard is to end after us.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .context("can't start the guard")?;
        Ok(Self { folder: folder.to_owned(), process })
    }

    /// Ends what is left, and the guard.
    pub fn end(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        self.process.wait().context("the guard")?;
        Ok(())
    }

    /// What is left, by name.
    pub fn left(&self) -> Vec<&'static str> {
        pids(&self.folder).into_iter().map(|(name, _)| name).collect()
    }
}

/// Notes a process of ours, in the place of the one that had this name before.
pub fn note(folder: &Path, name: &str, pid: i32) -> Result<()> {
    std::fs::write(folder.join(name).with_extension("pid"), pid.to_string()).context("a pid file")
}

/// A process of ours has ended: its pid may go to somebody else.
pub fn forget(folder: &Path, name: &str) {
    let _never_noted = std::fs::remove_file(folder.join(name).with_extension("pid"));
}

/// The guard's own process: returns when nothing is left.
pub fn watch(folder: &Path) {
    // Nothing is ever written; this ends when the other side is gone.
    let _end_of_file = std::io::stdin().read(&mut [0]);
    let mut quiet = 0;
    // Whoever is killed last may just have started a server that has no pid file yet.
    while quiet < 2 {
        let left = pids(folder);
        quiet = if left.is_empty() { quiet + 1 } else { 0 };
        for (name, pid) in left {
            // Of Postgres' processes, one that is told to quit takes the others with it.
            let signal = if name == "postgres" { Signal::QUIT } else { Signal::KILL };
            let _gone_already = Pid::from_raw(pid).map(|pid| kill_process(pid, signal));
        }
        std::thread::sleep(LOOK);
    }
}

/// Those that run, in the order in which they are to end: who keeps others running comes first.
fn pids(folder: &Path) -> Vec<(&'static str, i32)> {
    let noted = |name: &str| {
        let file = std::fs::read_to_string(folder.join(name).with_extension("pid")).ok()?;
        file.trim().parse().ok()
    };
    let data = folder.join("data");
    let all = [
        ("spindle", noted("spindle")),
        ("trigger", noted("trigger")),
        ("second", noted("second")),
        ("broker", broker_pid(&data)),
        ("postgres", postgres_pid(&data)),
    ];
    all.into_iter()
        .filter_map(|(name, pid)| Some((name, pid?)))
        .filter(|(_, pid)| is_alive(*pid))
        .collect()
}
