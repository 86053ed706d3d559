//! What the load has written, as far as it knows.

use std::collections::HashMap;

use uuid::Uuid;

/// A change of a task, told of by one event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    pub task: Uuid,
    /// Its place among the task's changes, from 1 on.
    pub ordinal: u32,
}

/// What became of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Its statement has no answer yet, or lost it.
    Open,
    /// Postgres has acknowledged it, or it was found there after the answer was lost.
    Acknowledged,
    /// It was not there after the answer was lost.
    Absent,
}

/// Every change that the load has begun, under its event's id.
#[derive(Default)]
pub struct Journal {
    changes: HashMap<Uuid, (Change, Fate)>,
    acknowledged: Vec<Uuid>,
    /// How many answers were lost.
    pub lost_answers: usize,
}

impl Journal {
    /// To be told before the statement is sent.
    pub fn begins(&mut self, event: Uuid, change: Change) {
        self.changes.insert(event, (change, Fate::Open));
    }

    pub fn ends(&mut self, event: Uuid, fate: Fate) {
        if let Some((_, known)) = self.changes.get_mut(&event) {
            *known = fate;
            if fate == Fate::Acknowledged {
                self.acknowledged.push(event);
            }
        }
    }

    pub fn of(&self, event: Uuid) -> Option<(Change, Fate)> {
        self.changes.get(&event).copied()
    }

    /// The events of acknowledged changes, in the order of the answers.
    pub fn acknowledged(&self) -> &[Uuid] {
        &self.acknowledged
    }
}
