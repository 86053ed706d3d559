//! One attempt: a signed POST, as Standard Webhooks has it, and what its answer means.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use store::deliveries::{Attempt, Due};

/// How long an attempt may take, from connecting to the end of the answer.
pub const BUDGET: Duration = Duration::from_secs(10);
/// How many bytes of an answer that says no are read.
const MOST_BYTES: usize = 4 * 1024;
/// How many characters of it its user is shown.
const MOST_SHOWN: usize = 200;

/// Posts an event. Redirects are not followed: to where they lead, nobody has subscribed.
pub async fn post(url: &str, secret: &str, due: &Due) -> Attempt {
    let (status, error) = match answer(url, secret, due).await {
        Ok(answer) if (200..300).contains(&answer.status()) => (Some(answer.status()), None),
        Ok(answer) => {
            let status = answer.status();
            let said = answer.body(MOST_BYTES).await.unwrap_or_default();
            (Some(status), Some(refusal(status, &String::from_utf8_lossy(&said))))
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

/// What somebody said who didn't take an event, on one line.
fn refusal(status: u16, said: &str) -> String {
    let words: Vec<_> = said.split(|c: char| c.is_control() || c.is_whitespace()).collect();
    let words = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let shown: String = words.chars().take(MOST_SHOWN).collect();
    let kind = if (300..400).contains(&status) {
        "a redirect, which is not followed"
    } else {
        "not taken"
    };
    if shown.is_empty() {
        format!("{status}: {kind}")
    } else {
        format!("{status}: {kind}: {shown}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_stands_on_one_line() {
        assert_eq!(refusal(500, ""), "500: not taken");
        assert_eq!(refusal(500, "no\n\u{0} room\r\n"), "500: not taken: no room");
        assert_eq!(refusal(301, ""), "301: a redirect, which is not followed");
        assert_eq!(refusal(400, &"x".repeat(4000)).len(), "400: not taken: ".len() + MOST_SHOWN);
    }
}
