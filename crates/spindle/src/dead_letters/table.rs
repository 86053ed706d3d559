//! A dead letter on one line.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

use super::record::Record;
use super::text;

/// A reason that is shortened further tells nothing; rather the line goes on below.
const LEAST_REASON: usize = 24;

/// How wide the columns are.
#[derive(Debug)]
pub struct Widths {
    id: usize,
    from: usize,
    kind: usize,
}

impl Default for Widths {
    fn default() -> Self {
        Self { id: ID.len(), from: FROM.len(), kind: KIND.len() }
    }
}

const ID: &str = "ID";
const WHEN: &str = "LAST FAILURE";
const FROM: &str = "FROM";
const KIND: &str = "KIND";
const ATTEMPTS: &str = "TRIES";
const REASON: &str = "REASON";

impl Widths {
    /// Makes room for a letter.
    pub fn fit(&mut self, letter: &Record) {
        let cells = Cells::of(letter);
        self.id = self.id.max(cells.id.len());
        self.from = self.from.max(cells.from.width());
        self.kind = self.kind.max(cells.kind.width());
    }

    pub fn header(&self) -> String {
        let Self { id, from, kind } = *self;
        format!("{ID:id$}  {WHEN:20}  {FROM:from$}  {KIND:kind$}  {ATTEMPTS:>5}  {REASON}")
    }

    /// A letter in so many columns. One that was sent again says so.
    pub fn row(&self, letter: &Record, replayed: Option<DateTime<Utc>>, columns: usize) -> String {
        let cells = Cells::of(letter);
        let pad = |text: &str, width: usize| {
            format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
        };
        let row = format!(
            "{}  {:20}  {}  {}  {:>5}  ",
            pad(&cells.id, self.id),
            cells.when,
            pad(&cells.from, self.from),
            pad(&cells.kind, self.kind),
            cells.attempts,
        );
        let reason = match replayed {
            Some(time) => format!("(sent again {}) {}", seconds(time), cells.reason),
            None => cells.reason,
        };
        let left = columns.saturating_sub(row.width()).max(LEAST_REASON);
        format!("{row}{}", text::shortened(&reason, left))
    }
}

/// As text, safe for a terminal.
struct Cells {
    id: String,
    when: String,
    from: String,
    kind: String,
    attempts: String,
    reason: String,
}

impl Cells {
    fn of(letter: &Record) -> Self {
        let story = |name| letter.story(name).map_or("-".to_owned(), |text| text::line(&text));
        Self {
            id: letter.id.to_string(),
            when: letter.failed().map_or("-".to_owned(), seconds),
            from: letter.source().map_or_else(|| story("topic"), |source| source.to_string()),
            kind: story("kind"),
            attempts: story("attempts"),
            reason: story("reason"),
        }
    }
}

/// As `--since` takes it.
pub fn seconds(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A dead letter as a line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    id: String,
    group: Option<&'a str>,
    component: Option<&'a str>,
    topic: Option<&'a str>,
    partition: Option<i32>,
    offset: Option<i64>,
    kind: Option<&'a str>,
    attempts: Option<u32>,
    first_failure: Option<&'a str>,
    last_failure: Option<&'a str>,
    reason: Option<&'a str>,
    key: Option<String>,
    /// Of the value; a tombstone has none.
    bytes: Option<usize>,
    replayed_at: Option<DateTime<Utc>>,
}

pub fn json(letter: &Record, replayed_at: Option<DateTime<Utc>>) -> serde_json::Result<String> {
    let (group, component, topic) =
        (letter.story("group"), letter.story("component"), letter.source_topic());
    let (kind, reason) = (letter.story("kind"), letter.story("reason"));
    let (first, last) = (letter.story("first-failure"), letter.story("last-failure"));
    let source = letter.source();
    let line = serde_json::to_string(&Line {
        id: letter.id.to_string(),
        group: group.as_deref(),
        component: component.as_deref(),
        topic: topic.as_deref(),
        partition: source.as_ref().map(|source| source.partition),
        offset: source.as_ref().map(|source| source.offset),
        kind: kind.as_deref(),
        attempts: letter.story("attempts").and_then(|text| text.parse().ok()),
        first_failure: first.as_deref(),
        last_failure: last.as_deref(),
        reason: reason.as_deref(),
        key: letter.key.as_ref().map(|key| String::from_utf8_lossy(key).into_owned()),
        bytes: letter.value.as_ref().map(Vec::len),
        replayed_at,
    })?;
    Ok(text::json(&line))
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::{letter, with};
    use super::*;

    fn table(letters: &[Record], columns: usize) -> String {
        let mut widths = Widths::default();
        letters.iter().for_each(|letter| widths.fit(letter));
        let rows = letters.iter().map(|letter| widths.row(letter, None, columns));
        std::iter::once(widths.header()).chain(rows).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_table_is_as_wide_as_the_terminal() {
        let long = "the value is no event: missing field `event_id` at line 1 column 2";
        let letters = [letter(7), with(with(letter(12), "kind", "reject"), "reason", long)];
        let expected = "\
ID                            LAST FAILURE          FROM              KIND    TRIES  REASON
audit-write.dead-letter/0/7   2026-11-21T09:15:07Z  task-events/2/55  retry       3  no such user
audit-write.dead-letter/0/12  2026-11-21T09:15:07Z  task-events/2/55  reject      3  the value is no event: missing fie…";
        assert_eq!(table(&letters, 120), expected);
    }

    #[test]
    fn what_a_stranger_wrote_stays_on_its_line() {
        let hostile = with(with(letter(7), "reason", "a\n\u{1b}[2Jb"), "kind", "\u{202e}x\r");
        let bare = Record { headers: Vec::new(), ..letter(8) };
        let table = table(&[hostile, bare], 200);
        assert_eq!(table.lines().count(), 3);
        assert!(
            table.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'),
            "{table:?}"
        );
        assert!(table.contains("a\\n\\u{1b}[2Jb"), "{table}");
    }

    #[test]
    fn a_letter_that_was_sent_again_says_when() {
        let mut widths = Widths::default();
        widths.fit(&letter(7));
        let row = widths.row(&letter(7), letter(7).written, 200);
        assert!(row.ends_with("(sent again 2026-11-21T09:15:08Z) no such user"), "{row}");
    }

    #[test]
    fn a_line_of_json_has_everything_but_the_value() {
        let line: serde_json::Value =
            serde_json::from_str(&json(&letter(7), None).unwrap()).unwrap();
        let expected = serde_json::json!({
            "id": "audit-write.dead-letter/0/7",
            "group": "audit-write", "component": "audit-write",
            "topic": "task-events", "partition": 2, "offset": 55,
            "kind": "retry", "attempts": 3,
            "first_failure": "2026-11-21T09:15:00.000Z", "last_failure": "2026-11-21T09:15:07.250Z",
            "reason": "no such user", "key": "t1", "bytes": 7, "replayed_at": null,
        });
        assert_eq!(line, expected);
    }

    #[test]
    fn a_line_of_json_is_safe_on_a_terminal_too() {
        let line = json(&with(letter(7), "reason", "a\u{9b}2J"), None).unwrap();
        assert!(line.contains("a\\u009b2J"), "{line}");
    }
}
