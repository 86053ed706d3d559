//! Where the application's variables come from: `--variable`, then the runtime configuration's providers, then
//! `SPIN_VARIABLE_*` and `.env` (spinframework/spin crates/runtime-config/src/variables.rs).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spin_host::app::App;
use spin_host::variables::Provider;

use crate::args::Args;

/// The part of a runtime configuration that concerns variables. The rest is other factors' business.
#[derive(Deserialize)]
struct RuntimeConfig {
    #[serde(default, alias = "config_provider")]
    variables_provider: Vec<Configured>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Configured {
    Static { values: BTreeMap<String, String> },
    Env { prefix: Option<String>, dotenv_path: Option<PathBuf> },
}

/// Every provider, in the order in which they are asked.
pub fn providers(args: &Args, app: &App, local_app_dir: &Path) -> Result<Vec<Provider>> {
    let mut given = BTreeMap::new();
    for source in &args.variable {
        given.extend(read(source).with_context(|| format!("--variable {}", name_of(source)))?);
    }
    let mut providers = vec![Provider::Static(given)];
    if let Some(path) = &args.runtime_config_file {
        let named = || format!("runtime configuration {}", path.display());
        let text = std::fs::read_to_string(path).with_context(named)?;
        // Without the parser's excerpt, which may show a secret.
        let config: RuntimeConfig = toml::from_str(&text)
            .map_err(|error| anyhow::anyhow!("{}", error.message()))
            .with_context(named)?;
        for configured in config.variables_provider {
            providers.push(provider(configured, app).with_context(named)?);
        }
    }
    providers.push(Provider::Environment { dotenv: Some(local_app_dir.join(".env")) });
    Ok(providers)
}

fn provider(configured: Configured, app: &App) -> Result<Provider> {
    Ok(match configured {
        Configured::Static { values } => Provider::Static(values),
        Configured::Env { prefix: None, dotenv_path } => {
            Provider::Environment { dotenv: dotenv_path }
        }
        Configured::Env { prefix: Some(prefix), dotenv_path: None } => Provider::Static(
            app.variables
                .keys()
                .filter_map(|name| {
                    let value =
                        std::env::var(format!("{prefix}_{}", name.to_ascii_uppercase())).ok()?;
                    Some((name.clone(), value))
                })
                .collect(),
        ),
        Configured::Env { prefix: Some(_), dotenv_path: Some(_) } => {
            bail!("an env provider may have a prefix or a dotenv_path, not both")
        }
    })
}

/// `key=value`, `key=@file`, `@file.json` or `@file.toml`.
fn read(source: &str) -> Result<BTreeMap<String, String>> {
    if let Some(path) = source.strip_prefix('@').map(Path::new) {
        let text = || std::fs::read_to_string(path).context("can't be read");
        return match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => serde_json::from_str(&text()?).ok(),
            Some("toml") => toml::from_str(&text()?).ok(),
            _ => bail!("must end in .json or .toml"),
        }
        .context("must hold names and strings");
    }
    let (key, value) =
        source.split_once('=').context("must be KEY=VALUE, KEY=@FILE, @FILE.json or @FILE.toml")?;
    let value = match value.strip_prefix('@') {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("{path} can't be read"))?
        }
        None => value.to_owned(),
    };
    Ok(BTreeMap::from([(key.to_owned(), value)]))
}

/// What an error may show of a source: never a value.
fn name_of(source: &str) -> &str {
    if source.starts_with('@') { source } else { source.split('=').next().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_come_from_the_command_line_and_from_files() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path.display().to_string()
        };
        let plain = file("plain", "from a file");
        let json = file("v.json", r#"{"a": "1", "b": "2"}"#);
        let toml = file("v.toml", "c = \"3\"");
        let number = file("n.toml", "c = 3");
        let pairs =
            |source: &str| read(source).map(Vec::from_iter).map_err(|error| format!("{error:#}"));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(pairs("a=b=c"), Ok(vec![pair("a", "b=c")]));
        assert_eq!(pairs(&format!("a=@{plain}")), Ok(vec![pair("a", "from a file")]));
        assert_eq!(pairs(&format!("@{json}")), Ok(vec![pair("a", "1"), pair("b", "2")]));
        assert_eq!(pairs(&format!("@{toml}")), Ok(vec![pair("c", "3")]));
        assert_eq!(pairs(&format!("@{number}")), Err("must hold names and strings".into()));
        assert_eq!(pairs("@v.yaml"), Err("must end in .json or .toml".into()));
        assert!(pairs("secret").is_err_and(|error| !error.contains("secret")));
    }

    #[test]
    fn an_unknown_provider_is_refused_by_its_name() {
        let error = toml::from_str::<RuntimeConfig>(
            "[[variables_provider]]\ntype = \"vault\"\nurl = \"x\"",
        );
        let message = error.map(|_| ()).expect_err("vault is unknown").message().to_owned();
        assert!(
            message.contains("unknown variant `vault`, expected `static` or `env`"),
            "{message}"
        );
    }
}
