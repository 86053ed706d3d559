//! Writes one audit row per event.
//!
//! A batch is one statement. An event that arrives twice is written once, under its own id.

use std::slice;

use domain::AuditEntry;
use kafka_guest::{Failure, Message, Reason};

kafka_guest::handler!(handle);

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    write(&batch, store::audit_logs::insert_many)
}

/// Writes all records before the first that is no event, and names that one.
///
/// One that the database refuses fails the whole statement, so each is then written alone.
fn write(
    batch: &[Message],
    insert: impl Fn(&[AuditEntry]) -> store::Result<()>,
) -> Result<(), Failure> {
    let mut entries = Vec::with_capacity(batch.len());
    let parsed = kafka_guest::each(batch, |message| {
        let value = message.value.as_deref().unwrap_or_default();
        entries.push(AuditEntry::from_event(value).map_err(Reason::reject)?);
        Ok(())
    });
    if entries.is_empty() {
        return parsed;
    }
    match insert(&entries) {
        Err(store::Error::Rejected { .. }) => {
            for (index, entry) in entries.iter().enumerate() {
                insert(slice::from_ref(entry)).map_err(|error| reason(error).at(index))?;
            }
        }
        result => result.map_err(|error| reason(error).at(0))?,
    }
    parsed
}

/// A value that can't be stored is the record's fault; anything else is the database's, for which
/// records wait and are not given up.
fn reason(error: store::Error) -> Reason {
    match error {
        store::Error::Rejected { .. } => Reason::reject(error),
        store::Error::Unavailable(_)
        | store::Error::Unconfigured(_)
        | store::Error::Unmigrated(_)
        | store::Error::Failed(_)
        | store::Error::Repeated
        | store::Error::KeyReused
        | store::Error::Changed
        | store::Error::Forgotten
        | store::Error::Row(_) => Reason::unavailable(error),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn event(number: u8) -> Message {
        let value = format!(
            r#"{{
                "event_id": "0190aaaa-0000-7000-8000-0000000000{number:02}",
                "event_type": "task.created", "topic_name": "task-events", "correlation_id": "c1",
                "timestamp": "2026-11-21T09:00:00Z", "source_service": "tasks",
                "user_id": "00000000-0000-7000-8000-000000000001",
                "payload": {{"task": {{"id": "t{number}"}}, "old": null}}
            }}"#
        );
        Message { value: Some(value.into_bytes()), ..Message::default() }
    }

    fn rejected() -> store::Error {
        store::Error::Rejected { field: None, message: "no".to_owned() }
    }

    /// A table that refuses the rows of one entity.
    struct Table {
        refused: &'static str,
        statements: RefCell<u32>,
        rows: RefCell<Vec<String>>,
    }

    impl Table {
        fn refusing(refused: &'static str) -> Self {
            Self { refused, statements: RefCell::default(), rows: RefCell::default() }
        }

        fn insert(&self, entries: &[AuditEntry]) -> store::Result<()> {
            *self.statements.borrow_mut() += 1;
            if entries.iter().any(|entry| entry.entity_id == self.refused) {
                return Err(rejected());
            }
            self.rows.borrow_mut().extend(entries.iter().map(|entry| entry.entity_id.clone()));
            Ok(())
        }
    }

    #[test]
    fn a_batch_is_one_statement() {
        let table = Table::refusing("none");
        let batch = [event(1), event(2), event(3)];
        assert_eq!(write(&batch, |entries| table.insert(entries)), Ok(()));
        assert_eq!(*table.rows.borrow(), ["t1", "t2", "t3"]);
        assert_eq!(*table.statements.borrow(), 1);
    }

    #[test]
    fn a_record_that_is_no_event_is_named_and_those_before_it_are_written() {
        let table = Table::refusing("none");
        let batch = [event(1), Message::default(), event(3)];
        let failure = write(&batch, |entries| table.insert(entries)).unwrap_err();
        assert_eq!(failure.index, 1);
        assert!(matches!(failure.reason, Reason::Reject(_)), "{failure:?}");
        assert_eq!(*table.rows.borrow(), ["t1"]);
    }

    #[test]
    fn nothing_to_write_is_no_statement() {
        let table = Table::refusing("none");
        let failure = write(&[Message::default()], |entries| table.insert(entries)).unwrap_err();
        assert_eq!(failure.index, 0);
        assert_eq!(write(&[], |entries| table.insert(entries)), Ok(()));
        assert_eq!(*table.statements.borrow(), 0);
    }

    #[test]
    fn a_record_that_the_database_refuses_is_named_and_those_before_it_are_written() {
        let table = Table::refusing("t3");
        let batch = [event(1), event(2), event(3), event(4)];
        let failure = write(&batch, |entries| table.insert(entries)).unwrap_err();
        assert_eq!(failure, reason(rejected()).at(2));
        assert_eq!(*table.rows.borrow(), ["t1", "t2"]);
    }

    #[test]
    fn a_database_that_is_away_or_not_set_up_is_waited_for() {
        for error in [
            || store::Error::Unavailable("refused".to_owned()),
            || store::Error::Unmigrated("relation does not exist".to_owned()),
            || store::Error::Failed("permission denied".to_owned()),
        ] {
            let failure = write(&[event(1)], |_| Err(error())).unwrap_err();
            assert_eq!(failure, Failure::unavailable(0, error()));
        }
    }
}
