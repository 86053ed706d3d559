use std::borrow::Cow;

use crate::error::Errors;
use crate::task_fields::is_text;
use crate::{Error, FieldError, Page, Time};

/// How a task is deleted: `DELETE /api/tasks/:id?permanent=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeleteQuery {
    /// From the trash for good, and not into it.
    pub permanent: bool,
}

/// Which audit rows: `GET /api/audit?entity_id=&entity_type=&action=&actor_id=&correlation_id=&since=&until=&limit=&cursor=`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of an audit row")]
pub struct AuditQuery {
    pub entity_id: Option<String>,
    pub entity_type: Option<String>,
    pub action: Option<String>,
    pub actor_id: Option<String>,
    pub correlation_id: Option<String>,
    /// Those of this time and later.
    pub since: Option<Time>,
    /// Those before this time.
    pub until: Option<Time>,
    /// Which part of them.
    pub page: Page,
}

/// Which changes: `GET /api/changes?cursor=&limit=&wait=`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeQuery {
    /// Where they begin.
    pub after: ChangesAfter,
    /// How many at most: 1 to [`Page::MOST`].
    pub limit: u32,
    /// How many seconds to wait for one: 0 to 25.
    pub wait: u32,
}

/// Where changes begin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChangesAfter {
    /// With the first one that is kept.
    #[default]
    Beginning,
    /// With the next one.
    Now,
    /// After a place: the `next` of the part before, or an event's id in a stream.
    Position(i64),
}

/// What each parameter may be: "`limit` must be …".
pub(crate) const STATUS: (&str, &str) = ("status", "active, completed, or deleted for the trash");
pub(crate) const LIMIT: (&str, &str) = ("limit", "a number from 1 to 100");
pub(crate) const CURSOR: (&str, &str) = ("cursor", "the value of next in the page before");

pub(crate) const CHANGE_PARAMETERS: [(&str, &str); 3] = [
    ("cursor", "the value of next in the part before, or now"),
    LIMIT,
    ("wait", "a number of seconds from 0 to 25"),
];

pub(crate) const DELETE_PARAMETERS: [(&str, &str); 1] = [("permanent", "true or false")];
pub(crate) const AUDIT_PARAMETERS: [(&str, &str); 9] = [
    ("entity_id", "1 to 100 characters"),
    ("entity_type", "1 to 100 characters"),
    ("action", "1 to 50 characters"),
    ("actor_id", "1 to 100 characters"),
    ("correlation_id", "1 to 100 characters"),
    ("since", INSTANT),
    ("until", INSTANT),
    LIMIT,
    CURSOR,
];
const INSTANT: &str = "an RFC 3339 date-time such as 2026-12-01T09:00:00Z";

/// How many characters the fields of an audit row have at most.
pub(crate) const MOST_NAME: usize = 100;
pub(crate) const MOST_ACTION: usize = 50;
/// How many seconds a client may wait for a change.
pub(crate) const MOST_WAIT: u32 = 25;

impl Page {
    /// Reads the decoded parameters of a query string that says nothing but which page.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        read(parameters, &[LIMIT, CURSOR], PARAMETER, Self::default(), Self::set)
    }

    /// Reads one parameter of any list that has pages.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Option<()> {
        match name {
            "limit" => self.limit = limit(value)?,
            "cursor" => self.after = Some(value.parse().ok()?),
            _ => return None,
        }
        Some(())
    }
}

impl DeleteQuery {
    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        let of = "a parameter of a deletion";
        read(parameters, &DELETE_PARAMETERS, of, Self::default(), |query, name, value| {
            match name {
                "permanent" => query.permanent = value.parse().ok()?,
                _ => return None,
            }
            Some(())
        })
    }
}

