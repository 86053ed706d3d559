//! A task that comes back: when its next one is due, and what it is to leave one out.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Utc};
use recurrence::{Completion, Rule, Series, Start, Tz, resolve};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{DueDate, Status, Task, Time};

/// When a task of a series is due.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Occurrence {
    /// As a task's.
    pub due_date: DueDate,
    /// Whether it is a day of the task's time zone and no instant.
    pub all_day: bool,
}

/// What the next one of a series has that the one before doesn't say.
#[derive(Debug, Clone, PartialEq)]
pub struct NextTask {
    /// When it is due.
    pub due_date: DueDate,
    /// What its rule counts from: as before, or the completion of one that had no due date.
    pub series_start: String,
}

/// Why nobody can tell when a task comes back. A rule is checked before it is kept; but there are older ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// The rule, or where it begins.
    #[error("recurrence_rule: {0}")]
    Rule(#[from] recurrence::Error),
    /// A zone that Postgres knows and we don't.
    #[error("the time zone {0} is not known here, so a rule can't be followed in it")]
    Zone(String),
    /// `series_start` is neither a day nor a time.
    #[error("series_start is {0}, which is neither a day nor a time")]
    Start(String),
}

/// Why a task can't be moved to the next one of its series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SkipError {
    /// It is completed.
    #[error("it is completed; the next one of its series is a task of its own")]
    Completed,
    /// It has no rule.
    #[error("it doesn't come back: it has no recurrence_rule")]
    NoRule,
    /// It has no due date.
    #[error("it has no due date that could be left out")]
    NoDueDate,
    /// Nothing comes after it.
    #[error("it is the last one of its series; complete or delete it")]
    Last,
    /// Nobody can tell.
    #[error(transparent)]
    Series(#[from] SeriesError),
}

/// What a task's rule is followed from.
struct Followed {
    rule: Rule,
    zone: Tz,
    /// DTSTART; none without a due date.
    start: Option<NaiveDateTime>,
    /// Whether days are meant, and no times.
    all_day: bool,
    /// When this one is due by its series, whatever its own due date.
    nominal: Option<NaiveDateTime>,
    /// The later one of that and its own due date.
    due: Option<NaiveDateTime>,
}

impl Task {
    /// The next one, now that this one is completed: after its due date and after its completion. None, if it doesn't come
    /// back.
    ///
    /// One without a due date begins its series with the day of its completion, or below a day with the completion.
    ///
    /// # Errors
    /// If its rule can't be followed.
    pub fn next(&self) -> Result<Option<NextTask>, SeriesError> {
        let (Some(followed), Some(done)) = (self.followed()?, self.completed_at) else {
            return Ok(None);
        };
        let wall = |zone| done.utc().with_timezone(zone).naive_local();
        let start = followed.start.unwrap_or_else(|| wall(&followed.zone));
        let due = if followed.rule.after_completion { followed.nominal } else { followed.due };
        let done = Completion {
            due: followed.at(due.unwrap_or(start)),
            at: done.utc(),
            occurrence: self.occurrence.unwrap_or(1).unsigned_abs(),
        };
        let next = followed.series(start)?.next_after_completion(done)?;
        let series_start = match followed.at(start) {
            Start::Day(day) => day.to_string(),
            Start::Time(time) => time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        };
        Ok(next.and_then(occurrence).map(|it| NextTask { due_date: it.due_date, series_start }))
    }

    /// The next `n` times that it will be due, if it is completed when it is due, or now where that is over, and always in
    /// time then; fewer where its series ends, none without a rule or a due date.
    ///
    /// # Errors
    /// If its rule can't be followed.
    pub fn upcoming(&self, n: u32, now: Time) -> Result<Vec<Occurrence>, SeriesError> {
        let Some(followed) = self.followed()? else { return Ok(Vec::new()) };
        let (Some(start), Some(nominal), Some(due)) =
            (followed.start, followed.nominal, followed.due)
        else {
            return Ok(Vec::new());
        };
        let now = now.utc().with_timezone(&followed.zone).naive_local();
        let (start, after, n) = if followed.rule.after_completion {
            let done = self.due_date.map_or(nominal, |due| wall(due, followed.zone)).max(now);
            let is_below_a_day = followed.rule.is_below_a_day();
            let begin = if is_below_a_day { done } else { done.date().and_time(nominal.time()) };
            // Each begins anew with the one before, so those that are left are counted from here.
            let left = followed.rule.count().map(|count| count.saturating_sub(self.number()));
            (begin, begin.max(done), left.map_or(n, |left| left.min(n)))
        } else {
            (start, due.max(now), n)
        };
        let after = resolve(followed.zone, after).map(|it| it.with_timezone(&Utc));
        let found = followed.series(start)?.upcoming(after, n as usize)?;
        Ok(found.into_iter().filter_map(occurrence).collect())
    }

