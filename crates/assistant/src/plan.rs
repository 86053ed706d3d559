//! What is to be done with tasks, as far as it is said.

use chrono::{Days, NaiveDateTime, NaiveTime};
use domain::{Priority, Time};
use language::{Command, Intent, Part, Recurrence};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What can be done with tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verb {
    Create,
    Update,
    Complete,
    Reopen,
    Delete,
    Snooze,
}

impl Verb {
    pub fn of(intent: Intent) -> Option<Self> {
        match intent {
            Intent::CreateTask => Some(Self::Create),
            Intent::UpdateTask => Some(Self::Update),
            Intent::CompleteTask => Some(Self::Complete),
            Intent::ReopenTask => Some(Self::Reopen),
            Intent::DeleteTask => Some(Self::Delete),
            Intent::SnoozeReminder => Some(Self::Snooze),
            Intent::QueryTasks | Intent::Unknown | Intent::Undo | Intent::Help => None,
        }
    }

    pub fn intent(self) -> Intent {
        match self {
            Self::Create => Intent::CreateTask,
            Self::Update => Intent::UpdateTask,
            Self::Complete => Intent::CompleteTask,
            Self::Reopen => Intent::ReopenTask,
            Self::Delete => Intent::DeleteTask,
            Self::Snooze => Intent::SnoozeReminder,
        }
    }
}

/// Something to be done that waits for an answer, or is done now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Draft {
    pub verb: Verb,
    /// With which tasks; none for a new one.
    pub tasks: Vec<Uuid>,
    pub fields: Fields,
    /// Whether its author wants to be reminded.
    pub reminds: bool,
}

/// What a sentence says of a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fields {
    pub title: Option<String>,
    pub due: Option<When>,
    pub recurrence: Option<Rule>,
    /// How long before the due date to remind, an ISO 8601 duration.
    pub lead: Option<String>,
    pub priority: Option<Priority>,
    pub tags: Vec<String>,
}

/// A time as people say it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct When {
    /// On the wall of its author; midnight if `all_day`.
    pub at: NaiveDateTime,
    pub all_day: bool,
    /// The exact instant, where time was counted ("in 2 hours").
    pub instant: Option<Time>,
    /// Whether only a time of day was said: of which day, the task knows.
    #[serde(default)]
    pub time_only: bool,
    /// Whether nobody said when: it is what a recurrence that names no days begins with.
    #[serde(default)]
    pub assumed: bool,
}

/// How a task comes back: RFC 5545, section 3.3.10.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub rrule: String,
    pub after_completion: bool,
}

impl Rule {
    pub fn of(recurrence: &Recurrence) -> Self {
        let &Recurrence { ref rule, after_completion } = recurrence;
        Self { rrule: rule.clone(), after_completion }
    }
}

impl Fields {
    /// What `command` says, which was found in `sentence` at `local`, the wall's `now`.
    pub fn of(command: &Command, sentence: &str, local: NaiveDateTime, now: Time) -> Self {
        Self {
            title: command.title.clone(),
            due: command.due.map(|due| When {
                at: due.at,
                all_day: due.all_day,
                instant: due.elapsed.and_then(|elapsed| {
                    let micros = now.as_micros().checked_add(elapsed.num_microseconds()?)?;
                    Time::from_micros(micros)
                }),
                time_only: is_time_only(command, sentence, local),
                assumed: is_assumed(command),
            }),
            recurrence: command.recurrence.as_ref().map(Rule::of),
            lead: command.reminder.map(|lead| lead.to_string()),
            priority: command.priority,
            tags: command.tags.clone(),
        }
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Lays what was said later over it.
    pub fn correct(&mut self, later: Self, local: NaiveDateTime) {
        if let Some(due) = later.due {
            self.due = Some(due.beside(self.due, local));
        }
        self.title = later.title.or(self.title.take());
        self.recurrence = later.recurrence.or(self.recurrence.take());
        self.lead = later.lead.or(self.lead.take());
        self.priority = later.priority.or(self.priority);
        for tag in later.tags {
            add_tag(&mut self.tags, tag);
        }
    }
}

/// A tag is there once, whatever its case.
pub(crate) fn add_tag(tags: &mut Vec<String>, tag: String) {
    if !tags.iter().any(|other| other.to_lowercase() == tag.to_lowercase()) {
        tags.push(tag);
    }
}

/// Whether a due date is only where a recurrence begins that would fit any day.
fn is_assumed(command: &Command) -> bool {
    let names_days = |it: &Recurrence| it.rule.contains(";BY");
    command.recurrence.as_ref().is_some_and(|it| !names_days(it))
        && !command.spans.iter().any(|span| span.part == Part::Due)
}

/// Whether the words of a due date are the same on every day: said on another day, they mean that
/// day. "Today" does too, and means today.
fn is_time_only(command: &Command, sentence: &str, local: NaiveDateTime) -> bool {
    let Some(due) = command.due.filter(|due| !due.all_day && due.elapsed.is_none()) else {
        return false;
    };
    // A new task has no other day that a time could be of.
    let is_new = command.intent == Intent::CreateTask && command.title.is_some();
    if is_new || command.recurrence.is_some() {
        return false;
    }
    let said: String = command
        .spans
        .iter()
        .filter(|span| span.part == Part::Due)
        .filter_map(|span| sentence.get(span.range.clone()))
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    if said.is_empty() || ["today", "tonight", "آج"].iter().any(|word| said.contains(word)) {
        return false;
    }
    let Some(other_day) = local.date().checked_add_days(Days::new(100)) else { return false };
    let midnight = other_day.and_time(NaiveTime::MIN);
    let again = language::parse(&said, midnight, Some(command.language));
    again.first().and_then(|it| it.due).is_some_and(|it| it.at == other_day.and_time(due.at.time()))
}

impl When {
    /// As a document's `due_date`: an instant, a day, or a local time in the task's time zone.
    pub fn to_due_date(self) -> String {
        match self.instant {
            Some(instant) => instant.to_string(),
            None if self.all_day => self.at.date().to_string(),
            None => self.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
        }
    }

