//! Saying why a record is not done.

use std::slice;

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

    /// [`Reason::reject`] where the record is at fault; else what the handler needs is, and the record waits for it:
    /// [`Reason::unavailable`].
    pub fn reject_if(records_fault: bool, why: impl ToString) -> Self {
        if records_fault { Self::reject(why) } else { Self::unavailable(why) }
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

/// Reads a batch record by record, up to the first that can't be read, and writes all before it at once.
///
/// Where what is written is rejected as a whole, each is written alone, so that the one at fault is named.
pub fn together<T>(
    batch: &[Message],
    read: impl Fn(&Message) -> Result<T, Reason>,
    write: impl Fn(&[T]) -> Result<(), Reason>,
) -> Result<(), Failure> {
    let mut records = Vec::with_capacity(batch.len());
    let outcome = each(batch, |message| {
        records.push(read(message)?);
        Ok(())
    });
    if records.is_empty() {
        return outcome;
    }
    match write(&records) {
        Err(Reason::Reject(_)) => {
            for (index, record) in records.iter().enumerate() {
                write(slice::from_ref(record)).map_err(|reason| reason.at(index))?;
            }
        }
        written => written.map_err(|reason| reason.at(0))?,
    }
    outcome
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

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
    fn a_record_that_is_not_at_fault_waits() {
        assert_eq!(Reason::reject_if(true, "no"), Reason::reject("no"));
        assert_eq!(Reason::reject_if(false, "away"), Reason::unavailable("away"));
    }

    #[test]
    fn an_empty_batch_is_done() {
        assert_eq!(each(&[], |_| Err(Reason::retry("never called"))), Ok(()));
    }

    /// A table that refuses some of the rows.
    #[derive(Default)]
    struct Table {
        refuses: &'static [i64],
        is_away: bool,
        statements: RefCell<u32>,
        rows: RefCell<Vec<i64>>,
    }

    impl Table {
        fn write(&self, rows: &[i64]) -> Result<(), Reason> {
            *self.statements.borrow_mut() += 1;
            if self.is_away {
                return Err(Reason::unavailable("away"));
            }
            if rows.iter().any(|row| self.refuses.contains(row)) {
                return Err(Reason::reject("no"));
            }
            self.rows.borrow_mut().extend(rows);
            Ok(())
        }

        /// Writes the offsets 1, 2, …; a record without one can't be read.
        fn take(&self, offsets: &[i64]) -> Result<(), Failure> {
            let record = |&offset: &i64| Message { offset, ..Message::default() };
            let batch: Vec<_> = offsets.iter().map(record).collect();
            let read = |message: &Message| match message.offset {
                0 => Err(Reason::reject("unreadable")),
                offset => Ok(offset),
            };
            together(&batch, read, |rows| self.write(rows))
        }
    }

    #[test]
    fn a_batch_is_written_at_once() {
        let table = Table::default();
        assert_eq!(table.take(&[1, 2, 3]), Ok(()));
        assert_eq!((*table.statements.borrow(), &**table.rows.borrow()), (1, &[1, 2, 3][..]));
    }

    #[test]
    fn what_stands_before_a_record_that_cant_be_read_is_written() {
        let table = Table::default();
        assert_eq!(table.take(&[1, 0, 3]), Err(Failure::reject(1, "unreadable")));
        assert_eq!(*table.rows.borrow(), [1]);
    }

    #[test]
    fn nothing_to_write_is_not_written() {
        let table = Table::default();
        assert_eq!(table.take(&[0]), Err(Failure::reject(0, "unreadable")));
        assert_eq!(table.take(&[]), Ok(()));
        assert_eq!(*table.statements.borrow(), 0);
    }

    #[test]
    fn a_record_that_is_refused_is_named_and_those_before_it_are_written() {
        let table = Table { refuses: &[3], ..Table::default() };
        assert_eq!(table.take(&[1, 2, 3, 4]), Err(Failure::reject(2, "no")));
        assert_eq!(*table.rows.borrow(), [1, 2]);
    }

    #[test]
    fn where_nothing_can_be_written_the_batch_waits() {
        let table = Table { is_away: true, ..Table::default() };
        assert_eq!(table.take(&[1, 2]), Err(Failure::unavailable(0, "away")));
        assert_eq!(*table.statements.borrow(), 1);
    }
}
