//! Makes the next one of a series when a task that comes back is completed, and takes it back when the task is reopened.
//!
//! An event only says where to look: what happens, the task as it is now decides. So events may come late, in any order
//! and any number of times, and what is there in the end is the same.

use domain::{Origin, SeriesEvent, User};
use kafka_guest::{Failure, Message, Reason};
use store::series::{self, Standing};

kafka_guest::handler!(handle);

/// How often to look again where somebody changes the task meanwhile.
const ATTEMPTS: u32 = 5;

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    kafka_guest::each(&batch, |message| match event(message)? {
        Some(event) => follow(event),
        None => Ok(()),
    })
}

fn event(message: &Message) -> Result<Option<SeriesEvent>, Reason> {
    SeriesEvent::from_event(message.value.as_deref().unwrap_or_default()).map_err(Reason::reject)
}

fn follow(event: SeriesEvent) -> Result<(), Reason> {
    let user = User { id: event.user_id };
    let correlation_id = event.correlation_id;
    let origin = Origin { correlation_id, service: "recurrence-spawn" };
    let failed = |error: store::Error| Reason::reject_if(error.is_rejection(), error);
    for _ in 0..ATTEMPTS {
        let standing = series::standing(&user, event.task_id).map_err(failed)?;
        let Some(Standing { task, is_continued }) = standing else { return Ok(()) };
        // In the trash, too, it is one that was done, or one that wasn't.
        if task.completed_at.is_none() {
            return series::withdraw(&user, &origin, event.task_id).map_err(failed);
        }
        if is_continued {
            return Ok(());
        }
        let Some(next) = task.next().map_err(Reason::reject)? else { return Ok(()) };
        if series::spawn(&user, &origin, &task, &next).map_err(failed)? {
            return Ok(());
        }
    }
    Err(Reason::retry("the task is changed all the time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_event_is_rejected() {
        for value in [None, Some(b"{}".to_vec())] {
            let refused = event(&Message { value, ..Message::default() });
            assert!(matches!(refused, Err(Reason::Reject(_))), "{refused:?}");
        }
    }
}