impl AuditQuery {
    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        read(parameters, &AUDIT_PARAMETERS, PARAMETER, Self::default(), |query, name, value| {
            match name {
                "entity_id" => query.entity_id = Some(text(value, MOST_NAME)?),
                "entity_type" => query.entity_type = Some(text(value, MOST_NAME)?),
                "action" => query.action = Some(text(value, MOST_ACTION)?),
                "actor_id" => query.actor_id = Some(text(value, MOST_NAME)?),
                "since" => query.since = Some(value.parse().ok()?),
                "until" => query.until = Some(value.parse().ok()?),
                "correlation_id" => query.correlation_id = Some(text(value, MOST_NAME)?),
                _ => query.page.set(name, value)?,
            }
            Some(())
        })
    }
}

impl ChangeQuery {
    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        let first = Self { limit: Page::default().limit, ..Self::default() };
        read(parameters, &CHANGE_PARAMETERS, PARAMETER, first, |query, name, value| {
            match name {
                "cursor" => query.after = ChangesAfter::parse(value)?,
                "limit" => query.limit = limit(value)?,
                "wait" => query.wait = seconds(value)?,
                _ => return None,
            }
            Some(())
        })
    }
}

/// Reads the decoded parameters of a query string. `set` takes one, or says nothing: there is no such parameter, or its value
/// is wrong. What each may be, `known` says.
pub(crate) fn read<'a, Q>(
    parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    known: &[(&'static str, &'static str)],
    of: &'static str,
    mut query: Q,
    set: impl Fn(&mut Q, &str, &str) -> Option<()>,
) -> Result<Q, Error> {
    let mut errors = Errors::default();
    for (name, value) in parameters {
        errors.keep(set(&mut query, &name, &value), || FieldError::among(known, &name, of));
    }
    errors.finish(query)
}

impl ChangesAfter {
    /// A cursor's text.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "now" {
            return Some(Self::Now);
        }
        let position = text.parse().ok().filter(|position| *position >= 0)?;
        Some(Self::Position(position))
    }
}

fn seconds(text: &str) -> Option<u32> {
    text.parse().ok().filter(|seconds| *seconds <= MOST_WAIT)
}

pub(crate) const PARAMETER: &str = "a parameter of this list";

pub(crate) fn limit(text: &str) -> Option<u32> {
    text.parse().ok().filter(|limit| (1..=Page::MOST).contains(limit))
}

pub(crate) fn text(value: &str, most: usize) -> Option<String> {
    is_text(value, 1, most).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(query: &str) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
        let pair = |it: &'_ str| it.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
        query
            .split('&')
            .filter_map(pair)
            .map(|(name, value)| (Cow::Owned(name), Cow::Owned(value)))
            .collect()
    }

    #[test]
    fn parameters_are_read() {
        let query =
            AuditQuery::parse(pairs("entity_id=t1&correlation_id=c1&action=created")).unwrap();
        assert_eq!(query.entity_id.as_deref(), Some("t1"));
        assert_eq!(query.correlation_id.as_deref(), Some("c1"));
        assert_eq!(query.action.as_deref(), Some("created"));
    }

    #[test]
    fn changes_begin_where_the_client_says() {
        for (query, after) in [
            ("limit=7", ChangesAfter::Beginning),
            ("cursor=now", ChangesAfter::Now),
            ("cursor=12&wait=25", ChangesAfter::Position(12)),
        ] {
            assert_eq!(ChangeQuery::parse(pairs(query)).unwrap().after, after, "{query}");
        }
    }

    #[test]
    fn wrong_parameters_are_refused() {
        for wrong in ["wait=26", "wait=-1", "cursor=-1", "cursor=then", "limit=0"] {
            assert!(ChangeQuery::parse(pairs(wrong)).is_err(), "{wrong}");
        }
        assert!(AuditQuery::parse(pairs("entity_id=")).is_err());
        for query in ["permanent=yes", "permanent=", "permanently=true"] {
            assert!(DeleteQuery::parse(pairs(query)).is_err(), "{query}");
        }
        assert!(Page::parse(pairs("status=active")).is_err());
        assert_eq!(Page::parse(pairs("limit=7")).map(|page| page.limit), Ok(7));
    }
}
