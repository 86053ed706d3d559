use std::borrow::Cow;

use uuid::Uuid;

use crate::error::Errors;
use crate::filter::Filter;
use crate::query::{CURSOR, LIMIT, PARAMETER, STATUS, limit, text};
use crate::task_fields::{DEFAULT_TIMEZONE, MOST_TAG, TIMEZONE, timezone};
use crate::{Error, FieldError, Page, Priority, Status};

/// Which tasks: the query string of `GET /api/tasks`.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskQuery {
    /// The newest first, of one status or of any but the trash: what an index has in this order.
    Newest {
        /// One of them; active and completed ones where it is `None`.
        status: Option<Status>,
        /// Which part of them.
        page: Page,
    },
    /// Those that are chosen or ordered in another way: all of the user's tasks are looked at.
    Chosen(Box<ChosenTasks>),
}

/// Tasks that are chosen or ordered.
#[derive(Debug, Clone, PartialEq)]
pub struct ChosenTasks {
    /// Of which status they may be.
    pub status: Option<Status>,
    /// What else they have to be.
    pub filter: Filter,
    /// Words of title and description, as a web search has them.
    pub text: Option<String>,
    /// IANA's name of the time zone in which days are meant; whether it exists, only Postgres knows.
    pub timezone: String,
    /// What they are ordered by.
    pub sort: Sort,
    /// The greatest first.
    pub descending: bool,
    /// How many at most.
    pub limit: u32,
    /// The last task of the page before.
    pub after: Option<Place>,
    /// Tells this query from others: a place in one list is none in another.
    fingerprint: u32,
}

/// What tasks are ordered by; those without it come last, and equal ones in the order of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the fields'")]
pub enum Sort {
    Created,
    Updated,
    Due,
    Priority,
    Title,
}

/// A task's place in a list: what it is ordered by, as the statement writes it, and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "see above")]
pub struct Place {
    pub key: String,
    pub id: Uuid,
}

pub(crate) const PARAMETERS: [(&str, &str); 11] = [
    STATUS,
    ("priority", "low, medium or high"),
    ("tag", "1 to 100 characters"),
    ("due_before", A_TIME),
    ("due_after", A_TIME),
    ("q", "1 to 200 characters"),
    ("filter", "an expression such as due < now+7d & priority = high"),
    ("sort", "created, updated, due, priority or title, with - before it for the greatest first"),
    TIMEZONE,
    LIMIT,
    CURSOR,
];
/// How many characters may be looked for.
pub(crate) const MOST_WORDS: usize = 200;
const A_TIME: &str = "an RFC 3339 date-time, a day such as 2026-11-21, now or today, and then, if need be, +7d or -1h";
pub(crate) const SORTS: [(&str, Sort); 5] = [
    ("created", Sort::Created),
    ("updated", Sort::Updated),
    ("due", Sort::Due),
    ("priority", Sort::Priority),
    ("title", Sort::Title),
];

impl Default for TaskQuery {
    fn default() -> Self {
        Self::Newest { status: None, page: Page::default() }
    }
}

impl TaskQuery {
    /// Reads the decoded parameters of a query string.
    ///
    /// # Errors
    /// For a parameter that there is not, or whose value is wrong: each is named.
    pub fn parse<'a>(
        parameters: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, Error> {
        let mut errors = Errors::default();
        let mut chosen = ChosenTasks::default();
        let (mut of_status, mut cursor) = (None, None);
        let mut others = Vec::new();
        for (name, value) in parameters {
            let wrong = || FieldError::among(&PARAMETERS, &name, PARAMETER);
            match &*name {
                "status" => of_status = errors.keep(Status::parse(&value), wrong),
                "limit" => chosen.limit = errors.keep(limit(&value), wrong).unwrap_or_default(),
                "cursor" => cursor = Some(value),
                _ => {
                    if let Err(error) = chosen.set(&name, &value) {
                        errors.push(error.unwrap_or_else(wrong));
                    }
                    others.push(format!("{name}={value}\n"));
                }
            }
        }
        let no_cursor = || FieldError::among(&PARAMETERS, CURSOR.0, PARAMETER);
        if others.is_empty() {
            let after = cursor.and_then(|cursor| errors.keep(cursor.parse().ok(), no_cursor));
            let page = Page { limit: chosen.limit, after };
            return errors.finish(Self::Newest { status: of_status, page });
        }
        if let Some(status) = of_status {
            chosen.status = Some(status);
            others.push(format!("status={}\n", status.as_str()));
        }
        chosen.fingerprint = fingerprint(others);
        chosen.after = cursor.and_then(|cursor| errors.keep(chosen.place(&cursor), no_cursor));
        errors.finish(Self::Chosen(Box::new(chosen)))
    }
}

impl Default for ChosenTasks {
    fn default() -> Self {
        Self {
            status: None,
            filter: Filter::default(),
            text: None,
            timezone: DEFAULT_TIMEZONE.to_owned(),
            sort: Sort::Created,
            descending: true,
            limit: Page::default().limit,
            after: None,
            fingerprint: 0,
        }
    }
}

impl ChosenTasks {
    /// Reads one parameter. An error without a text of its own is told as that of the parameter.
    fn set(&mut self, name: &str, value: &str) -> Result<(), Option<FieldError>> {
        match name {
            "priority" => self.filter.and_priority(known(Priority::parse(value))?),
            "tag" => self.filter.and_tag(&known(text(value, MOST_TAG))?),
            "due_before" => known(self.filter.and_due_before(value))?,
            "due_after" => known(self.filter.and_due_after(value))?,
            "q" => self.text = Some(known(text(value, MOST_WORDS))?),
            "filter" => self.filter.and(value).map_err(|error| {
                Some(FieldError::Malformed { field: "filter", reason: error.to_string() })
            })?,
            "sort" => {
                self.descending = value.starts_with('-');
                let name = value.strip_prefix('-').unwrap_or(value);
                self.sort = known(SORTS.iter().find(|(sort, _)| *sort == name))?.1;
            }
            "timezone" => self.timezone = known(timezone(value.into()))?,
            _ => return Err(None),
        }
        Ok(())
    }

