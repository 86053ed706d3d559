use std::borrow::Cow;

use crate::Error;
use crate::names::names;
use crate::query::read;

/// How many of the next ones: `GET /api/tasks/:id/occurrences?n=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OccurrenceQuery {
    /// 1 to [`OccurrenceQuery::MOST`].
    pub n: u32,
}

/// What a change of a task concerns: `PATCH /api/tasks/:id?scope=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PatchQuery {
    /// All of it; if nothing is said, each field has its own.
    pub scope: Option<EditScope>,
}

/// What a field of a task that comes back is changed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditScope {
    /// This one; those after it have what they would have had.
    This,
    /// This one, and all that come.
    Series,
}

names!(EditScope: This = "this", Series = "series");

pub(crate) const OCCURRENCE_PARAMETERS: [(&str, &str); 1] = [("n", "a number from 1 to 100")];
pub(crate) const PATCH_PARAMETERS: [(&str, &str); 1] = [("scope", "this or series")];

impl OccurrenceQuery {
    /// How many can be asked for at once.
    pub const MOST: u32 = 100;

    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        let of = "a parameter of occurrences";
        read(parameters, &OCCURRENCE_PARAMETERS, of, Self::default(), |query, name, value| {
            match name {
                "n" => query.n = value.parse().ok().filter(|n| (1..=Self::MOST).contains(n))?,
                _ => return None,
            }
            Some(())
        })
    }
}

impl Default for OccurrenceQuery {
    fn default() -> Self {
        Self { n: 10 }
    }
}

impl PatchQuery {
    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        let of = "a parameter of a change";
        read(parameters, &PATCH_PARAMETERS, of, Self::default(), |query, name, value| {
            match name {
                "scope" => query.scope = Some(EditScope::parse(value)?),
                _ => return None,
            }
            Some(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read() {
        let pair = |(name, value): (&'static str, &'static str)| [(name.into(), value.into())];
        let scope = |value| PatchQuery::parse(pair(("scope", value))).map(|it| it.scope);
        assert_eq!(scope("this"), Ok(Some(EditScope::This)));
        assert_eq!(scope("series"), Ok(Some(EditScope::Series)));
        assert_eq!(scope("all").unwrap_err().to_string(), "scope must be this or series");
        let n = |value| OccurrenceQuery::parse(pair(("n", value))).map(|it| it.n);
        assert_eq!((n("1"), n("100")), (Ok(1), Ok(100)));
        assert_eq!(OccurrenceQuery::parse([]).unwrap().n, 10);
        for wrong in ["0", "101", "ten"] {
            assert_eq!(n(wrong).unwrap_err().to_string(), "n must be a number from 1 to 100");
        }
    }
}
