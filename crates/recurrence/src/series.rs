//! A rule, from its first time on.

use std::collections::BTreeMap;

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc,
};
use chrono_tz::Tz;

use crate::Error;
use crate::expand::Expand;
use crate::parts::Until;
use crate::rule::{Exception, Rule};
use crate::wall;

/// How many times are passed over, at most, to find those that are asked for.
pub const MOST_STEPS: u32 = 200_000;

/// When a series begins, on the wall: DTSTART.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Of an all-day task.
    Day(NaiveDate),
    /// Of one with a time of day.
    Time(NaiveDateTime),
}

/// One time of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// When; of a day, its beginning.
    pub at: DateTime<Tz>,
    /// Whether the day is meant, [`Occurrence::day`].
    pub all_day: bool,
}

/// That a task was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// When it was due, on the wall.
    pub due: Start,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// Which occurrence of its series it was, from 1; only `every!` with COUNT needs it.
    pub occurrence: u32,
}

/// A rule with its first time and its time zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    rule: Rule,
    start: Start,
    zone: Tz,
}

impl Start {
    /// Midnight of a day; times without fractions of a second, which rules don't know.
    pub(crate) fn local(self) -> NaiveDateTime {
        match self {
            Self::Day(day) => day.and_time(NaiveTime::MIN),
            Self::Time(time) => time.with_nanosecond(0).unwrap_or(time),
        }
    }
}

impl Occurrence {
    /// Its day on the wall.
    pub fn day(&self) -> NaiveDate {
        self.at.date_naive()
    }
}

impl Series {
    /// Takes the rule as it is written: `start` is one of its times only if the rule says so.
    pub fn new(rule: Rule, start: Start, zone: Tz) -> Result<Self, Error> {
        let year = start.local().year();
        if !(1900..=9999).contains(&year) {
            return Err(Error::part("the start's year", &year.to_string(), "1900 to 9999"));
        }
        if matches!(start, Start::Day(_)) && !rule.parts.is_daily_or_longer() {
            return Err(Error::Together {
                part: "FREQ",
                why: "days without a time come back DAILY, WEEKLY, MONTHLY or YEARLY",
            });
        }
        Ok(Self { rule, start, zone })
    }

