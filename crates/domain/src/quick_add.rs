use std::ops::Range;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::account::LANGUAGES;
use crate::chat_command::MOST_INPUT;
use crate::fields::Fields;
use crate::task_fields::{is_text, timezone};
use crate::{DueDate, Error, Priority, Time};

/// A line that is to become tasks: the document of `POST /api/parse`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuickAdd {
    /// 1 to 2,000 characters, as they were typed.
    pub text: String,
    /// IANA's name of the time zone in which the author speaks of times; else it is the user's.
    pub timezone: Option<String>,
    /// `en` or `ur`, for lines that don't show theirs.
    pub language: Option<String>,
    /// When it was typed; else that is when it comes.
    pub now: Option<Time>,
    /// Which of its bytes say nothing but words of a title.
    pub ignore: Vec<Range<usize>>,
}

/// What each field may be: "`text` must be …".
pub(crate) const FIELDS: [(&str, &str); 5] = [
    ("text", "1 to 2,000 characters, none of them U+0000"),
    ("timezone", "a name of IANA's time zones such as Europe/Madrid, or null"),
    ("language", "en, ur or null"),
    (
        "now",
        "when the line was typed, if not now: an RFC 3339 date-time at most 366 days away, or null",
    ),
    (
        "ignore",
        "a list of at most 100 pieces of text, each as [start, end] in UTF-16 code units, or null",
    ),
];
/// How many pieces may be ignored.
pub(crate) const MOST_IGNORED: usize = 100;
/// How far from the clock a line may have been typed: one that waited, or by a clock that is wrong.
const MOST_DAYS_AWAY: u64 = 366;

impl QuickAdd {
    /// Reads a client's document at `clock`.
    ///
    /// # Errors
    /// If it is no object, or for each field that is missing, unknown or wrong.
    pub fn parse(document: Value, clock: Time) -> Result<Self, Error> {
        let mut fields = Fields::new(document, &FIELDS, "a field of a line")?;
        let line = fields.required("text", text);
        let zone = fields.optional("timezone", timezone);
        let language = fields.optional("language", language);
        let now = fields.optional("now", |value| typed(&value, clock));
        let ignore = fields.optional("ignore", |value| ranges(&value, &line)).unwrap_or_default();
        fields.finish(Self { text: line, timezone: zone, language, now, ignore })
    }
}

fn text(value: Value) -> Option<String> {
    let text = value.as_str()?;
    (is_text(text, 1, MOST_INPUT) && !text.trim().is_empty()).then(|| text.to_owned())
}

pub(crate) fn language(value: Value) -> Option<String> {
    value.as_str().filter(|name| LANGUAGES.contains(name)).map(str::to_owned)
}

fn typed(value: &Value, clock: Time) -> Option<Time> {
    let time: Time = value.as_str()?.parse().ok()?;
    let away = time.as_micros().abs_diff(clock.as_micros());
    (away <= MOST_DAYS_AWAY * 86_400_000_000).then_some(time)
}

/// Ranges of UTF-16 code units, which is how JavaScript, Java and C# count, as ranges of bytes.
fn ranges(value: &Value, text: &str) -> Option<Vec<Range<usize>>> {
    let ranges = value.as_array().filter(|ranges| ranges.len() <= MOST_IGNORED)?;
    let end = |unit: &Value| byte(text, usize::try_from(unit.as_u64()?).ok()?);
    let range = |range: &Value| match range.as_array()?.as_slice() {
        [from, to] => Some(end(from)?..end(to)?).filter(|range| range.start <= range.end),
        _ => None,
    };
    ranges.iter().map(range).collect()
}

/// Where the character begins that so many code units precede.
fn byte(text: &str, units: usize) -> Option<usize> {
    let mut before = 0;
    for (at, character) in text.char_indices() {
        if before >= units {
            return (before == units).then_some(at);
        }
        before += character.len_utf16();
    }
    (before == units).then_some(text.len())
}

/// What time it is for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Clock {
    /// Where they are.
    pub timezone: String,
    /// What Postgres' clock says, or when a line was typed.
    pub now: Time,
    /// The same on a wall there.
    pub local: NaiveDateTime,
}

/// What a line would become.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Drafts {
    /// At least one.
    pub tasks: Vec<Draft>,
    /// `en` or `ur`.
    pub language: &'static str,
}

/// A task that a line would become.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Draft {
    /// What `POST /api/tasks` takes.
    #[cfg_attr(feature = "schema", schemars(with = "crate::NewTask"))]
    pub task: TaskDraft,
    /// Which words of the line are not of the title, in their order.
    pub pieces: Vec<Piece>,
    /// How likely it is what was meant, from 0 to 1.
    pub confidence: f64,
}

