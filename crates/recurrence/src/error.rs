//! What is wrong with a rule, and what it may be.

/// Why there is no rule, no series, or no next time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A part of a rule, or a key of its document, that isn't what it may be.
    #[error("{part} is {value}; expected {expected}")]
    Part {
        /// `INTERVAL`, `BYDAY`, `pattern`, …
        part: String,
        /// What it says, shortened.
        value: String,
        /// What it may say.
        expected: String,
    },
    /// A part that the rule must have.
    #[error("{0} is missing; expected {1}")]
    Missing(&'static str, &'static str),
    /// Parts that don't go together: RFC 5545, section 3.3.10.
    #[error("{part} can't be there: {why}")]
    Together {
        /// The part that is too much.
        part: &'static str,
        /// The rule that it breaks.
        why: &'static str,
    },
    /// A rule that is longer than anybody needs.
    #[error("the rule has {0} characters; at most {max} are read", max = crate::parts::LONGEST)]
    Long(usize),
    /// Periods with more times than are worth listing, or than BYSETPOS can choose from, and how many may be.
    #[error(
        "BYHOUR, BYMINUTE and BYSECOND name up to {0} times in one period; at most {1} are computed"
    )]
    Dense(usize, usize),
    /// No time within what is computed at once: so many that don't count lie before it.
    #[error("no time of the rule was found within {max} steps", max = crate::series::MOST_STEPS)]
    TooFar,
}

impl Error {
    pub(crate) fn part(part: &str, value: &str, expected: impl Into<String>) -> Self {
        let mut short: String = value.chars().take(40).collect();
        if short.len() < value.len() {
            short.push('…');
        }
        let value = if short.is_empty() { "empty".to_owned() } else { short };
        Self::Part { part: part.to_owned(), value, expected: expected.into() }
    }
}
