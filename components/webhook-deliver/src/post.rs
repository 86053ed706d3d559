//! One attempt: a signed POST, as Standard Webhooks has it, and what its answer means.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use store::deliveries::{Attempt, Due};

/// How long an attempt may take, from connecting to the end of the answer.
pub const BUDGET: Duration = Duration::from_secs(10);
/// How many bytes of an answer that says no are read.
const MOST_BYTES: usize = 4 * 1024;

/// Posts an event. Redirects are not followed: to where they lead, nobody has subscribed.
pub async fn post(url: &str, secret: &str, due: &Due) -> Attempt {
    let (status, error) = match answer(url, secret, due).await {
        Ok(answer) if (200..300).contains(&answer.status()) => (Some(answer.status()), None),
        Ok(answer) => {
            let status = answer.status();
            let said = answer.body(MOST_BYTES).await.unwrap_or_default();
            (Some(status), Some(notify::refusal(status, &String::from_utf8_lossy(&said))))
        }
        Err(error) => (None, Some(error.to_string())),
    };
    Attempt { id: due.id, status, error }
}

async fn answer(url: &str, secret: &str, due: &Due) -> Result<fetch::Answer, fetch::Error> {
    // Our own types with text for names, of which none can fail to be written.
    let body = serde_json::to_vec(&due.event).unwrap_or_default();
    let id = due.id.to_string();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let signature = identity::webhook_signature(secret, &id, now, &body).unwrap_or_default();
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", concat!("Spindle/", env!("CARGO_PKG_VERSION")).to_owned()),
        ("webhook-id", id),
        ("webhook-timestamp", now.to_string()),
        ("webhook-signature", signature),
        ("x-correlation-id", due.event.correlation_id.clone()),
    ];
    fetch::send(fetch::Request { url, headers, body: Some(&body), budget: BUDGET }).await
}
