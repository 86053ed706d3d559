//! Application variables: where their values come from, and `{{ templates }}` of them.
//!
//! Values are taken once, at load: what a process was started with is what its components see.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// `[variables]` of a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariableDeclaration {
    /// The value where no provider has one. None: required.
    pub default: Option<String>,
    /// Its value is never to be printed.
    pub secret: bool,
}

/// Where values come from.
#[derive(Clone)]
pub enum Provider {
    /// Values that are known already.
    Static(BTreeMap<String, String>),
    /// `<prefix>_<UPPER>` of the environment, then of a `.env` file if one is given.
    Environment {
        /// `SPIN_VARIABLE`, unless a runtime configuration says otherwise.
        prefix: String,
        /// A file of `NAME=value` lines; a missing one is no error.
        dotenv: Option<PathBuf>,
    },
}

impl Provider {
    /// What Spin always asks last: `SPIN_VARIABLE_<UPPER>`.
    pub fn environment(dotenv: Option<PathBuf>) -> Self {
        Provider::Environment { prefix: "SPIN_VARIABLE".into(), dotenv }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provider::Static(_) => "Static(..)",
            Provider::Environment { .. } => "Environment(..)",
        })
    }
}

/// Every variable's value, resolved once.
pub struct Variables {
    values: BTreeMap<String, Option<String>>,
}

/// Names only: any value may be a secret.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Why a variable or a template has no value. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VariableError {
    /// No such declaration.
    #[error("variable {0} is not declared")]
    Undeclared(String),
    /// Declared without a default, and no provider has it.
    #[error("variable {0} is required and has no value: set SPIN_VARIABLE_{upper}", upper = .0.to_uppercase())]
    Missing(String),
    /// The template is malformed.
    #[error("malformed template {0}: a {{{{ without its }}}}")]
    Template(String),
    /// The `.env` file can't be read.
    #[error("can't read variables from {path}: {reason}")]
    Provider {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Variables {
    /// Takes each declared variable from the first provider that has it, else from its default. One without a value is
    /// an error only when something asks for it.
    pub fn new(
        declarations: &BTreeMap<String, VariableDeclaration>,
        providers: &[Provider],
    ) -> Result<Self, VariableError> {
        let mut values: BTreeMap<String, Option<String>> =
            declarations.keys().map(|name| (name.clone(), None)).collect();
        for provider in providers {
            let dotenv = match provider {
                Provider::Environment { dotenv: Some(path), .. } => read_dotenv(path)?,
                _ => BTreeMap::new(),
            };
            for (name, value) in values.iter_mut().filter(|(_, value)| value.is_none()) {
                *value = match provider {
                    Provider::Static(known) => known.get(name).cloned(),
                    Provider::Environment { prefix, .. } => {
                        let key = format!("{prefix}_{}", name.to_uppercase());
                        std::env::var(&key).ok().or_else(|| dotenv.get(&key).cloned())
                    }
                };
            }
        }
        for (name, declaration) in declarations {
            if let Some(value @ None) = values.get_mut(name) {
                value.clone_from(&declaration.default);
            }
        }
        Ok(Self { values })
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Result<&str, VariableError> {
        match self.values.get(name) {
            Some(Some(value)) => Ok(value),
            Some(None) => Err(VariableError::Missing(name.into())),
            None => Err(VariableError::Undeclared(name.into())),
        }
    }

    /// Fills in every `{{ name }}` of a template.
    pub fn resolve(&self, template: &str) -> Result<String, VariableError> {
        let mut resolved = String::with_capacity(template.len());
        let mut rest = template;
        while let Some((literal, expression)) = rest.split_once("{{") {
            let Some((name, after)) = expression.split_once("}}") else {
                return Err(VariableError::Template(template.into()));
            };
            resolved.push_str(literal);
            resolved.push_str(self.get(name.trim())?);
            rest = after;
        }
        resolved.push_str(rest);
        Ok(resolved)
    }
}

/// Whether a name may name a variable: `[a-z][a-z0-9]*(_[a-z0-9]+)*`, as Spin has it (crates/expressions/src/lib.rs).
pub(crate) fn is_variable_name(name: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.split('_').all(word)
}

/// `NAME=value` lines; `export`, quotes around a value, comments and blank lines are understood.
fn read_dotenv(path: &Path) -> Result<BTreeMap<String, String>, VariableError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => {
            return Err(VariableError::Provider { path: path.into(), reason: error.to_string() });
        }
    };
    let mut values = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, value)) = line.strip_prefix("export ").unwrap_or(line).split_once('=')
        else {
            let reason = format!("line {} is not NAME=value", number + 1);
            return Err(VariableError::Provider { path: path.into(), reason });
        };
        values.insert(name.trim().to_owned(), unquote(value.trim()).to_owned());
    }
    Ok(values)
}

