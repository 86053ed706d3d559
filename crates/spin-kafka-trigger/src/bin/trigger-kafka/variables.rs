//! Where the application's variables come from: `--variable`, then the runtime configuration's providers, then
//! `SPIN_VARIABLE_*` and the current folder's `.env` (spinframework/spin crates/runtime-config/src/variables.rs).

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use spin_host::runtime_config::RuntimeConfig;
use spin_host::variables::Provider;

use crate::args::Args;

/// Every provider, in the order in which they are asked.
pub fn providers(args: &Args, config: &RuntimeConfig) -> Result<Vec<Provider>> {
    let mut given = BTreeMap::new();
    for source in &args.variable {
        given.extend(read(source).with_context(|| format!("--variable {}", name_of(source)))?);
    }
    let last = Provider::environment(Some(".env".into()));
    Ok([Provider::Static(given)].into_iter().chain(config.providers()).chain([last]).collect())
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
}
