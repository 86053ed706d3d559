//! Saying why a record is not done.

use crate::{Failure, Message, Reason};

impl Reason {
    /// A database, a network, a host that the handler needs is away. The partition waits as long as it takes, and the
    /// record is never given up: an outage is not its fault.
    pub fn unavailable(why: impl ToString) -> Self {
        Self::Unavailable(why.to_string())
    }

    /// It may work later. Tried again with back-off, as often as the trigger is configured to.
    pub fn retry(why: impl ToString) -> Self {
        Self::Retry(why.to_string())
    }

    /// The record itself is at fault and always will be.
    pub fn reject(why: impl ToString) -> Self {
        Self::Reject(why.to_string())
    }

    /// The failure of the record that stands at `index` in its batch.
    pub fn at(self, index: usize) -> Failure {
        Failure { index: u32::try_from(index).unwrap_or(u32::MAX), reason: self }
    }
}

impl Failure {
    /// [`Reason::unavailable`] of the record at `index`; all before it are done.
    pub fn unavailable(index: usize, why: impl ToString) -> Self {
        Reason::unavailable(why).at(index)
    }

    /// [`Reason::reject`] of the record at `index`; all before it are done.
    pub fn reject(index: usize, why: impl ToString) -> Self {
        Reason::reject(why).at(index)
    }
}

/// Handles a batch record by record, in order, up to the first that fails.
pub fn each(
    batch: &[Message],
    mut handle: impl FnMut(&Message) -> Result<(), Reason>,
) -> Result<(), Failure> {
    for (index, message) in batch.iter().enumerate() {
        handle(message).map_err(|reason| reason.at(index))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stops_at_the_first_record_that_fails_and_names_it() {
        let batch: Vec<Message> =
            (0..4).map(|offset| Message { offset, ..Message::default() }).collect();
        let mut seen = Vec::new();
        let outcome = each(&batch, |message| {
            seen.push(message.offset);
            if message.offset == 2 { Err(Reason::reject("no such event")) } else { Ok(()) }
        });
        assert_eq!(outcome, Err(Failure::reject(2, "no such event")));
        assert_eq!(seen, [0, 1, 2]);
    }

    #[test]
    fn an_empty_batch_is_done() {
        assert_eq!(each(&[], |_| Err(Reason::retry("never called"))), Ok(()));
    }
}
