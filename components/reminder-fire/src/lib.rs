//! Tells people of their reminders that came due, and notes what became of it.
//!
//! The relay claims what is due, and its record comes here; what did not arrive it tells of again, so often and so late as the
//! database says. spin.toml runs this component twice, for mail and for addresses that users choose: a slow one of these keeps
//! no mail waiting, and the two reach different networks.

mod attempt;
mod settings;

use std::collections::HashMap;

use futures::stream::{self, StreamExt as _};
use kafka_guest::{Failure, Message, Reason};
use serde::Deserialize;
use store::reminders::{self, Told};
use uuid::Uuid;

use attempt::attempt;
use settings::Settings;

kafka_guest::handler!(handle);

/// How many attempts are under way at once.
const AT_ONCE: usize = 256;
/// How many outcomes one statement notes, of those that are there.
const NOTED_AT_ONCE: usize = 64;
/// What failed before has its own topic: there the like of it wait for each other.
const RETRIES: &str = "reminders-retry";

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    let mut told = Vec::with_capacity(batch.len());
    let mut traces = HashMap::new();
    let outcome = kafka_guest::each(&batch, |message| {
        let Some(one) = read(message)? else { return Ok(()) };
        if let Some(trace) = kafka_guest::traceparent(message) {
            traces.insert(one.reminder_id, trace.to_owned());
        }
        told.push(one);
        Ok(())
    });
    let is_first = batch.first().is_none_or(|message| message.topic != RETRIES);
    // What was set out for and isn't noted is told of again, in a while.
    fetch::wait_for(deliver(&told, &traces, is_first))
        .map_err(|error| Failure::unavailable(0, error))?;
    outcome
}

/// What a record has delivered, if anything: most tell of other things that happen to reminders.
fn read(message: &Message) -> Result<Option<Told>, Reason> {
    #[derive(Deserialize)]
    struct Event {
        event_type: String,
        payload: serde_json::Value,
    }
    #[derive(Deserialize)]
    struct Due {
        reminder: Reminder,
        firing: i32,
    }
    #[derive(Deserialize)]
    struct Reminder {
        id: Uuid,
        user_id: Uuid,
    }
    let value = message.value.as_deref().unwrap_or_default();
    let event: Event = serde_json::from_slice(value).map_err(Reason::reject)?;
    match event.event_type.as_str() {
        "reminder.due" => {
            let Due { reminder, firing } =
                serde_json::from_value(event.payload).map_err(Reason::reject)?;
            let Reminder { id: reminder_id, user_id } = reminder;
            Ok(Some(Told { user_id, reminder_id, firing, delivery_id: None, claim: 0 }))
        }
        "reminder.retry" => serde_json::from_value(event.payload).map(Some).map_err(Reason::reject),
        _ => Ok(None),
    }
}

/// `traces` has those of reminders that are not the whole batch's.
async fn deliver(
    told: &[Told],
    traces: &HashMap<Uuid, String>,
    is_first: bool,
) -> store::Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let settings = Settings::read();
    let due = reminders::take(told, &settings.methods, is_first)?;
    let attempts = stream::iter(&due)
        .map(|due| attempt(due, &settings, traces.get(&due.reminder_id).map(String::as_str)))
        .buffer_unordered(AT_ONCE);
    let mut attempts = std::pin::pin!(attempts.ready_chunks(NOTED_AT_ONCE));
    while let Some(done) = attempts.next().await {
        reminders::record(&done)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(event_type: &str, payload: &str) -> Message {
        let value =
            format!(r#"{{"event_id": "e", "event_type": "{event_type}", "payload": {payload}}}"#);
        Message { value: Some(value.into_bytes()), ..Message::default() }
    }

    const USER: &str = "00000000-0000-7000-8000-000000000001";
    const REMINDER: &str = "0190aaaa-0000-7000-8000-000000000002";

    #[test]
    fn what_came_due_is_delivered_everywhere() {
        let payload = format!(
            r#"{{"reminder": {{"id": "{REMINDER}", "user_id": "{USER}", "status": "sending"}}, "old": null, "firing": 3}}"#
        );
        let told = read(&message("reminder.due", &payload)).unwrap().unwrap();
        assert_eq!((told.reminder_id.to_string().as_str(), told.firing), (REMINDER, 3));
        assert_eq!((told.delivery_id, told.claim), (None, 0));
    }

    #[test]
    fn what_is_told_again_is_one_delivery() {
        let payload = format!(
            r#"{{"user_id": "{USER}", "reminder_id": "{REMINDER}", "firing": 3, "delivery_id": "{USER}", "claim": 2}}"#
        );
        let told = read(&message("reminder.retry", &payload)).unwrap().unwrap();
        let delivery = told.delivery_id.map(|id| id.to_string());
        assert_eq!((delivery.as_deref(), told.claim), (Some(USER), 2));
    }

    #[test]
    fn other_events_are_passed_over_and_what_is_none_is_rejected() {
        assert_eq!(read(&message("reminder.sent", "{}")).unwrap(), None);
        for wrong in
            [Message::default(), message("reminder.due", "{}"), message("reminder.retry", "1")]
        {
            assert!(matches!(read(&wrong), Err(Reason::Reject(_))));
        }
    }
}