/// The document of a new task, as far as a line says it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of NewTask")]
pub struct TaskDraft {
    pub title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_date: Option<DueDate>,
    pub timezone: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence_rule: Option<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder_config: Option<Map<String, Value>>,
}

/// Some words of a line, and what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Piece {
    /// What they say.
    pub part: PiecePart,
    /// The words as they were typed.
    pub text: String,
    /// How many UTF-16 code units of the line precede them.
    pub start: usize,
    /// How many UTF-16 code units of the line precede what follows them.
    pub end: usize,
}

/// What words of a line can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PiecePart {
    /// When the task is due.
    Due,
    /// How it comes back.
    Recurrence,
    /// How long before to remind.
    Reminder,
    /// How much it matters.
    Priority,
    /// What it belongs to.
    Tag,
}

impl Piece {
    /// The words in a range of the line's bytes.
    pub fn new(part: PiecePart, line: &str, range: Range<usize>) -> Self {
        let units = |end: usize| line.get(..end).unwrap_or_default().encode_utf16().count();
        let text = line.get(range.clone()).unwrap_or_default().to_owned();
        Self { part, text, start: units(range.start), end: units(range.end) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(document: Value) -> Result<QuickAdd, Error> {
        QuickAdd::parse(document, "2026-11-21T08:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_line_is_kept_as_it_was_typed() {
        let line = parse(json!({"text": " buy milk \n"})).unwrap();
        assert_eq!(line.text, " buy milk \n");
        assert_eq!((line.timezone, line.language, line.ignore), (None, None, vec![]));
        assert_eq!(line.now, None);
    }

    #[test]
    fn a_line_may_have_waited_for_a_year() {
        let typed = |now: &str| parse(json!({"text": "x", "now": now})).ok().and_then(|it| it.now);
        for now in ["2026-11-20T20:00:00Z", "2025-11-20T08:00:00Z", "2027-11-22T13:00:00+05:00"] {
            assert_eq!(typed(now), now.parse().ok(), "{now}");
        }
        for now in ["2025-11-20T07:59:59Z", "2027-11-22T08:00:01Z", "2026-11-20", "yesterday"] {
            assert_eq!(typed(now), None, "{now}");
        }
    }

    #[test]
    fn pieces_are_counted_in_utf_16() {
        // An emoji is two code units and four bytes, an Urdu letter one and two.
        let line = "🎉 کل party";
        let piece = Piece::new(PiecePart::Due, line, 5..9);
        assert_eq!((&*piece.text, piece.start, piece.end), ("کل", 3, 5));
        let again = json!({"text": line, "ignore": [[piece.start, piece.end], [0, 11], [11, 11]]});
        assert_eq!(parse(again).unwrap().ignore, [5..9, 0..15, 15..15]);
    }

    #[test]
    fn wrong_fields_are_named_with_what_they_may_be() {
        let ignore = "ignore must be a list of at most 100 pieces of text, each as [start, end] in \
                      UTF-16 code units, or null";
        let text = "text must be 1 to 2,000 characters, none of them U+0000";
        for (document, expected) in [
            (json!({}), text),
            (json!({"text": "  "}), text),
            (json!({"text": "x".repeat(2001)}), text),
            (json!({"text": "a\u{0}"}), text),
            (json!({"text": "x", "language": "fr"}), "language must be en, ur or null"),
            (
                json!({"text": "x", "timezone": "Foo5"}),
                "timezone must be a name of IANA's time zones such as Europe/Madrid, or null",
            ),
            (
                json!({"text": "x", "now": "yesterday"}),
                "now must be when the line was typed, if not now: an RFC 3339 date-time at most 366 days away, or null",
            ),
            (json!({"text": "🎉", "ignore": [[0, 1]]}), ignore),
            (json!({"text": "🎉", "ignore": [[0, 3]]}), ignore),
            (json!({"text": "ab", "ignore": [[2, 1]]}), ignore),
            (json!({"text": "ab", "ignore": [[0, 1, 2]]}), ignore),
            (json!({"text": "ab", "ignore": [[-1, 1]]}), ignore),
            (json!({"text": "ab", "ignore": vec![[0, 1]; 101]}), ignore),
            (json!({"txt": "x", "text": "x"}), "txt is not a field of a line; did you mean text?"),
        ] {
            let shown = document.to_string();
            let error = parse(document).unwrap_err();
            assert_eq!(error.to_string(), expected, "{shown:.80}");
        }
        assert_eq!(parse(json!([])), Err(Error::NotAnObject));
    }
}
