//! The language model, asked once a request at most. Whatever goes wrong is noted; the user is
//! answered without it.

use std::io::Read as _;

use assistant::model::{Consultation, MOST_BYTES};
use domain::Origin;
use service::{Ollama, OllamaError};

/// How many bytes a prompt may have.
const MOST_PROMPT: u64 = 64 * 1024;

/// A model, and what it has said.
pub struct Model {
    origin: Origin,
    /// A turn may be decided several times; the sentence stays the same.
    said: Option<Option<Vec<u8>>>,
}

/// A prompt that nobody can read.
#[derive(Debug, thiserror::Error)]
#[error("prompts/{name}.txt")]
struct PromptError {
    name: &'static str,
    source: std::io::Error,
}

impl Model {
    pub fn new(origin: &Origin) -> Self {
        Self { origin: origin.clone(), said: None }
    }

    pub fn consult(&mut self, about: &Consultation<'_>) -> Option<Vec<u8>> {
        if self.said.is_none() {
            self.said = Some(self.ask(about));
        }
        self.said.clone().flatten()
    }

    fn ask(&self, about: &Consultation<'_>) -> Option<Vec<u8>> {
        let ollama = match Ollama::configured() {
            Ok(ollama) => ollama,
            Err(OllamaError::NotConfigured) => return None,
            Err(error) => {
                service::warn(&self.origin, "the model is not asked", &error);
                return None;
            }
        };
        let prompts: Result<Vec<String>, PromptError> =
            about.prompts().iter().map(|name| prompt(name)).collect();
        let prompts = match prompts {
            Ok(prompts) => prompts,
            Err(error) => {
                service::warn(
                    &self.origin,
                    "a prompt can't be read; the model is not asked",
                    &error,
                );
                return None;
            }
        };
        let body = about.request(&ollama.model, &prompts);
        match ollama.chat(&body, MOST_BYTES) {
            Ok(answer) => Some(answer),
            Err(error) => {
                service::warn(&self.origin, "the model does not answer", &error);
                None
            }
        }
    }
}

/// A file of `prompts/`, which the manifest mounts.
fn prompt(name: &'static str) -> Result<String, PromptError> {
    let failed = |source| PromptError { name, source };
    let file = std::fs::File::open(format!("/prompts/{name}.txt")).map_err(failed)?;
    let mut text = String::new();
    file.take(MOST_PROMPT).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}