    /// All of them, in order, each instant once. It may end where an iterator would look for ever.
    pub fn occurrences(&self) -> Occurrences<'_> {
        self.from(None)
    }

    /// The first `n` after `moment`, or from the start; fewer, where it ends.
    pub fn upcoming(
        &self,
        moment: Option<DateTime<Utc>>,
        n: usize,
    ) -> Result<Vec<Occurrence>, Error> {
        let mut found = Vec::new();
        let mut passed = 0;
        if n == 0 {
            return Ok(found);
        }
        moment.map_or(Ok(()), in_calendar)?;
        for it in self.from(moment) {
            // Of an all-day task, the day of that moment is over as soon as it has begun.
            let is_later = moment.is_none_or(|moment| it.at > moment);
            if is_later {
                found.push(it);
                if found.len() == n {
                    break;
                }
            } else {
                passed += 1;
                if passed == MOST_STEPS {
                    return Err(Error::TooFar);
                }
            }
        }
        Ok(found)
    }

    /// When the task comes back: after its due date and after its completion, whichever is later. None, if it doesn't.
    ///
    /// `every` stays in step with the start. `every!` begins anew with the day of the completion, at the time of day
    /// that it was due at; below a day, with the completion itself.
    pub fn next_after_completion(&self, done: Completion) -> Result<Option<Occurrence>, Error> {
        in_calendar(done.at)?;
        if !self.rule.after_completion {
            let due = wall::resolve(self.zone, done.due.local()).map(|due| due.with_timezone(&Utc));
            let after = due.map_or(done.at, |due| due.max(done.at));
            return Ok(self.upcoming(Some(after), 1)?.pop());
        }
        let wall = done.at.with_timezone(&self.zone).naive_local();
        let start = match self.start {
            Start::Day(_) => Start::Day(wall.date()),
            Start::Time(first) if self.rule.parts.is_daily_or_longer() => {
                Start::Time(wall.date().and_time(self.time_of_day(first, done.due.local())))
            }
            Start::Time(_) => Start::Time(wall),
        };
        let mut again = Self::new(self.rule.clone(), start, self.zone)?;
        if let Some(count) = again.rule.parts.count.take()
            && done.occurrence >= count
        {
            return Ok(None);
        }
        // Not the day itself, even if its time is still to come.
        let begin = wall::resolve(self.zone, start.local()).map(|it| it.with_timezone(&Utc));
        let after = begin.map_or(done.at, |begin| begin.max(done.at));
        Ok(again.upcoming(Some(after), 1)?.pop())
    }

    /// At what time of day a task comes that was due then: at that of the first one, if only a gap has put this one off.
    fn time_of_day(&self, first: NaiveDateTime, due: NaiveDateTime) -> NaiveTime {
        let nominal = due.date().and_time(first.time());
        let same = wall::resolve(self.zone, nominal) == wall::resolve(self.zone, due);
        if same { nominal.time() } else { due.time() }
    }

    fn from(&self, moment: Option<DateTime<Utc>>) -> Occurrences<'_> {
        // No gap and no overlap is longer than a day.
        let wall = moment.map(|it| it.with_timezone(&self.zone).naive_local());
        let from = wall.and_then(|it| it.checked_sub_signed(TimeDelta::hours(25)));
        let parts = self.rule.parts_for(self.start);
        let times = Some(Expand::new(&parts, self.start.local(), from));
        Occurrences { series: self, times, found: BTreeMap::new(), gap: None }
    }

    /// Whether the rule still applies then.
    fn is_until(&self, at: DateTime<Tz>) -> bool {
        let all_day = matches!(self.start, Start::Day(_));
        match self.rule.parts.until {
            None => true,
            Some(Until::Day(day)) => at.date_naive() <= day,
            Some(Until::Local(local)) if all_day => at.date_naive() <= local.date(),
            Some(Until::Local(local)) => {
                wall::resolve(self.zone, local).is_none_or(|until| at <= until)
            }
            Some(Until::Utc(utc)) if all_day => {
                at.date_naive() <= utc.and_utc().with_timezone(&self.zone).date_naive()
            }
            Some(Until::Utc(utc)) => at <= utc.and_utc(),
        }
    }

    fn is_left_out(&self, local: NaiveDateTime) -> bool {
        let out = &self.rule.exceptions;
        !out.is_empty()
            && (out.binary_search(&Exception::Day(local.date())).is_ok()
                || out.binary_search(&Exception::Time(local)).is_ok())
    }
}

/// The times of a series, in order.
pub struct Occurrences<'a> {
    series: &'a Series,
    /// On the wall; none when they have ended.
    times: Option<Expand>,
    /// What is known but not yet said: times of a gap lie among those after it.
    found: BTreeMap<DateTime<Utc>, DateTime<Tz>>,
    /// The latest of a gap's times, while others may lie before it.
    gap: Option<DateTime<Utc>>,
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        let mut left_out = 0;
        while self.found.is_empty() || self.gap.is_some() {
            let next = self.times.as_mut().and_then(Iterator::next);
            let Some((local, (at, missing))) =
                next.and_then(|local| Some((local, wall::find(self.series.zone, local)?)))
            else {
                self.times = None;
                self.gap = None;
                break;
            };
            let utc = at.with_timezone(&Utc);
            if missing {
                self.gap = self.gap.max(Some(utc));
            } else if self.gap.is_some_and(|gap| utc >= gap) {
                self.gap = None;
            }
            if self.series.is_left_out(local) || self.series.is_left_out(at.naive_local()) {
                left_out += 1;
                if left_out == MOST_STEPS {
                    self.times = None;
                }
                continue;
            }
            self.found.insert(utc, at);
        }
        let (_, at) = self.found.pop_first()?;
        if !self.series.is_until(at) {
            self.times = None;
            self.found.clear();
            return None;
        }
        Some(Occurrence { at, all_day: matches!(self.series.start, Start::Day(_)) })
    }
}

/// Far from where a zone's offset would lead out of the calendar.
fn in_calendar(moment: DateTime<Utc>) -> Result<(), Error> {
    let year = moment.year();
    let expected = "0 to 9999";
    let wrong = || Error::part("the moment's year", &year.to_string(), expected);
    (0..=9999).contains(&year).then_some(()).ok_or_else(wrong)
}
