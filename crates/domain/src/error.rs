use crate::suggestion::suggestion;

/// How many wrong fields one answer names.
const MOST: usize = 20;

/// What is wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The document is a list, a number, …
    #[error("the body must be a JSON object")]
    NotAnObject,
    /// One or more fields (of a document) or parameters (of a query) are wrong; never empty.
    #[error("{}", .0.first().map(ToString::to_string).unwrap_or_default())]
    Fields(Vec<FieldError>),
}

/// What is wrong with one field, and what it may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// There is no such field.
    #[error("{field} is not {of}{}", did_you_mean(.suggestion))]
    Unknown {
        /// As the client wrote it, shortened.
        field: String,
        /// What it is not, such as "a field of a task".
        of: &'static str,
        /// The field that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// The field is shown and can't be set.
    #[error("{field} can't be set{}", .instead.map(|how| format!("; {how}")).unwrap_or_default())]
    ReadOnly {
        /// Its name.
        field: &'static str,
        /// What changes it.
        instead: Option<&'static str>,
    },
    /// The value doesn't follow its grammar.
    #[error("{field}: {reason}")]
    Malformed {
        /// Its name.
        field: &'static str,
        /// Where, and what was expected there.
        reason: String,
    },
    /// Only one of the two can be.
    #[error("{field} can't be set beside {other}")]
    Beside {
        /// Its name.
        field: &'static str,
        /// The one that is there, too.
        other: &'static str,
    },
    /// The value is not what the field takes.
    #[error("{field} must be {expected}")]
    Invalid {
        /// Its name.
        field: &'static str,
        /// What the field may be.
        expected: &'static str,
    },
}

impl FieldError {
    /// What is wrong with `field`, which is one of `known` (names, and what they may be) or not
    /// `of` that kind at all.
    pub(crate) fn among(
        known: &[(&'static str, &'static str)],
        field: &str,
        of: &'static str,
    ) -> Self {
        if let Some(&(field, expected)) = known.iter().find(|(name, _)| *name == field) {
            return Self::Invalid { field, expected };
        }
        let suggestion = suggestion(field, known.iter().map(|(name, _)| *name));
        Self::Unknown { field: field.chars().take(50).collect(), of, suggestion }
    }

    /// Which field is wrong.
    pub fn field(&self) -> &str {
        match self {
            Self::Unknown { field, .. } => field,
            Self::ReadOnly { field, .. }
            | Self::Malformed { field, .. }
            | Self::Beside { field, .. }
            | Self::Invalid { field, .. } => field,
        }
    }
}

fn did_you_mean(suggestion: &Option<&'static str>) -> String {
    suggestion.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// Collects what is wrong with every field, so that a client hears of all at once.
#[derive(Default)]
pub(crate) struct Errors(Vec<FieldError>);

impl Errors {
    pub fn push(&mut self, error: FieldError) {
        if self.0.len() < MOST {
            self.0.push(error);
        }
    }

    /// The value; where there is none, what is wrong with it is noted.
    pub fn keep<T>(&mut self, value: Option<T>, wrong: impl FnOnce() -> FieldError) -> Option<T> {
        if value.is_none() {
            self.push(wrong());
        }
        value
    }

    pub fn finish<T>(self, value: T) -> Result<T, Error> {
        if self.0.is_empty() { Ok(value) } else { Err(Error::Fields(self.0)) }
    }
}