    /// Of which status they may be: the one that was asked for, or any. What is in the trash is meant only where something is
    /// said about the status.
    pub fn statuses(&self) -> Vec<Status> {
        match self.status {
            Some(status) => vec![status],
            None if self.filter.names_status() => {
                vec![Status::Active, Status::Completed, Status::Deleted]
            }
            None => vec![Status::Active, Status::Completed],
        }
    }

    /// A place as a client keeps it.
    pub fn cursor(&self, place: &Place) -> String {
        let key: String = place.key.bytes().map(|byte| format!("{byte:02x}")).collect();
        format!("{:08x}.{key}.{}", self.fingerprint, place.id.simple())
    }

    /// `None`: it is no place in this list.
    fn place(&self, cursor: &str) -> Option<Place> {
        let (fingerprint, place) = cursor.split_once('.')?;
        let (key, id) = place.split_once('.')?;
        let is_hex = key.len().is_multiple_of(2) && key.bytes().all(|it| it.is_ascii_hexdigit());
        if fingerprint != format!("{:08x}", self.fingerprint) || !is_hex {
            return None;
        }
        let bytes = (0..key.len()).step_by(2);
        let bytes = bytes.map(|at| u8::from_str_radix(key.get(at..at + 2)?, 16).ok());
        let key = String::from_utf8(bytes.collect::<Option<_>>()?).ok()?;
        // A number or a text, as the statement reads it.
        let is_key = serde_json::from_str::<serde_json::Value>(&key)
            .is_ok_and(|key| key.is_number() || key.is_string());
        let id = Uuid::try_parse(id).ok()?;
        (is_key && !key.contains("\\u0000")).then_some(Place { key, id })
    }
}

impl Sort {
    /// Its name in the statement.
    pub fn as_str(self) -> &'static str {
        let name = SORTS.iter().find(|(_, sort)| *sort == self);
        name.map_or("created", |(name, _)| name)
    }
}

/// The value; where there is none, an error without a text of its own.
fn known<T>(value: Option<T>) -> Result<T, Option<FieldError>> {
    value.ok_or(None)
}

/// FNV-1a of what makes a query, in whichever order it was given.
fn fingerprint(mut parameters: Vec<String>) -> u32 {
    parameters.sort();
    parameters
        .iter()
        .flat_map(|parameter| parameter.bytes())
        .fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<TaskQuery, Error> {
        let pair = |it: &str| it.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
        let pairs = query.split(';').filter_map(pair);
        TaskQuery::parse(pairs.map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))))
    }

    fn chosen(query: &str) -> ChosenTasks {
        match parse(query) {
            Ok(TaskQuery::Chosen(chosen)) => *chosen,
            other => panic!("{query}: {other:?}"),
        }
    }

    #[test]
    fn a_query_without_parameters_is_the_first_page_of_everything() {
        assert_eq!(parse(""), Ok(TaskQuery::default()));
        let page = Page { limit: 7, after: None };
        let expected = TaskQuery::Newest { status: Some(Status::Completed), page };
        assert_eq!(parse("status=completed;limit=7"), Ok(expected));
    }

    #[test]
    fn wrong_parameters_are_named_all_at_once() {
        for (query, expected) in [
            ("limit=0", "limit must be a number from 1 to 100"),
            ("limit=ten", "limit must be a number from 1 to 100"),
            ("cursor=1", "cursor must be the value of next in the page before"),
            ("status=gone", "status must be active, completed, or deleted for the trash"),
            ("statu=active", "statu is not a parameter of this list; did you mean status?"),
            (
                "a=1;limit=0;sort=colour",
                "a is not a parameter of this list|limit must be a number from 1 to 100\
                 |sort must be created, updated, due, priority or title, with - before it for the greatest first",
            ),
            ("q=", "q must be 1 to 200 characters"),
            ("filter=priority = urgent", "filter: at character 12: expected low, medium, high"),
            (
                "timezone=Foo5",
                "timezone must be a name of IANA's time zones such as Europe/Madrid, or UTC",
            ),
        ] {
            let Err(Error::Fields(errors)) = parse(query) else { panic!("{query} is accepted") };
            let details: Vec<String> = errors.iter().map(ToString::to_string).collect();
            assert_eq!(details.join("|"), expected, "{query}");
        }
    }

    #[test]
    fn a_cursor_is_of_its_list() {
        let list = chosen("sort=-due;tag=home");
        assert_eq!((list.sort, list.descending), (Sort::Due, true));
        let place = Place { key: "\"آ.\"".to_owned(), id: Uuid::from_u128(7) };
        let cursor = list.cursor(&place);
        assert_eq!(
            chosen(&format!("tag=home;limit=3;cursor={cursor};sort=-due")).after,
            Some(place)
        );
        for other in ["sort=due;tag=home", "sort=-due", "tag=home;sort=-due;status=active", ""] {
            assert!(parse(&format!("{other};cursor={cursor}")).is_err(), "{other}");
        }
        let hash = &cursor[..8];
        for wrong in [".", "31", "3z", "7b7d", "31.7", "é1.00000000000000000000000000000007"] {
            assert!(
                parse(&format!("sort=-due;tag=home;cursor={hash}.{wrong}")).is_err(),
                "{wrong}"
            );
        }
    }
}
