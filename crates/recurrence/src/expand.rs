//! The times of a rule on the wall: period by period, which days and times of it the BY… parts name.
//!
//! RFC 5545, section 3.3.10; where it leaves something open, as python-dateutil does it.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, NaiveDateTime, Timelike as _};

use crate::parts::{Frequency, Parts};

const DAY: i64 = 24 * 60 * 60;
const LAST_YEAR: i32 = 9999;

/// After how many periods without a time there is none: the calendar repeats itself after 400 years, whatever the
/// interval. Below a day, what is skipped counts once, so that it is some centuries of days, or a decade of hours.
fn most_empty(freq: Frequency) -> u32 {
    match freq {
        Frequency::Yearly => 401,
        Frequency::Monthly => 4_801,
        Frequency::Weekly => 20_872,
        _ => 146_098,
    }
}

/// Times on the wall, in order.
pub struct Expand {
    /// With what the start says of days and times that the rule doesn't name.
    parts: Parts,
    /// The first time, in seconds since 1970, as all times here.
    start: i64,
    /// Which period comes next: see [`Expand::period_of`].
    period: i64,
    /// A day's times, of rules whose period is a day or longer.
    times_of_day: Vec<i64>,
    /// What is left of the last period, backwards.
    times: Vec<i64>,
    /// How many may still come.
    left: Option<u32>,
}

impl Expand {
    /// Begins at `start`; where nothing is counted, not much before `from`.
    pub fn new(parts: &Parts, start: NaiveDateTime, from: Option<NaiveDateTime>) -> Self {
        let mut parts = parts.clone();
        if !parts.days_are_named() {
            match parts.freq {
                Frequency::Yearly => {
                    if parts.by_month.is_empty() {
                        parts.by_month = vec![start.month() as u8];
                    }
                    parts.by_month_day = vec![start.day() as i8];
                }
                Frequency::Monthly => parts.by_month_day = vec![start.day() as i8],
                Frequency::Weekly => parts.by_day = vec![(0, start.weekday())],
                _ => {}
            }
        }
        let time = |by: &mut Vec<u8>, period: Frequency, value: u32| {
            if by.is_empty() && parts.freq > period {
                *by = vec![value as u8];
            }
        };
        time(&mut parts.by_hour, Frequency::Hourly, start.hour());
        time(&mut parts.by_minute, Frequency::Minutely, start.minute());
        time(&mut parts.by_second, Frequency::Secondly, start.second());
        let mut times_of_day = Vec::new();
        if parts.is_daily_or_longer() {
            for hour in &parts.by_hour {
                times_of_day.extend(times_of_hour(&parts).map(|at| i64::from(*hour) * 3600 + at));
            }
        }
        let left = parts.count;
        let start = start.and_utc().timestamp();
        let mut expand = Self { parts, start, period: 0, times_of_day, times: Vec::new(), left };
        expand.period = expand.period_of(start);
        if let (None, Some(from)) = (left, from) {
            let from = expand.period_of(from.and_utc().timestamp());
            expand.go_to(from);
        }
        expand
    }

    /// Years, months since the year 0, or weeks, days, hours, minutes, seconds since 1970.
    fn period_of(&self, at: i64) -> i64 {
        let date = || date(at.div_euclid(DAY)).unwrap_or_default();
        match self.parts.freq {
            Frequency::Yearly => date().year().into(),
            Frequency::Monthly => i64::from(date().year()) * 12 + i64::from(date().month0()),
            Frequency::Weekly => (at.div_euclid(DAY) - self.first_week()).div_euclid(7),
            Frequency::Daily => at.div_euclid(DAY),
            Frequency::Hourly => at.div_euclid(3600),
            Frequency::Minutely => at.div_euclid(60),
            Frequency::Secondly => at,
        }
    }

    /// The day of 1970 with which the first week begins, by WKST; 1 January was a Thursday.
    fn first_week(&self) -> i64 {
        (i64::from(self.parts.week_start.num_days_from_monday()) + 4).rem_euclid(7)
    }

