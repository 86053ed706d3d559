use chrono::NaiveDateTime;
use uuid::Uuid;

/// What is to be told.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The reminder.
    pub reminder_id: Uuid,
    /// Its task.
    pub task_id: Uuid,
    /// This delivery of it: the same for each attempt, so that receivers who know such ids can tell a second one.
    pub delivery_id: Uuid,
    /// The task's title.
    pub title: String,
    /// The task's description.
    pub description: Option<String>,
    /// When the task is due.
    pub due: Option<Due>,
    /// It comes late, because the system was away.
    pub late: bool,
    /// What became of an earlier attempt is not known, so this may be a duplicate.
    pub repeated: bool,
    /// In which it is told.
    pub language: Language,
    /// Where the task can be seen.
    pub link: Option<String>,
    /// Where to say that one wants no more of these.
    pub unsubscribe: Option<String>,
}

/// When a task is due, on the wall of its user.
#[derive(Debug, Clone)]
pub struct Due {
    /// What the wall's clock says; of a whole day, only the day counts.
    pub at: NaiveDateTime,
    /// Some time on that day.
    pub all_day: bool,
    /// Where the wall is, such as `Asia/Karachi`.
    pub timezone: String,
}

/// A language that we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Language {
    English,
    Urdu,
}

impl Language {
    /// By its tag, as users have it; English unless it is known.
    pub fn parse(tag: &str) -> Self {
        if tag == "ur" { Self::Urdu } else { Self::English }
    }

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Urdu => "ur",
        }
    }

    /// How it runs, as HTML's `dir` says it.
    pub(crate) fn direction(self) -> &'static str {
        match self {
            Self::English => "ltr",
            Self::Urdu => "rtl",
        }
    }
}
