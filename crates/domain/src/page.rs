use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{ChosenTasks, Place, Time};

/// Which part of a list, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many items at most: 1 to [`Page::MOST`].
    pub limit: u32,
    /// The last item of the page before.
    pub after: Option<Cursor>,
}

impl Page {
    /// How many items a page may have.
    pub const MOST: u32 = 100;
}

impl Default for Page {
    fn default() -> Self {
        Self { limit: 50, after: None }
    }
}

/// One page, as the API shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "{T}Page"))]
pub struct Listing<T, C = Cursor> {
    /// At most as many as the page was to have.
    pub items: Vec<T>,
    /// Where the next page starts; null after the last one.
    pub next: Option<C>,
}

impl<T> Listing<T> {
    /// `items` are those of the page and, where there is a next page, one more.
    pub fn new(page: &Page, mut items: Vec<T>, cursor: impl FnOnce(&T) -> Cursor) -> Self {
        let limit = page.limit as usize;
        let has_next = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| has_next).map(cursor);
        Self { items, next }
    }

    /// Of a list that has cursors of its own: `found` are the items with their places.
    pub fn of_places(wanted: &ChosenTasks, mut found: Vec<(T, Place)>) -> Listing<T, String> {
        let limit = wanted.limit as usize;
        let has_next = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| has_next).map(|(_, place)| wanted.cursor(place));
        Listing { items: found.into_iter().map(|(item, _)| item).collect(), next }
    }
}

/// A place in a list that is ordered by time, then id. Items that come or go don't move it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The time of the item before.
    pub time: Time,
    /// Its id.
    pub id: Uuid,
}

/// The text is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.time.as_micros(), self.id.simple())
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let (micros, id) = text.split_once('.').ok_or(CursorError)?;
        let time = micros.parse().ok().and_then(Time::from_micros).ok_or(CursorError)?;
        let id = Uuid::try_parse(id).map_err(|_| CursorError)?;
        Ok(Self { time, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_item() {
        let cursor = Cursor {
            time: "2026-11-21T09:00:00.123456Z".parse().unwrap(),
            id: Uuid::from_u128(0x0190_aaaa_0000_7000_8000_0000_0000_0001),
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn a_page_tells_where_the_next_one_starts() {
        let cursor =
            |number: &i64| Cursor { time: Time::from_micros(*number).unwrap(), id: Uuid::nil() };
        let page = Page { limit: 2, after: None };
        let listing = Listing::new(&page, vec![3, 2, 1], cursor);
        assert_eq!((listing.items, listing.next), (vec![3, 2], Some(cursor(&2))));
        let listing = Listing::new(&page, vec![3, 2], cursor);
        assert_eq!((listing.items, listing.next), (vec![3, 2], None));
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        for text in
            ["", "1", "1.", ".0190aaaa000070008000000000000001", "x.y", "99999999999999999999.1"]
        {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
    }
}
