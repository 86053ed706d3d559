//! What the process logs, kept for tests to look at.

use std::io::Write;
use std::sync::{Mutex, OnceLock};

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Keep;

impl Write for Keep {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Starts keeping.
pub fn keep() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| tracing_subscriber::fmt().with_writer(|| Keep).with_ansi(false).init());
}

/// Every line so far with this text in it.
pub fn lines_with(text: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap();
    String::from_utf8_lossy(&lines)
        .lines()
        .filter(|line| line.contains(text))
        .map(str::to_owned)
        .collect()
}
