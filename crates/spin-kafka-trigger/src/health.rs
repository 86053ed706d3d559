//! Whether a group works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use spin_host::monitor::{Part, State};

/// Where this process' member of a group stands.
#[derive(Default)]
pub(crate) struct Health {
    group: String,
    joined: AtomicBool,
    away: AtomicBool,
    left: AtomicBool,
}

impl Health {
    pub(crate) fn new(group: &str) -> Arc<Self> {
        Arc::new(Self { group: group.to_owned(), ..Self::default() })
    }

    /// The group has given it its partitions, none perhaps.
    pub(crate) fn joined(&self) {
        self.joined.store(true, Ordering::Relaxed);
    }

    /// No broker answers, or one does again.
    pub(crate) fn away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// It works no more.
    pub(crate) fn left(&self) {
        self.left.store(true, Ordering::Relaxed);
    }
}

impl Part for Health {
    fn name(&self) -> &str {
        &self.group
    }

    fn state(&self) -> State {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        match () {
            () if is(&self.left) => State { word: "left", alive: false, ready: false },
            () if is(&self.away) => State { word: "Kafka is away", alive: true, ready: false },
            () if is(&self.joined) => State { word: "consuming", alive: true, ready: true },
            () => State { word: "joining", alive: true, ready: false },
        }
    }
}
