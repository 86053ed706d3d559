use std::time::Duration;

use serde_json::Value;

/// Why a request to another service brings no JSON.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// There is no answer, or none that could be read.
    #[error(transparent)]
    Failed(#[from] fetch::Error),
    /// It answers, and not with 200.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// It answers with something else.
    #[error("the answer is not JSON")]
    NotJson,
}

/// Asks another service for JSON, by GET or, with a body, by POST. Everything together, from
/// connecting to the last byte, takes `budget` at most.
pub(crate) fn fetch_json(
    url: &str,
    body: Option<&Value>,
    budget: Duration,
    most_bytes: usize,
) -> Result<Vec<u8>, FetchError> {
    let body = body.map(Value::to_string);
    let mut headers = vec![("accept", "application/json".to_owned())];
    if body.is_some() {
        headers.push(("content-type", "application/json".to_owned()));
    }
    let body = body.as_deref().map(str::as_bytes);
    fetch::wait_for(async {
        let answer = fetch::send(fetch::Request { url, headers, body, budget }).await?;
        match answer.status() {
            200 => {}
            status => return Err(FetchError::Status(status)),
        }
        if !answer.header("content-type").is_some_and(|value| is_json(&value)) {
            return Err(FetchError::NotJson);
        }
        Ok(answer.body(most_bytes).await?)
    })
}

fn is_json(media_type: &[u8]) -> bool {
    let media_type = String::from_utf8_lossy(media_type).to_ascii_lowercase();
    ["application/json", "application/x-ndjson", "application/jwk-set+json"]
        .iter()
        .any(|json| media_type.starts_with(json))
}
