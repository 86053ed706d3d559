//! What of Spin's runtime configuration file concerns us (spinframework/spin crates/runtime-config/src/lib.rs). The rest of
//! it is for other triggers and stores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::variables::Provider;

/// A runtime configuration; a missing one is empty.
#[derive(Default, Deserialize)]
pub struct RuntimeConfig {
    #[serde(default, alias = "config_provider")]
    variables_provider: Vec<Configured>,
    /// Where state is kept; an empty path: nowhere.
    pub state_dir: Option<PathBuf>,
    /// Where what components write is kept; an empty path: nowhere.
    pub log_dir: Option<PathBuf>,
    /// Bytes.
    pub max_instance_memory: Option<usize>,
}

/// Why it can't be used.
#[derive(Debug, thiserror::Error)]
#[error("runtime configuration {path}: {reason}")]
pub struct RuntimeConfigError {
    path: PathBuf,
    reason: String,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Configured {
    Static { values: BTreeMap<String, String> },
    Env { prefix: Option<String>, dotenv_path: Option<PathBuf> },
}

impl RuntimeConfig {
    /// Reads the file that `--runtime-config-file` names, if any.
    pub fn load(path: Option<&Path>) -> Result<Self, RuntimeConfigError> {
        let Some(path) = path else { return Ok(Self::default()) };
        let wrong = |reason: String| RuntimeConfigError { path: path.to_owned(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        // Without the parser's excerpt, which may show a secret.
        toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))
    }

    /// Its `[[variables_provider]]`s, in the order in which they are asked.
    pub fn providers(&self) -> impl Iterator<Item = Provider> {
        self.variables_provider.iter().map(|configured| match configured {
            Configured::Static { values } => Provider::Static(values.clone()),
            Configured::Env { prefix: None, dotenv_path } => {
                Provider::environment(dotenv_path.clone())
            }
            Configured::Env { prefix: Some(prefix), dotenv_path } => {
                Provider::Environment { prefix: prefix.clone(), dotenv: dotenv_path.clone() }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_provider_is_refused_by_its_name_and_secrets_are_not_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("runtime.toml");
        for (text, expected) in [
            (
                "[[variables_provider]]\ntype = \"vault\"\ntoken = \"s3cret\"",
                "unknown variant `vault`",
            ),
            (
                "[[variables_provider]]\ntype = \"static\"\nvalues = \"s3cret",
                "invalid basic string",
            ),
        ] {
            std::fs::write(&path, text).expect("a file");
            let error = RuntimeConfig::load(Some(&path)).err().expect("refused");
            let error = error.to_string();
            assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
        }
    }
}
