//! Posts what is due to webhooks, and notes what became of it.
//!
//! The relay claims a webhook that has something due, and its record comes here. The webhooks of a batch are served side by
//! side, so what doesn't answer costs the others of its batch no more than [`post::BUDGET`], and what is slow [`ROUND`] beside it.

mod post;

use std::time::{Duration, Instant};

use futures::future::join_all;
use kafka_guest::{Failure, Message, Reason};
use serde::Deserialize;
use store::deliveries::{self, Claim, Round};

kafka_guest::handler!(handle);

/// How many deliveries one round has; the next round follows at once.
const MOST: u32 = 20;
/// After how many bytes a round takes no further delivery. An instance holds those of a whole batch, of 16 rounds.
const MOST_BYTES: u32 = 512 * 1024;
/// How long a round goes on to the next of its deliveries.
const ROUND: Duration = Duration::from_secs(10);

fn handle(batch: Vec<Message>) -> Result<(), Failure> {
    let mut claims = Vec::with_capacity(batch.len());
    let outcome = kafka_guest::each(&batch, |message| {
        claims.push(claim(message)?);
        Ok(())
    });
    // Nothing was done yet, or is done again under the same ids.
    fetch::wait_for(serve(&claims)).map_err(|error| Failure::unavailable(0, error))?;
    outcome
}

fn claim(message: &Message) -> Result<Claim, Reason> {
    #[derive(Deserialize)]
    struct Due {
        payload: Claim,
    }
    let value = message.value.as_deref().unwrap_or_default();
    serde_json::from_slice(value).map(|due: Due| due.payload).map_err(Reason::reject)
}

async fn serve(claims: &[Claim]) -> store::Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let rounds = deliveries::take(claims, MOST, MOST_BYTES)?;
    let served = rounds.into_iter().map(|round| async move {
        let attempts = deliver(&round).await;
        deliveries::record(&round.claim, &attempts)
    });
    join_all(served).await.into_iter().collect()
}

/// Posts one after the other, up to the first that fails: whoever didn't take one is left alone for a while.
async fn deliver(round: &Round) -> Vec<deliveries::Attempt> {
    let start = Instant::now();
    let mut attempts = Vec::new();
    for due in &round.deliveries {
        if start.elapsed() >= ROUND {
            break;
        }
        let attempt = post::post(&round.url, &round.secret, due).await;
        let failed = attempt.error.is_some();
        attempts.push(attempt);
        if failed {
            break;
        }
    }
    attempts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_claim() {
        let value = br#"{
            "event_id": "0190aaaa-0000-7000-8000-000000000001", "event_type": "delivery.due",
            "payload": {
                "user_id": "00000000-0000-7000-8000-000000000001",
                "webhook_id": "0190aaaa-0000-7000-8000-000000000002", "claim": 7
            }
        }"#;
        let due = Message { value: Some(value.to_vec()), ..Message::default() };
        assert_eq!(claim(&due).unwrap().claim, 7);
        for value in [None, Some(b"{}".to_vec())] {
            let refused = claim(&Message { value, ..Message::default() });
            assert!(matches!(refused, Err(Reason::Reject(_))), "{refused:?}");
        }
    }
}
