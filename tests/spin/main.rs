//! What only shows under `spin up`, which adds nothing to a request.

use anyhow::Result;
use serde_json::json;
use spindle_tests::Spindle;

#[tokio::test]
async fn without_the_secret_a_component_answers_401() -> Result<()> {
    let spindle = Spindle::start().await?;
    let stranger = reqwest::Client::new();
    for secret in [None, Some(""), Some("guessed")] {
        let mut request = stranger.post(spindle.url("/api/tasks")).json(&json!({ "title": "x" }));
        if let Some(secret) = secret {
            request = request.header("x-spindle-local", secret);
        }
        let response = request.send().await?;
        assert_eq!(response.status(), 401, "{secret:?}");
        assert!(response.headers().contains_key("www-authenticate"));
    }
    spindle.stop().await
}
