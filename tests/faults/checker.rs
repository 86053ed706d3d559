//! Judges what was seen. It only keeps what it is shown, and compares: it reads nothing itself, so
//! that its tests can show it every kind of violation.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};

use uuid::Uuid;

use crate::journal::{Change, Fate, Journal};

/// A record of the topic.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Record {
    pub partition: usize,
    pub offset: i64,
    pub event: Uuid,
}

/// A row of the outbox that has its position.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub position: i64,
    pub id: Uuid,
}

/// An event's row in `audit_logs`.
#[derive(Clone, Copy, Debug)]
pub struct Effect {
    pub id: Uuid,
    /// Grows with each row that is written.
    pub applied: i64,
}

/// What one look saw. The fields are in the order in which they must be read: what is behind an
/// offset was there before the offset, and each record's event before the record.
#[derive(Default, Debug)]
pub struct Sight {
    /// The offset that the group has committed, by partition; none where it wasn't told, or the
    /// records before it could not be read.
    pub committed: Option<Vec<i64>>,
    pub records: Vec<Record>,
    pub events: Vec<Event>,
    pub effects: Vec<Effect>,
}

/// All that was seen so far.
pub struct Checker {
    events: HashMap<Uuid, Seen>,
    last_position: i64,
    partitions: Vec<Partition>,
    tasks: HashMap<Uuid, Progress>,
    /// Records of events that were in the topic before.
    pub duplicates: usize,
}

/// An event of the outbox.
struct Seen {
    position: i64,
    change: Change,
    in_topic: bool,
    applied: Option<i64>,
}

#[derive(Default)]
struct Partition {
    /// The event at each offset.
    records: Vec<Uuid>,
    /// The position of the event that came last for the first time.
    last_position: i64,
    committed: i64,
    /// Offsets whose events have no effect yet.
    waiting: VecDeque<i64>,
}

/// How many of a task's changes are in each place.
#[derive(Default)]
struct Progress {
    outbox: u32,
    topic: u32,
    effects: u32,
    applied: i64,
}

impl Checker {
    pub fn new(partitions: usize) -> Self {
        Self {
            events: HashMap::new(),
            last_position: 0,
            partitions: (0..partitions).map(|_| Partition::default()).collect(),
            tasks: HashMap::new(),
            duplicates: 0,
        }
    }

    /// The events whose records were seen and whose effects were not.
    pub fn waiting(&self) -> Vec<Uuid> {
        let waits = |partition: &Partition, offset: &i64| partition.at(*offset);
        let partitions = self.partitions.iter();
        partitions.flat_map(|it| it.waiting.iter().filter_map(|offset| waits(it, offset))).collect()
    }

    pub fn last_position(&self) -> i64 {
        self.last_position
    }

    pub fn has_effect(&self, event: Uuid) -> bool {
        self.events.get(&event).is_some_and(|seen| seen.applied.is_some())
    }

    pub fn events(&self) -> usize {
        self.events.len()
    }

    /// Takes in what a look saw, and tells what is wrong with it.
    pub fn look(&mut self, journal: &Journal, sight: &Sight) -> Vec<String> {
        let mut wrong = Vec::new();
        for event in &sight.events {
            wrong.extend(self.event(journal, *event));
        }
        for record in &sight.records {
            wrong.extend(self.record(*record));
        }
        let mut effects = sight.effects.clone();
        effects.sort_by_key(|effect| effect.applied);
        for effect in effects {
            wrong.extend(self.effect(effect));
        }
        for partition in &mut self.partitions {
            let (records, events) = (&partition.records, &self.events);
            partition.waiting.retain(|offset| {
                let event = usize::try_from(*offset).ok().and_then(|at| records.get(at));
                event.and_then(|event| events.get(event)).is_none_or(|seen| seen.applied.is_none())
            });
        }
        for (number, offset) in sight.committed.iter().flatten().copied().enumerate() {
            wrong.extend(self.committed(number, offset));
        }
        wrong
    }

