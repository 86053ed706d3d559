use std::fmt;
use std::ops::Range;

use chrono::{NaiveDateTime, TimeDelta};
use domain::Priority;
use serde::Serialize;

/// One thing that a sentence asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// What is to be done.
    pub intent: Intent,
    /// A new task's title, or the new title of one that is renamed: words of the sentence as they were typed.
    pub title: Option<String>,
    /// When it is due; of a recurrence, its first time; of a query, the day or time that is asked about.
    pub due: Option<Due>,
    /// How it comes back.
    pub recurrence: Option<Recurrence>,
    /// How long before it is due its author wants to be reminded.
    pub reminder: Option<Lead>,
    /// How much it matters, where the sentence says so.
    pub priority: Option<Priority>,
    /// As typed, without `#`.
    pub tags: Vec<String>,
    /// Which tasks that are there already.
    pub target: Option<Target>,
    /// The language it is written in.
    pub language: Language,
    /// How likely all of the above is right, from 0 to 1.
    pub confidence: f64,
    /// Which bytes of the sentence said what, in their order, without overlaps.
    pub spans: Vec<Span>,
}

/// What a person wants. The first six are the customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Intent {
    CreateTask,
    UpdateTask,
    CompleteTask,
    DeleteTask,
    QueryTasks,
    /// A greeting, small talk, noise, a piece of a sentence.
    Unknown,
    ReopenTask,
    /// Remind again later; the due date stays.
    SnoozeReminder,
    /// Take back the last change.
    Undo,
    Help,
}

impl Intent {
    /// Its name in JSON and in Postgres.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateTask => "create_task",
            Self::UpdateTask => "update_task",
            Self::CompleteTask => "complete_task",
            Self::DeleteTask => "delete_task",
            Self::QueryTasks => "query_tasks",
            Self::Unknown => "unknown",
            Self::ReopenTask => "reopen_task",
            Self::SnoozeReminder => "snooze_reminder",
            Self::Undo => "undo",
            Self::Help => "help",
        }
    }
}

/// A language that we understand and answer in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// Urdu in Arabic script.
    #[serde(rename = "ur")]
    Urdu,
}

/// When something is due, in the author's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The local time on the wall; midnight if `all_day`.
    pub at: NaiveDateTime,
    /// Whether a day was said and no time.
    pub all_day: bool,
    /// Where time was counted ("in 2 hours"): how long after the reference. It is exact where the clock is changed
    /// in between, which `at` isn't.
    pub elapsed: Option<TimeDelta>,
}

/// How a task comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    /// RFC 5545, section 3.3.10: `FREQ=WEEKLY;BYDAY=MO`. `UNTIL` is a local date.
    pub rule: String,
    /// Counted from the completion and not from the due date ("every! 3 days").
    pub after_completion: bool,
}

/// How long before. Days are no multiples of hours where the clock is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lead {
    /// Whole days.
    pub days: u32,
    /// Minutes beside them.
    pub minutes: u32,
}

/// ISO 8601: `P1D`, `PT1H30M`, `PT0S`.
impl fmt::Display for Lead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::default() {
            return f.write_str("PT0S");
        }
        f.write_str("P")?;
        if self.days > 0 {
            write!(f, "{}D", self.days)?;
        }
        if self.minutes > 0 {
            f.write_str("T")?;
        }
        if self.minutes >= 60 {
            write!(f, "{}H", self.minutes / 60)?;
        }
        if !self.minutes.is_multiple_of(60) {
            write!(f, "{}M", self.minutes % 60)?;
        }
        Ok(())
    }
}

/// Which tasks that are there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The words that name them, as typed, without articles and the noun: `milk`, `second`, `all overdue`, `it`.
    pub words: String,
    /// What kind of words they are.
    pub kind: TargetKind,
}

/// How a target's words find tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetKind {
    /// By words of the title: `milk`.
    Title(String),
    /// By its place in the list that was shown last, from 1; -1 is the last one.
    Place(i32),
    /// What was spoken of last: "it", "that".
    Last,
    /// Every task, or every one of those: all, overdue, completed, of the due day, with the tag.
    All(Filter),
}

/// Which of all tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Filter {
    /// All that are active.
    #[default]
    Active,
    /// Active, and due in the past.
    Overdue,
    /// Done.
    Completed,
}

/// What a piece of the sentence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields of a command")]
pub enum Part {
    Intent,
    Title,
    Due,
    Recurrence,
    Reminder,
    Priority,
    Tag,
    Target,
}

/// A piece of the sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// What it says.
    pub part: Part,
    /// Its bytes.
    pub range: Range<usize>,
}
