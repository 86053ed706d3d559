//! Makes a delivery of each event for each webhook of its user that wants it.
//!
//! A batch is one statement. An event that arrives twice is delivered once.

use domain::Notice;
use kafka_guest::{Failure, Message, Reason};

kafka_guest::handler!(handle);

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    let write = |notices: &[Notice]| {
        store::deliveries::insert_many(notices)
            .map_err(|error| Reason::reject_if(error.is_rejection(), error))
    };
    kafka_guest::together(&batch, notice, write)
}

fn notice(message: &Message) -> Result<Notice, Reason> {
    Notice::from_event(message.value.as_deref().unwrap_or_default()).map_err(Reason::reject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_rejected() {
        for value in [None, Some(b"{}".to_vec())] {
            let refused = notice(&Message { value, ..Message::default() });
            assert!(matches!(refused, Err(Reason::Reject(_))), "{refused:?}");
        }
    }
}