    /// What it means for a task that is due at `old`: a time alone is of the same day, a day alone
    /// keeps the time, as long as that is not over.
    pub fn beside(self, old: Option<When>, local: NaiveDateTime) -> Self {
        let Some(old) = old.filter(|_| self.instant.is_none()) else { return self };
        let moved = if self.time_only {
            Self { at: old.at.date().and_time(self.at.time()), ..self }
        } else if self.all_day && !old.all_day {
            Self { at: self.at.date().and_time(old.at.time()), all_day: false, ..self }
        } else {
            return self;
        };
        if moved.at >= local { moved } else { self }
    }
}

/// What a task keeps of a reminder. The keys are `lead_time`, how long before the due date as an ISO 8601
/// duration (`PT30M`, `P1D`, `PT0S`), and, of one that was put off, `snoozed_until`: an instant, or
/// a local time in the task's time zone. Others are left as they are.
pub(crate) fn reminder_config(old: Option<&Map<String, Value>>, key: &str, value: String) -> Value {
    let mut config = old.cloned().unwrap_or_default();
    if key == "lead_time" {
        // What was said before of when.
        for other in ["at", "lead", "snoozed_until"] {
            config.remove(other);
        }
    }
    config.insert(key.to_owned(), value.into());
    config.into()
}

/// What a task keeps of a recurrence: `rrule` as RFC 5545 has it, without its name and with local
/// dates, and whether it is counted from the completion.
pub(crate) fn recurrence_rule(rule: &Rule) -> Value {
    json!({"rrule": rule.rrule, "after_completion": rule.after_completion})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    fn when(text: &str) -> When {
        When { at: at(text), all_day: false, instant: None, time_only: false, assumed: false }
    }

    fn day(text: &str) -> When {
        When {
            at: at(&format!("{text}T00:00:00")),
            all_day: true,
            instant: None,
            time_only: false,
            assumed: false,
        }
    }

    #[test]
    fn a_due_date_is_written_as_it_was_said() {
        assert_eq!(when("2026-11-22T17:00:00").to_due_date(), "2026-11-22T17:00:00");
        assert_eq!(day("2026-11-22").to_due_date(), "2026-11-22");
        let instant = "2026-11-21T09:30:00.5Z".parse().ok();
        let counted = When { instant, ..when("2026-11-21T14:30:00") };
        assert_eq!(counted.to_due_date(), "2026-11-21T09:30:00.5Z");
    }

    #[test]
    fn a_time_is_of_the_tasks_day_and_a_day_keeps_the_tasks_time() {
        let local = at("2026-11-21T12:00:00");
        let old = Some(when("2026-11-23T17:00:00"));
        let six = When { time_only: true, ..when("2026-11-21T18:00:00") };
        assert_eq!(six.beside(old, local).at, at("2026-11-23T18:00:00"));
        let friday = day("2026-11-27").beside(old, local);
        assert_eq!((friday.at, friday.all_day), (at("2026-11-27T17:00:00"), false));
        // An overdue task's day is over.
        assert_eq!(six.beside(Some(when("2026-11-01T17:00:00")), local), six);
        assert_eq!(six.beside(None, local), six);
        assert_eq!(day("2026-11-27").beside(Some(day("2026-11-23")), local), day("2026-11-27"));
    }

    #[test]
    fn a_correction_replaces_what_it_names() {
        let mut fields = Fields {
            title: Some("call mom".to_owned()),
            due: Some(when("2026-11-23T17:00:00")),
            tags: vec!["home".to_owned()],
            ..Fields::default()
        };
        let later = Fields {
            due: Some(when("2026-11-24T18:00:00")),
            priority: Some(Priority::High),
            tags: vec!["Home".to_owned(), "family".to_owned()],
            ..Fields::default()
        };
        fields.correct(later, at("2026-11-21T12:00:00"));
        assert_eq!(fields.title.as_deref(), Some("call mom"));
        assert_eq!(fields.due, Some(when("2026-11-24T18:00:00")));
        assert_eq!(fields.priority, Some(Priority::High));
        assert_eq!(fields.tags, ["home", "family"]);
    }

    #[test]
    fn a_reminder_keeps_what_else_its_task_has() {
        let old = json!({"lead_time": "PT0S", "channel": "push"});
        let config = reminder_config(old.as_object(), "lead_time", "PT30M".to_owned());
        assert_eq!(config, json!({"lead_time": "PT30M", "channel": "push"}));
    }
}
