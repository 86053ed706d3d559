use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use spin_sdk::variables;

use crate::fetch_json::{FetchError, fetch_json};

/// How long a look may take whether it is there.
const LOOK: Duration = Duration::from_secs(1);
/// How many bytes the list of its models may have.
const MOST_LISTED: usize = 1024 * 1024;

/// The language model that may be asked, by the variables `ollama_url`, `ollama_model` and
/// `ollama_timeout`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ollama {
    url: String,
    /// Its name there.
    pub model: String,
    timeout: Duration,
}

/// Why there is no model to ask.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OllamaError {
    /// None is wanted.
    #[error("no model is configured")]
    NotConfigured,
    /// A variable is missing or not what it may be.
    #[error("the variable {0} can't be used")]
    Variable(&'static str),
}

impl Ollama {
    /// The model that is configured.
    ///
    /// # Errors
    /// If there is none, or a variable is wrong.
    pub fn configured() -> Result<Self, OllamaError> {
        let variable = |name| variables::get(name).map_err(|_| OllamaError::Variable(name));
        Self::new(&variable("ollama_url")?, variable("ollama_model")?, &variable("ollama_timeout")?)
    }

    fn new(url: &str, model: String, timeout: &str) -> Result<Self, OllamaError> {
        if url.is_empty() {
            return Err(OllamaError::NotConfigured);
        }
        let timeout = duration(timeout).ok_or(OllamaError::Variable("ollama_timeout"))?;
        Ok(Self { url: url.trim_end_matches('/').to_owned(), model, timeout })
    }

    /// Its answer to a body of `/api/chat`, at most `most_bytes` of it, in the time it may take.
    ///
    /// # Errors
    /// If it is away, slow, or answers something else than JSON.
    pub fn chat(&self, body: &Value, most_bytes: usize) -> Result<Vec<u8>, FetchError> {
        fetch_json(&format!("{}/api/chat", self.url), Some(body), self.timeout, most_bytes)
    }

    /// How it is, for `/ready`.
    pub fn state(&self) -> &'static str {
        match fetch_json(&format!("{}/api/tags", self.url), None, LOOK, MOST_LISTED) {
            Ok(body) => self.state_by(&body),
            Err(FetchError::Failed(error)) => match error {
                fetch::Error::Address => "degraded: ollama_url is no address",
                fetch::Error::Denied
                | fetch::Error::Unreachable(_)
                | fetch::Error::BrokenOff(_) => "degraded: unreachable",
                fetch::Error::TimedOut => "degraded: slow",
                fetch::Error::TooLarge(_) => "degraded: not Ollama",
            },
            Err(FetchError::Status(_) | FetchError::NotJson) => "degraded: not Ollama",
        }
    }

    fn state_by(&self, body: &[u8]) -> &'static str {
        #[derive(Deserialize)]
        struct Tags {
            models: Vec<Model>,
        }
        #[derive(Deserialize)]
        struct Model {
            name: String,
        }
        let Ok(tags) = serde_json::from_slice::<Tags>(body) else { return "degraded: not Ollama" };
        let is_ours = |model: &Model| {
            model.name == self.model || model.name.strip_suffix(":latest") == Some(&self.model)
        };
        if tags.models.iter().any(is_ours) { "connected" } else { "degraded: the model is missing" }
    }
}

/// `8s`, `500ms`; up to a minute.
fn duration(text: &str) -> Option<Duration> {
    let duration = match text.strip_suffix("ms") {
        Some(milliseconds) => Duration::from_millis(milliseconds.parse().ok()?),
        None => Duration::from_secs(text.strip_suffix('s')?.parse().ok()?),
    };
    (duration > Duration::ZERO && duration <= Duration::from_secs(60)).then_some(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ollama(url: &str, timeout: &str) -> Result<Ollama, OllamaError> {
        Ollama::new(url, "llama3.2".to_owned(), timeout)
    }

    #[test]
    fn without_an_address_there_is_no_model() {
        assert_eq!(ollama("", "8s"), Err(OllamaError::NotConfigured));
        let found = ollama("http://127.0.0.1:11434/", "500ms").unwrap();
        assert_eq!(found.url, "http://127.0.0.1:11434");
        assert_eq!(found.timeout, Duration::from_millis(500));
        for timeout in ["", "8", "s", "0s", "-1s", "61s", "soon"] {
            let expected = Err(OllamaError::Variable("ollama_timeout"));
            assert_eq!(ollama("http://x", timeout), expected, "{timeout}");
        }
    }

    #[test]
    fn it_is_connected_where_it_has_the_model() {
        let ollama = ollama("http://127.0.0.1:11434", "8s").unwrap();
        for (body, expected) in [
            (r#"{"models":[{"name":"llama3.2:latest","size":1}]}"#, "connected"),
            (r#"{"models":[{"name":"llama3.2"}]}"#, "connected"),
            (r#"{"models":[{"name":"llama3.2:1b"}]}"#, "degraded: the model is missing"),
            (r#"{"models":[]}"#, "degraded: the model is missing"),
            ("{}", "degraded: not Ollama"),
            ("Ollama is running", "degraded: not Ollama"),
        ] {
            assert_eq!(ollama.state_by(body.as_bytes()), expected, "{body}");
        }
    }
}