    /// The rule's first period from this one on.
    fn go_to(&mut self, period: i64) {
        let interval = i64::from(self.parts.interval);
        let steps = (period - self.period + interval - 1).div_euclid(interval);
        self.period += steps.max(0) * interval;
    }

    /// The times of the period; or which period to look at next, if it has none. None at the end of the calendar.
    fn times_of(&self) -> Option<Result<Vec<i64>, i64>> {
        let all = match self.parts.freq {
            Frequency::Yearly => {
                let first = NaiveDate::from_ymd_opt(i32::try_from(self.period).ok()?, 1, 1)?;
                self.times_of_days(first, if first.leap_year() { 366 } else { 365 })?
            }
            Frequency::Monthly => {
                let year = i32::try_from(self.period.div_euclid(12)).ok()?;
                let month = self.period.rem_euclid(12) as u32 + 1;
                let first = NaiveDate::from_ymd_opt(year, month, 1)?;
                self.times_of_days(first, first.num_days_in_month().into())?
            }
            Frequency::Weekly => {
                self.times_of_days(date(self.period * 7 + self.first_week())?, 7)?
            }
            Frequency::Daily => self.times_of_days(date(self.period)?, 1)?,
            _ => match self.times_below_a_day()? {
                Ok(times) => times,
                Err(next) => {
                    // `next` begins a day, an hour or a minute, so it begins a period as well.
                    return Some(Err(self.period_of(next)));
                }
            },
        };
        Some(Ok(self.chosen(all)))
    }

    fn times_of_days(&self, first: NaiveDate, len: u64) -> Option<Vec<i64>> {
        if first.year() > LAST_YEAR {
            return None;
        }
        let mut times = Vec::new();
        for nth in 0..len {
            let day = first.checked_add_days(Days::new(nth))?;
            if self.has_day(day) {
                let midnight = day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
                times.extend(self.times_of_day.iter().map(|at| midnight + at));
            }
        }
        Some(times)
    }

    /// The times of an hour, a minute or a second; or when to look on.
    fn times_below_a_day(&self) -> Option<Result<Vec<i64>, i64>> {
        let parts = &self.parts;
        let unit = match parts.freq {
            Frequency::Hourly => 3600,
            Frequency::Minutely => 60,
            _ => 1,
        };
        let begin = self.period.checked_mul(unit)?;
        let day = date(begin.div_euclid(DAY)).filter(|day| day.year() <= LAST_YEAR)?;
        let in_day = begin.rem_euclid(DAY);
        let named = |by: &[u8], value: i64| by.is_empty() || by.contains(&(value as u8));
        if !self.has_day(day) {
            return Some(Err(begin - in_day + DAY));
        }
        if !named(&parts.by_hour, in_day / 3600) {
            return Some(Err(begin - in_day % 3600 + 3600));
        }
        if unit == 3600 {
            return Some(Ok(times_of_hour(parts).map(|at| begin + at).collect()));
        }
        if !named(&parts.by_minute, in_day / 60 % 60) {
            return Some(Err(begin - in_day % 60 + 60));
        }
        if unit == 60 {
            return Some(Ok(parts.by_second.iter().map(|at| begin + i64::from(*at)).collect()));
        }
        let here = named(&parts.by_second, in_day % 60);
        Some(if here { Ok(vec![begin]) } else { Err(begin + 1) })
    }

    /// BYSETPOS.
    fn chosen(&self, all: Vec<i64>) -> Vec<i64> {
        if self.parts.by_set_pos.is_empty() {
            return all;
        }
        let len = all.len() as i64;
        let chosen = self.parts.by_set_pos.iter().filter_map(|pos| {
            let pos = i64::from(*pos);
            let index = if pos > 0 { pos - 1 } else { len + pos };
            all.get(usize::try_from(index).ok()?).copied()
        });
        let mut chosen: Vec<i64> = chosen.collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }

