//! Application variables: where their values come from, and `{{ templates }}` of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// `[variables]` of a manifest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VariableDeclaration {
    /// The value where no provider has one. None means required.
    pub default: Option<String>,
    /// Its value is never printed.
    pub secret: bool,
}

/// Where values come from.
#[derive(Clone)]
pub enum Provider {
    /// Values that are known already.
    Static(BTreeMap<String, String>),
    /// `SPIN_VARIABLE_<UPPER>` of the environment, then of a `.env` file if one is given.
    Environment {
        /// A file of `NAME=value` lines; a missing one is no error.
        dotenv: Option<PathBuf>,
    },
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
    #[error("variable {0} is required and has no value; set SPIN_VARIABLE_{upper}", upper = .0.to_uppercase())]
    Missing(String),
    /// The template is malformed.
    #[error("malformed template: {0}")]
    Template(String),
    /// The `.env` file can't be read.
    #[error("can't read the variables of {path}: {reason}")]
    Provider {
        /// Which file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Variables {
    /// Takes each declared variable from the first provider that has it, else from its default.
    pub fn new(
        declarations: &BTreeMap<String, VariableDeclaration>,
        providers: &[Provider],
    ) -> Result<Self, VariableError> {
        let _ = (declarations, providers);
        Ok(Self { values: BTreeMap::new() })
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
        Ok(template.to_owned())
    }
}