    /// Positions have no gap, and a task's events are in the order of its changes.
    fn event(&mut self, journal: &Journal, Event { position, id }: Event) -> Vec<String> {
        let mut wrong = Vec::new();
        if position != self.last_position + 1 {
            let last = self.last_position;
            wrong.push(format!("outbox: position {position} of event {id} follows {last}"));
        }
        self.last_position = position;
        let Some((change, fate)) = journal.of(id) else {
            wrong.push(format!("outbox: nobody wrote event {id} at position {position}"));
            return wrong;
        };
        if fate == Fate::Absent {
            wrong.push(format!(
                "outbox: event {id} at position {position} was not there when the load looked for it"
            ));
        }
        let progress = self.tasks.entry(change.task).or_default();
        wrong.extend(out_of_order("outbox", id, change, &mut progress.outbox));
        let seen = Seen { position, change, in_topic: false, applied: None };
        if self.events.insert(id, seen).is_some() {
            wrong.push(format!("outbox: event {id} is there twice"));
        }
        wrong
    }

    /// Offsets have no gap. An event may come twice; the first records come by position.
    fn record(&mut self, Record { partition: number, offset, event }: Record) -> Vec<String> {
        let place = format!("topic, partition {number}, offset {offset}");
        let Some(partition) = self.partitions.get_mut(number) else {
            return vec![format!("{place}: there is no such partition")];
        };
        let mut wrong = Vec::new();
        if offset != partition.end() {
            wrong.push(format!("{place}: follows {}", partition.end() - 1));
            // So that each further record is judged by its own.
            let end = usize::try_from(offset).unwrap_or_default();
            partition.records.resize(end, Uuid::nil());
        }
        partition.records.push(event);
        let Some(seen) = self.events.get_mut(&event) else {
            wrong.push(format!("{place}: event {event} is not in the outbox"));
            return wrong;
        };
        if seen.applied.is_none() {
            partition.waiting.push_back(offset);
        }
        if std::mem::replace(&mut seen.in_topic, true) {
            self.duplicates += 1;
            return wrong;
        }
        if seen.position <= partition.last_position {
            let (position, last) = (seen.position, partition.last_position);
            wrong.push(format!(
                "{place}: event {event} of position {position} comes for the first time after position {last}"
            ));
        }
        partition.last_position = seen.position;
        let progress = self.tasks.entry(seen.change.task).or_default();
        wrong.extend(out_of_order(&place, event, seen.change, &mut progress.topic));
        wrong
    }

    /// A task's effects are in the order of its changes: those that are there, and as they were
    /// written.
    fn effect(&mut self, Effect { id, applied }: Effect) -> Vec<String> {
        let Some(seen) = self.events.get_mut(&id) else {
            return vec![format!("effects: {id} has no event")];
        };
        if let Some(before) = seen.applied.replace(applied) {
            return vec![format!("effects: event {id} has two, applied as {before} and {applied}")];
        }
        let progress = self.tasks.entry(seen.change.task).or_default();
        let mut wrong = out_of_order("effects", id, seen.change, &mut progress.effects);
        if applied <= progress.applied {
            let Change { task, ordinal } = seen.change;
            let last = progress.applied;
            wrong.push(format!(
                "effects: change {ordinal} of task {task} was applied as {applied}, the one before it as {last}"
            ));
        }
        progress.applied = applied;
        wrong
    }

    /// Everything before a committed offset has its effect.
    fn committed(&mut self, number: usize, offset: i64) -> Vec<String> {
        let place = format!("group, partition {number}");
        let Some(partition) = self.partitions.get_mut(number) else {
            return vec![format!("{place}: there is no such partition")];
        };
        let mut wrong = Vec::new();
        if offset < partition.committed {
            let before = partition.committed;
            wrong.push(format!("{place}: its committed offset {before} went back to {offset}"));
        }
        partition.committed = offset;
        if offset > partition.end() {
            let end = partition.end();
            wrong.push(format!("{place}: {offset} is committed, and the topic ends at {end}"));
        }
        for early in partition.waiting.iter().filter(|waiting| **waiting < offset) {
            let event = partition.at(*early).unwrap_or_default();
            wrong.push(format!(
                "{place}: {offset} is committed, and event {event} at offset {early} has no effect"
            ));
        }
        wrong
    }