    fn has_day(&self, day: NaiveDate) -> bool {
        let parts = &self.parts;
        let month = Place { nth: day.day().into(), of: day.num_days_in_month().into() };
        let year = Place { nth: day.ordinal().into(), of: if day.leap_year() { 366 } else { 365 } };
        let in_months = parts.freq == Frequency::Monthly || !parts.by_month.is_empty();
        let weekday = if in_months { month } else { year };
        (parts.by_month.is_empty() || parts.by_month.contains(&(day.month() as u8)))
            && (parts.by_month_day.is_empty()
                || parts.by_month_day.iter().any(|nth| month.is((*nth).into())))
            && (parts.by_year_day.is_empty()
                || parts.by_year_day.iter().any(|nth| year.is((*nth).into())))
            && (parts.by_day.is_empty()
                || parts.by_day.iter().any(|(nth, it)| {
                    *it == day.weekday() && (*nth == 0 || weekday.in_sevens().is((*nth).into()))
                }))
            && (parts.by_week_no.is_empty() || self.has_week(day))
    }

    /// BYWEEKNO: weeks begin with WKST, and the first of a year has four days of it at least (ISO 8601).
    fn has_week(&self, day: NaiveDate) -> bool {
        let start = self.parts.week_start;
        let since = day.weekday().days_since(start).into();
        let middle =
            day.checked_sub_days(Days::new(since)).and_then(|it| it.checked_add_days(Days::new(3)));
        let Some(middle) = middle else { return false };
        let last = if middle.leap_year() { 366 } else { 365 };
        // How many middles of weeks, such as Thursdays, the year has.
        let week = Place { nth: middle.ordinal().into(), of: last }.in_sevens();
        self.parts.by_week_no.iter().any(|nth| {
            let nth = i64::from(*nth);
            // The days of a year's first week that lie in the year before have no number from the end.
            if middle.year() > day.year() { nth == 1 } else { week.is(nth) }
        })
    }
}

/// A place among so many, from 1.
#[derive(Clone, Copy)]
struct Place {
    nth: i64,
    of: i64,
}

impl Place {
    /// Whether it is the nth, or, below 0, the nth from the end.
    fn is(self, nth: i64) -> bool {
        if nth > 0 { self.nth == nth } else { self.of + 1 + nth == self.nth }
    }

    /// Among those that lie whole weeks before or behind.
    fn in_sevens(self) -> Self {
        let nth = (self.nth - 1) / 7 + 1;
        Self { nth, of: nth + (self.of - self.nth) / 7 }
    }
}

/// By days since 1970.
fn date(days: i64) -> Option<NaiveDate> {
    Some(DateTime::from_timestamp(days.checked_mul(DAY)?, 0)?.date_naive())
}

/// The times that BYMINUTE and BYSECOND name, since the hour's beginning.
fn times_of_hour(parts: &Parts) -> impl Iterator<Item = i64> {
    let minutes = parts.by_minute.iter().map(|minute| i64::from(*minute) * 60);
    minutes.flat_map(|at| parts.by_second.iter().map(move |second| at + i64::from(*second)))
}

impl Iterator for Expand {
    type Item = NaiveDateTime;

    fn next(&mut self) -> Option<NaiveDateTime> {
        if self.left == Some(0) {
            return None;
        }
        for _ in 0..=most_empty(self.parts.freq) {
            if let Some(at) = self.times.pop() {
                self.left = self.left.map(|left| left - 1);
                return Some(DateTime::from_timestamp(at, 0)?.naive_utc());
            }
            match self.times_of()? {
                Ok(mut times) => {
                    times.retain(|at| *at >= self.start);
                    times.reverse();
                    self.times = times;
                    self.period += i64::from(self.parts.interval);
                }
                Err(next) => self.go_to(next),
            }
        }
        self.left = Some(0);
        None
    }
}
