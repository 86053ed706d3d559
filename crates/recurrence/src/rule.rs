//! What is written of a recurrence.

use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

use crate::Error;
use crate::parts::{Frequency, Parts};
use crate::series::Start;

/// How a task comes back.
///
/// `"FREQ=MONTHLY;BYMONTHDAY=31".parse()` is RFC 5545 to the letter: months without a 31st are skipped. What a task
/// keeps, [`Rule::from_document`], may instead name no day at all, and then falls back to the last one of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub(crate) parts: Parts,
    /// Whether days that a month lacks fall back to its last; see [`Rule::parts_for`].
    pub(crate) last_day: bool,
    /// `every!`: counted from the completion, not from the due date.
    pub after_completion: bool,
    /// What is left out: EXDATE.
    pub(crate) exceptions: Vec<Exception>,
}

/// An occurrence that is left out (RFC 5545, section 3.8.5.1), by its time on the wall. COUNT counts it all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exception {
    /// All of a day.
    Day(NaiveDate),
    /// One time.
    Time(NaiveDateTime),
}

/// How many exceptions a rule may have.
pub(crate) const MOST_EXCEPTIONS: usize = 1000;

impl FromStr for Rule {
    type Err = Error;

    /// An RRULE as RFC 5545 has it.
    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(Self::of(Parts::parse(text)?))
    }
}

impl Rule {
    pub(crate) fn of(parts: Parts) -> Self {
        Self { parts, last_day: false, after_completion: false, exceptions: Vec::new() }
    }

    /// Leaves one out.
    pub fn skip(&mut self, exception: Exception) -> Result<(), Error> {
        if let Err(at) = self.exceptions.binary_search(&exception) {
            if self.exceptions.len() == MOST_EXCEPTIONS {
                let expected = format!("at most {MOST_EXCEPTIONS} of them");
                return Err(Error::part("exceptions", "full", expected));
            }
            self.exceptions.insert(at, exception);
        }
        Ok(())
    }

    /// What ends it by number.
    pub fn count(&self) -> Option<u32> {
        self.parts.count
    }

    /// Whether its times may lie within one day, so that a day alone is none of them.
    pub fn is_below_a_day(&self) -> bool {
        !self.parts.is_daily_or_longer()
    }

    /// The parts as they are computed from `start`: without a time of day for days, and with the last days of a month
    /// named where the rule falls back to them. `BYMONTHDAY=28,29,30,31;BYSETPOS=-1` is the 31st or the last there is, of rules with
    /// one time a day.
    pub(crate) fn parts_for(&self, start: Start) -> Parts {
        let mut parts = self.parts.clone();
        if let Start::Day(_) = start {
            parts.by_hour.clear();
            parts.by_minute.clear();
            parts.by_second.clear();
        }
        let day = start.local().day() as i8;
        let has_months = match parts.freq {
            Frequency::Monthly => true,
            Frequency::Yearly => start.local().month() == 2 && parts.by_month.is_empty(),
            _ => false,
        };
        if self.last_day && has_months && day > 28 && !parts.days_are_named() {
            if parts.freq == Frequency::Yearly {
                parts.by_month = vec![2];
            }
            parts.by_month_day = (28..=day).collect();
            // All times of the last day that there is.
            let times = [&parts.by_hour, &parts.by_minute, &parts.by_second];
            let times: usize = times.iter().map(|by| by.len().max(1)).product();
            parts.by_set_pos = (1..=times).map(|nth| -(nth as i32)).collect();
        }
        parts
    }
}
