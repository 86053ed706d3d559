//! How far long work has come, for somebody at a terminal.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// What takes less than this needs no telling; and how often it is told anew.
const EVERY: Duration = Duration::from_millis(500);

/// A line on standard error that is written over again and again. It goes away with its value.
pub struct Progress {
    what: &'static str,
    total: u64,
    told: Instant,
    shown: bool,
    terminal: bool,
}

impl Progress {
    /// Of `what`, such as "records read".
    pub fn new(what: &'static str, total: u64) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { what, total, told: Instant::now(), shown: false, terminal }
    }

    pub fn at(&mut self, done: u64) {
        if !self.terminal || self.told.elapsed() < EVERY {
            return;
        }
        (self.told, self.shown) = (Instant::now(), true);
        let (what, total) = (self.what, self.total);
        let _nobody_reads = write!(std::io::stderr(), "\r\u{1b}[K{done} of {total} {what}");
    }

    /// Makes room for other lines.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _nobody_reads = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
