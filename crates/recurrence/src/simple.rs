//! What can be said of a rule in a few words.

use chrono::{NaiveDate, Weekday};

use crate::Rule;
use crate::parts::{Frequency, Parts, Until};

/// A rule that people can say: `every 2 weeks on Monday and Friday, 10 times`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simple {
    /// What is counted.
    pub period: Period,
    /// Every so many of them.
    pub interval: u16,
    /// On which days of a period.
    pub on: On,
    /// How often in all.
    pub count: Option<u32>,
    /// The last day on which it may come, on the wall or in UTC.
    pub until: Option<NaiveDate>,
    /// Counted from the completion, not from the due date.
    pub after_completion: bool,
}

/// What a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Period {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// Which days of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// The day on which it began.
    Start,
    /// Days of the week.
    Weekdays(Vec<Weekday>),
    /// Days of the month, from its end if negative.
    MonthDays(Vec<i8>),
    /// A month's first, second or last Monday and so on; -1 is the last.
    Nth(i16, Weekday),
    /// A day of a month of the year.
    Date {
        /// 1 to 12.
        month: u8,
        /// 1 to 31.
        day: i8,
    },
}

impl Rule {
    /// What it says, if that is simple enough.
    pub fn simple(&self) -> Option<Simple> {
        let parts = &self.parts;
        let is_plain = parts.by_week_no.is_empty()
            && parts.by_year_day.is_empty()
            && parts.by_hour.is_empty()
            && parts.by_minute.is_empty()
            && parts.by_second.is_empty()
            && parts.by_set_pos.is_empty();
        if !is_plain {
            return None;
        }
        let period = match parts.freq {
            Frequency::Secondly => return None,
            Frequency::Minutely => Period::Minute,
            Frequency::Hourly => Period::Hour,
            Frequency::Daily => Period::Day,
            Frequency::Weekly => Period::Week,
            Frequency::Monthly => Period::Month,
            Frequency::Yearly => Period::Year,
        };
        Some(Simple {
            period,
            interval: parts.interval,
            on: on(parts)?,
            count: parts.count,
            until: parts.until.map(|until| match until {
                Until::Day(day) => day,
                Until::Local(time) | Until::Utc(time) => time.date(),
            }),
            after_completion: self.after_completion,
        })
    }
}

fn on(parts: &Parts) -> Option<On> {
    let (days, month_days, months) = (&parts.by_day, &parts.by_month_day, &parts.by_month);
    match (parts.freq, days.as_slice(), month_days.as_slice(), months.as_slice()) {
        (_, [], [], []) => Some(On::Start),
        (Frequency::Daily | Frequency::Weekly, days, [], []) => {
            let every: Option<Vec<_>> =
                days.iter().map(|(nth, day)| (*nth == 0).then_some(*day)).collect();
            every.map(On::Weekdays)
        }
        (Frequency::Monthly, [], days, []) => Some(On::MonthDays(days.to_vec())),
        (Frequency::Monthly, [(nth, day)], [], []) if *nth != 0 => Some(On::Nth(*nth, *day)),
        (Frequency::Yearly, [], [day], [month]) if *day > 0 => {
            Some(On::Date { month: *month, day: *day })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(rule: &str) -> Option<On> {
        rule.parse::<Rule>().unwrap().simple().map(|it| it.on)
    }

    #[test]
    fn what_people_say_is_simple() {
        use Weekday::{Fri, Mon};
        for (rule, expected) in [
            ("FREQ=DAILY;INTERVAL=3", On::Start),
            ("FREQ=WEEKLY;BYDAY=MO,FR", On::Weekdays(vec![Mon, Fri])),
            ("FREQ=MONTHLY;BYMONTHDAY=31", On::MonthDays(vec![31])),
            ("FREQ=MONTHLY;BYDAY=-1FR", On::Nth(-1, Fri)),
            ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=5", On::Date { month: 3, day: 5 }),
        ] {
            assert_eq!(on(rule), Some(expected), "{rule}");
        }
        let rule: Rule = "FREQ=WEEKLY;INTERVAL=2;COUNT=10".parse().unwrap();
        let simple = rule.simple().unwrap();
        assert_eq!((simple.period, simple.interval, simple.count), (Period::Week, 2, Some(10)));
        let rule: Rule = "FREQ=DAILY;UNTIL=20270305T120000Z".parse().unwrap();
        assert_eq!(rule.simple().unwrap().until, NaiveDate::from_ymd_opt(2027, 3, 5));
    }

    #[test]
    fn what_takes_a_calendar_to_say_is_not() {
        for rule in [
            "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
            "FREQ=YEARLY;BYWEEKNO=20",
            "FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=5",
            "FREQ=DAILY;BYHOUR=9,17",
            "FREQ=SECONDLY;INTERVAL=30",
        ] {
            assert_eq!(on(rule), None, "{rule}");
        }
    }
}
