//! What becomes of a batch: which records are handed out next, and what a failure means for them.
//!
//! This knows no Kafka and does not wait: it decides, and [`crate::partition`] acts.

use std::time::{Duration, SystemTime};

use crate::backoff::Backoff;
use crate::batch::Batch;
use crate::handler::{Fault, Kind, Message};
use crate::settings::Retry;

/// A batch on its way through the handler.
pub(crate) struct Delivery {
    /// What is not done, the first part last. Several only after a part was bisected.
    parts: Vec<Batch>,
    retry: Retry,
    backoff: Backoff,
    /// What the first record has against it.
    charges: Option<Charges>,
}

/// Failures that are a record's own fault.
struct Charges {
    count: u32,
    first: SystemTime,
}

/// What a call of the handler has led to.
#[derive(Debug)]
pub(crate) struct Settled {
    /// Everything before this offset is done now.
    pub reached: Option<i64>,
    pub then: Then,
}

#[derive(Debug)]
pub(crate) enum Then {
    /// On with [`Delivery::current`], if there is more.
    GoOn,
    /// The batch was cut in two, because one of its records ends the handler.
    Bisect,
    /// The same again, after this time.
    Wait(Duration),
    /// The first record is given up: to the dead-letter topic with it, and then [`Delivery::bury`].
    DeadLetter(Sentence),
}

/// Why a record is given up.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    pub kind: Kind,
    pub reason: String,
    /// How often it has failed.
    pub attempts: u32,
    pub first_failure: SystemTime,
    pub last_failure: SystemTime,
}

impl Delivery {
    pub(crate) fn new(batch: Batch, retry: Retry) -> Self {
        let backoff = Backoff::new(retry.first, retry.max);
        Self { parts: vec![batch], retry, backoff, charges: None }
    }

    /// What the handler gets now. None when every record is done.
    pub(crate) fn current(&self) -> Option<&Batch> {
        self.parts.last()
    }

    /// The record that is the first of [`Self::current`].
    pub(crate) fn first(&self) -> Option<&Message> {
        self.current().and_then(|batch| batch.messages.first())
    }

    /// How many records are not done.
    pub(crate) fn left(&self) -> usize {
        self.parts.iter().map(|part| part.messages.len()).sum()
    }

    /// Learns how the call with [`Self::current`] has ended.
    pub(crate) fn settle(&mut self, outcome: Result<(), &Fault>) -> Settled {
        let Some(mut part) = self.parts.pop() else {
            return Settled { reached: None, then: Then::GoOn };
        };
        let fault = match outcome {
            Ok(()) => {
                self.advanced();
                return Settled { reached: Some(part.next_offset), then: Then::GoOn };
            }
            Err(fault) => fault,
        };
        part.delivered_again();
        let failed = fault.index().filter(|index| *index < part.messages.len());
        let mut reached = None;
        if let Some(rest) = failed.and_then(|index| part.split_off(index)) {
            self.advanced();
            reached = Some(rest.first_offset());
            part = rest;
        }
        let named = failed.is_some() || fault.kind() == Kind::Unavailable;
        let then = match fault.kind() {
            Kind::Unavailable => Then::Wait(self.backoff.next()),
            // Some record of several is to blame, and nobody knows which.
            _ if !named && part.messages.len() > 1 => {
                let half = part.messages.len().div_ceil(2);
                self.parts.extend(part.split_off(half));
                Then::Bisect
            }
            kind => self.charge(kind, fault),
        };
        self.parts.push(part);
        Settled { reached, then }
    }

    /// Takes the first record out of the way. The offset before which everything is done now.
    pub(crate) fn bury(&mut self) -> Option<i64> {
        let mut part = self.parts.pop()?;
        self.advanced();
        let rest = part.split_off(1);
        let reached = part.next_offset;
        self.parts.extend(rest);
        Some(reached)
    }

    /// A failure of the first record.
    fn charge(&mut self, kind: Kind, fault: &Fault) -> Then {
        let now = SystemTime::now();
        let charges = self.charges.get_or_insert(Charges { count: 0, first: now });
        charges.count += 1;
        if kind != Kind::Reject && charges.count < self.retry.attempts {
            return Then::Wait(self.backoff.next());
        }
        Then::DeadLetter(Sentence {
            kind,
            reason: fault.reason(),
            attempts: charges.count,
            first_failure: charges.first,
            last_failure: now,
        })
    }

    /// Another record is the first.
    fn advanced(&mut self) {
        self.charges = None;
        self.backoff = Backoff::new(self.retry.first, self.retry.max);
    }
}

#[cfg(test)]
mod tests;