    /// When the load has ended and everything had its time: each acknowledged change has its event,
    /// each event its record and its effect, and the group is done.
    pub fn finish(&self, journal: &Journal) -> Vec<String> {
        let mut wrong = Vec::new();
        for event in journal.acknowledged() {
            if !self.events.contains_key(event) {
                wrong.push(format!("outbox: acknowledged event {event} is lost"));
            }
        }
        for (id, Seen { position, in_topic, applied, .. }) in &self.events {
            if !in_topic {
                wrong.push(format!("topic: event {id} of position {position} is lost"));
            }
            if applied.is_none() {
                wrong.push(format!("effects: event {id} of position {position} has none"));
            }
        }
        for (number, partition) in self.partitions.iter().enumerate() {
            let (end, committed) = (partition.end(), partition.committed);
            if committed != end {
                wrong.push(format!(
                    "group, partition {number}: {committed} is committed, and the topic ends at {end}"
                ));
            }
        }
        wrong
    }

    /// All of a table's rows at last, by their events: no fewer and no more than were seen to come.
    pub fn all_rows(&self, table: &str, rows: impl IntoIterator<Item = Uuid>) -> Vec<String> {
        let (mut wrong, mut found) = (Vec::new(), HashSet::new());
        for row in rows {
            if !self.events.contains_key(&row) {
                wrong.push(format!("{table}: row {row} has no event"));
            }
            if !found.insert(row) {
                wrong.push(format!("{table}: row {row} is there twice"));
            }
        }
        let lost = self.events.keys().filter(|event| !found.contains(event));
        wrong.extend(lost.map(|event| format!("{table}: row {event} was there, or never came")));
        wrong
    }

    /// The topic as it is at last: what was read while it was written.
    pub fn all_records(&self, records: &[Record]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut ends = vec![0; self.partitions.len()];
        for Record { partition: number, offset, event } in records {
            let Some(partition) = self.partitions.get(*number) else { continue };
            ends[*number] += 1;
            let before = partition.at(*offset);
            if before != Some(*event) {
                wrong.push(format!(
                    "topic, partition {number}, offset {offset}: event {event} is there, which was {before:?}"
                ));
            }
        }
        for (number, (partition, end)) in self.partitions.iter().zip(ends).enumerate() {
            if partition.end() != end {
                let before = partition.end();
                wrong.push(format!(
                    "topic, partition {number}: {end} records are there, and {before} were"
                ));
            }
        }
        wrong
    }

    /// Where an event was seen last, for whoever has to find out why it has no effect.
    pub fn whereabouts(&self, event: Uuid) -> String {
        let Some(seen) = self.events.get(&event) else {
            return format!("event {event} is not in the outbox, or has no position");
        };
        let offsets = self.partitions.iter().enumerate().filter_map(|(number, partition)| {
            let offset = partition.records.iter().position(|record| *record == event)?;
            Some(format!("partition {number}, offset {offset}, {} committed", partition.committed))
        });
        let place = offsets.collect::<Vec<_>>().join("; ");
        let place = if place.is_empty() { "not in the topic" } else { &place };
        format!("event {event} has position {}, {place}", seen.position)
    }
}

impl Partition {
    fn end(&self) -> i64 {
        i64::try_from(self.records.len()).unwrap_or(i64::MAX)
    }

    fn at(&self, offset: i64) -> Option<Uuid> {
        self.records.get(usize::try_from(offset).ok()?).copied()
    }
}

/// Counts a task's change in one of the places; each must be the next.
fn out_of_order(place: &str, event: Uuid, change: Change, count: &mut u32) -> Vec<String> {
    let Change { task, ordinal } = change;
    let last = std::mem::replace(count, ordinal);
    if ordinal == last + 1 {
        return Vec::new();
    }
    vec![format!(
        "{place}: event {event} is change {ordinal} of task {task}, and follows change {last}"
    )]
}