    /// The fields that move it to the next one of its series. What was this one's alone is left out with it.
    ///
    /// # Errors
    /// If there is none.
    pub fn skip(&self, now: Time) -> Result<Map<String, Value>, SkipError> {
        if self.status != Status::Active {
            return Err(SkipError::Completed);
        }
        if self.recurrence_rule.is_none() {
            return Err(SkipError::NoRule);
        }
        if self.due_date.is_none() {
            return Err(SkipError::NoDueDate);
        }
        let next = self.upcoming(1, now)?.pop().ok_or(SkipError::Last)?;
        let mut fields = self.series_fields.clone().unwrap_or_default();
        if self.reminder_config.is_some() || fields.contains_key("reminder_config") {
            let of_series = fields.get("reminder_config").map(Value::as_object);
            let next = of_series.unwrap_or(self.reminder_config.as_ref()).and_then(next_reminder);
            fields.insert("reminder_config".to_owned(), json!(next));
        }
        fields.insert("due_date".to_owned(), json!(next.due_date));
        fields.insert("occurrence".to_owned(), json!(self.number() + 1));
        fields.insert("series_fields".to_owned(), Value::Null);
        Ok(fields)
    }

    fn number(&self) -> u32 {
        self.occurrence.map_or(1, i32::unsigned_abs)
    }

    fn followed(&self) -> Result<Option<Followed>, SeriesError> {
        let Some(document) = &self.recurrence_rule else { return Ok(None) };
        let rule = Rule::from_document(document)?;
        let of_series = |field| self.series_fields.as_ref().and_then(|fields| fields.get(field));
        let name = of_series("timezone").and_then(Value::as_str).unwrap_or(&self.timezone);
        let zone: Tz = name.parse().map_err(|_| SeriesError::Zone(name.to_owned()))?;
        let nominal = of_series("due_date").and_then(|due| DueDate::deserialize(due).ok());
        let nominal = nominal.or(self.due_date);
        let first = match &self.series_start {
            Some(text) => Some(started(text).ok_or_else(|| SeriesError::Start(text.to_owned()))?),
            None => nominal.map(|due| (wall(due, zone), matches!(due, DueDate::On(_)))),
        };
        let all_day = first.is_none_or(|(_, all_day)| all_day) && !rule.is_below_a_day();
        let nominal = nominal.map(|due| wall(due, zone));
        let due = nominal.max(self.due_date.map(|due| wall(due, zone)));
        Ok(Some(Followed { rule, zone, start: first.map(|it| it.0), all_day, nominal, due }))
    }
}

impl Followed {
    fn series(&self, start: NaiveDateTime) -> Result<Series, SeriesError> {
        Ok(Series::new(self.rule.clone(), self.at(start), self.zone)?)
    }

    /// A time on the wall, or its day where days are meant.
    fn at(&self, wall: NaiveDateTime) -> Start {
        if self.all_day { Start::Day(wall.date()) } else { Start::Time(wall) }
    }
}

/// The short form of the next one's reminder, as task_spawn.sql has it, too: a time of its own is over, and that it was put
/// off is this one's alone.
fn next_reminder(config: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut next = config.clone();
    let was_put_off = next.remove("snoozed_until").is_some();
    let is_its_own = next.contains_key("at") || was_put_off && next.is_empty();
    (!is_its_own).then_some(next)
}

/// The beginning of a day, or the time; and whether it is a day.
fn started(text: &str) -> Option<(NaiveDateTime, bool)> {
    match text.parse::<NaiveDate>() {
        Ok(day) => Some((day.and_time(NaiveTime::MIN), true)),
        Err(_) => Some((text.parse().ok()?, false)),
    }
}

fn wall(due: DueDate, zone: Tz) -> NaiveDateTime {
    match due {
        DueDate::At(time) => time.utc().with_timezone(&zone).naive_local(),
        DueDate::On(day) => day.and_time(NaiveTime::MIN),
    }
}

/// None beyond the year 9999, where times can't be written.
fn occurrence(found: recurrence::Occurrence) -> Option<Occurrence> {
    let due_date = if found.all_day {
        DueDate::On(found.day())
    } else {
        DueDate::At(Time::from_micros(found.at.timestamp_micros())?)
    };
    Some(Occurrence { due_date, all_day: found.all_day })
}

#[cfg(test)]
mod tests;
