//! Days of the calendar: the next of a kind, the nth of a month, what lies a month away.

use chrono::{Datelike as _, Days, Duration, Months, NaiveDate, Weekday};

/// A length of time on the calendar: months and days are counted there, seconds on the clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Length {
    pub months: i32,
    pub days: i32,
    pub seconds: i64,
}

impl Length {
    pub fn negated(self) -> Self {
        Self { months: -self.months, days: -self.days, seconds: -self.seconds }
    }

    /// The day that lies so far away, without the seconds. The 31st falls back to the month's last day (RFC 5545,
    /// section 3.3.10, is stricter: it skips).
    pub fn from(self, date: NaiveDate) -> Option<NaiveDate> {
        let months = Months::new(self.months.unsigned_abs());
        let moved = if self.months < 0 {
            date.checked_sub_months(months)
        } else {
            date.checked_add_months(months)
        }?;
        moved.checked_add_signed(Duration::days(i64::from(self.days)))
    }
}

pub fn plus_days(date: NaiveDate, days: i64) -> Option<NaiveDate> {
    date.checked_add_signed(Duration::try_days(days)?)
}

/// The first such weekday from a day on, that day included.
pub fn weekday_from(date: NaiveDate, weekday: Weekday) -> Option<NaiveDate> {
    plus_days(date, i64::from(weekday.days_since(date.weekday())))
}

/// The last such weekday before a day.
pub fn weekday_before(date: NaiveDate, weekday: Weekday) -> Option<NaiveDate> {
    let back = date.weekday().days_since(weekday);
    plus_days(date, -i64::from(if back == 0 { 7 } else { back }))
}

/// The weekday in the week that lies some weeks away. Weeks start on Monday.
pub fn weekday_of_week(date: NaiveDate, weeks: i64, weekday: Weekday) -> Option<NaiveDate> {
    let monday = plus_days(date, -i64::from(date.weekday().num_days_from_monday()))?;
    plus_days(monday, weeks * 7 + i64::from(weekday.num_days_from_monday()))
}

/// The nth such weekday of a month; -1 is the last, -2 the one before.
pub fn nth_weekday(year: i32, month: u32, nth: i64, weekday: Weekday) -> Option<NaiveDate> {
    if nth < 0 {
        let last = weekday_before(last_of_month(year, month)?.succ_opt()?, weekday)?;
        return plus_days(last, (nth + 1) * 7).filter(|date| date.month() == month);
    }
    NaiveDate::from_weekday_of_month_opt(year, month, weekday, u8::try_from(nth).ok()?)
}

pub fn last_of_month(year: i32, month: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, 1)?
        .checked_add_months(Months::new(1))?
        .checked_sub_days(Days::new(1))
}

/// A month and day in the first year from a day on that has it.
pub fn month_day_from(from: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    (0..=8)
        .filter_map(|years| NaiveDate::from_ymd_opt(from.year() + years, month, day))
        .find(|date| *date >= from)
}

/// A day of the month in the first month from a day on that has it.
pub fn day_from(from: NaiveDate, day: u32) -> Option<NaiveDate> {
    let first = from.with_day(1)?;
    (0..=12)
        .filter_map(|months| first.checked_add_months(Months::new(months))?.with_day(day))
        .find(|date| *date >= from)
}

/// Western Easter (the anonymous Gregorian computus, after Meeus, Astronomical Algorithms, chapter 8).
pub fn easter(year: i32) -> Option<NaiveDate> {
    let a = year % 19;
    let (b, c) = (year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let month = (h + l - 7 * m + 114) / 31;
    let day = (h + l - 7 * m + 114) % 31 + 1;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn weekdays_before_after_and_in_other_weeks() {
        let thursday = day("2012-08-09");
        assert_eq!(weekday_from(thursday, Weekday::Thu), Some(thursday));
        assert_eq!(weekday_from(thursday, Weekday::Wed), Some(day("2012-08-15")));
        assert_eq!(weekday_before(thursday, Weekday::Thu), Some(day("2012-08-02")));
        assert_eq!(weekday_of_week(thursday, 1, Weekday::Mon), Some(day("2012-08-13")));
        assert_eq!(weekday_of_week(thursday, -1, Weekday::Fri), Some(day("2012-08-03")));
        assert_eq!(nth_weekday(2026, 11, 4, Weekday::Thu), Some(day("2026-11-26")));
        assert_eq!(nth_weekday(2026, 11, -1, Weekday::Fri), Some(day("2026-11-27")));
    }

    #[test]
    fn a_month_away_is_never_in_the_next_but_one() {
        let length = |months| Length { months, ..Length::default() };
        assert_eq!(length(1).from(day("2026-01-31")), Some(day("2026-02-28")));
        assert_eq!(length(-1).from(day("2026-03-31")), Some(day("2026-02-28")));
    }

    #[test]
    fn the_next_day_that_there_is() {
        assert_eq!(month_day_from(day("2025-03-22"), 2, 29), Some(day("2028-02-29")));
        assert_eq!(day_from(day("2019-02-25"), 31), Some(day("2019-03-31")));
        assert_eq!(day_from(day("2018-08-07"), 4), Some(day("2018-09-04")));
    }

    #[test]
    fn easters() {
        for date in ["2018-04-01", "2019-04-21", "2026-04-05"] {
            assert_eq!(easter(day(date).year()), Some(day(date)));
        }
    }
}
