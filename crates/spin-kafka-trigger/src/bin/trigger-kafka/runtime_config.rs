//! What of Spin's runtime configuration file concerns a Kafka trigger, and which folders follow from it (spinframework/spin
//! crates/runtime-config/src/lib.rs). The rest of the file is for other triggers and stores.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use spin_host::variables::Provider;

use crate::args::Args;

/// A runtime configuration; a missing one is empty.
#[derive(Default, Deserialize)]
pub struct RuntimeConfig {
    #[serde(default, alias = "config_provider")]
    variables_provider: Vec<Configured>,
    state_dir: Option<PathBuf>,
    log_dir: Option<PathBuf>,
    /// Bytes.
    pub max_instance_memory: Option<usize>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Configured {
    Static { values: BTreeMap<String, String> },
    Env { prefix: Option<String>, dotenv_path: Option<PathBuf> },
}

impl RuntimeConfig {
    /// Reads the file that `--runtime-config-file` names, if any.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self::default()) };
        let named = || format!("runtime configuration {}", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        // Without the parser's excerpt, which may show a secret.
        toml::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}", error.message()))
            .with_context(named)
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

    /// Where state is kept: what is said first, else `.spin` in a local application's folder.
    pub fn state_dir(&self, args: &Args) -> Option<PathBuf> {
        let default = || Some(args.local_app_dir.as_ref()?.join(".spin"));
        said(&args.state_dir, &self.state_dir, default)
    }

    /// Where components' output is kept: what is said first, else `logs` where state is kept.
    pub fn log_dir(&self, args: &Args) -> Option<PathBuf> {
        said(&args.log_dir, &self.log_dir, || Some(self.state_dir(args)?.join("logs")))
    }
}

/// The command line before the file. An empty path says that there is no such folder.
fn said(
    args: &Option<PathBuf>,
    file: &Option<PathBuf>,
    default: impl FnOnce() -> Option<PathBuf>,
) -> Option<PathBuf> {
    match args.as_ref().or(file.as_ref()) {
        Some(said) => Some(said.clone()).filter(|said| !said.as_os_str().is_empty()),
        None => default(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// The folders for state and for logs.
    fn folders(arguments: &[&str], file: &str) -> (Option<PathBuf>, Option<PathBuf>) {
        let program = ["trigger-kafka"].iter();
        let args = Args::try_parse_from(program.chain(arguments)).expect("known flags");
        let config: RuntimeConfig = toml::from_str(file).expect("a runtime configuration");
        (config.state_dir(&args), config.log_dir(&args))
    }

    #[test]
    fn folders_are_where_spin_has_them() {
        let local = "--local-app-dir";
        let (none, at) = (None::<PathBuf>, |path: &str| Some(PathBuf::from(path)));
        for (arguments, file, state, logs) in [
            (&[][..], "", none.clone(), none.clone()),
            (&[local, "/app"], "", at("/app/.spin"), at("/app/.spin/logs")),
            // What `spin up` says in the application's own folder.
            (&[local, ""], "", at(".spin"), at(".spin/logs")),
            (&[local, "/app", "--state-dir", ""], "", none.clone(), none.clone()),
            (&[local, "/app", "--state-dir", "s"], "", at("s"), at("s/logs")),
            (&[local, "/app", "-L", ""], "", at("/app/.spin"), none.clone()),
            (&["-L", "l"], "", none.clone(), at("l")),
            (&[], "state_dir = \"s\"", at("s"), at("s/logs")),
            (&["-L", "l"], "log_dir = \"other\"", none.clone(), at("l")),
            (&[local, "/app"], "log_dir = \"\"", at("/app/.spin"), none.clone()),
        ] {
            assert_eq!(folders(arguments, file), (state, logs), "{arguments:?} {file}");
        }
    }

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
            let error = format!("{error:#}");
            assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
        }
    }
}