fn unquote(value: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or_else(|| value.split(" #").next().unwrap_or(value).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(default: Option<&str>) -> VariableDeclaration {
        VariableDeclaration { default: default.map(Into::into), secret: true }
    }

    fn variables(providers: &[Provider]) -> Variables {
        let declarations = BTreeMap::from([
            ("host".to_owned(), declared(Some("localhost"))),
            ("port".to_owned(), declared(None)),
        ]);
        Variables::new(&declarations, providers).unwrap()
    }

    fn given(name: &str, value: &str) -> Provider {
        Provider::Static(BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn the_first_provider_wins_and_the_default_is_last() {
        let variables = variables(&[given("port", "1"), given("port", "2")]);
        assert_eq!(variables.get("port"), Ok("1"));
        assert_eq!(variables.get("host"), Ok("localhost"));
        assert_eq!(variables.get("name"), Err(VariableError::Undeclared("name".into())));
    }

    #[test]
    fn templates_are_filled_in() {
        let variables = variables(&[given("port", "5432")]);
        for (template, resolved) in [
            ("", ""),
            ("plain { } }}", "plain { } }}"),
            ("postgres://{{ host }}:{{port}}", "postgres://localhost:5432"),
            ("{{host}}{{ host }}", "localhostlocalhost"),
        ] {
            assert_eq!(variables.resolve(template).as_deref(), Ok(resolved));
        }
        assert_eq!(
            variables.resolve("a {{ host"),
            Err(VariableError::Template("a {{ host".into()))
        );
        assert_eq!(variables.resolve("{{ x }}"), Err(VariableError::Undeclared("x".into())));
    }

    #[test]
    fn a_required_variable_is_asked_for_by_the_name_to_set() {
        let error = variables(&[]).resolve("{{ port }}").unwrap_err();
        assert_eq!(
            error.to_string(),
            "variable port is required and has no value: set SPIN_VARIABLE_PORT"
        );
    }

    #[test]
    fn values_are_never_printed() {
        let variables = variables(&[given("port", "hush")]);
        assert!(!format!("{variables:?} {:?}", given("port", "hush")).contains("hush"));
    }

    #[test]
    fn a_dotenv_file_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".env");
        std::fs::write(
            &path,
            "# comment\n\nexport SPIN_VARIABLE_PORT='54 32'\nSPIN_VARIABLE_HOST=db # here\n",
        )
        .unwrap();
        let variables = variables(&[Provider::environment(Some(path.clone()))]);
        assert_eq!((variables.get("port"), variables.get("host")), (Ok("54 32"), Ok("db")));
        std::fs::write(&path, "nonsense").unwrap();
        assert!(read_dotenv(&path).unwrap_err().to_string().ends_with("line 1 is not NAME=value"));
    }

    #[test]
    fn names() {
        for name in ["a", "a1", "a_b", "database_url", "a_1"] {
            assert!(is_variable_name(name), "{name}");
        }
        for name in ["", "A", "1a", "_a", "a_", "a__b", "a-b"] {
            assert!(!is_variable_name(name), "{name}");
        }
    }
}
