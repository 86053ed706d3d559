//! Recurrences: "every other tuesday until june 30", "weekdays", "the last friday of each month", ہر جمعہ.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use super::date::{Date, date};
use super::length::length;
use super::relative::{Relative, relative, weekday_said};
use crate::calendar::{last_of_month, month_day_from, nth_weekday, plus_days, weekday_from};
use crate::number::{integer, ordinal};
use crate::text::Text;
use crate::words::{DayPart, Unit, day_part, month, unit, weekday, weekdays};

/// A recurrence as it is said, before its time of day is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    unit: Unit,
    interval: u32,
    month: Option<u32>,
    /// Of the month; -1 is the last.
    days: Vec<i64>,
    weekdays: Vec<Weekday>,
    /// Which of the month's weekdays; -1 is the last.
    nth: Option<i64>,
    pub count: Option<u32>,
    pub until: Option<NaiveDate>,
    pub after_completion: bool,
    pub part: Option<DayPart>,
}

impl Repeat {
    fn every(unit: Unit, interval: u32) -> Self {
        Self {
            unit,
            interval,
            month: None,
            days: Vec::new(),
            weekdays: Vec::new(),
            nth: None,
            count: None,
            until: None,
            after_completion: false,
            part: None,
        }
    }

    fn on(mut weekdays: Vec<Weekday>, interval: u32) -> Self {
        weekdays.sort_by_key(Weekday::num_days_from_monday);
        weekdays.dedup();
        Self { weekdays, ..Self::every(Unit::Week, interval) }
    }

    /// RFC 5545, section 3.3.10.
    pub fn rule(&self) -> String {
        let (unit, interval) = match self.unit {
            Unit::Quarter => (Unit::Month, self.interval * 3),
            unit => (unit, self.interval),
        };
        let mut rule = format!("FREQ={}", frequency(unit));
        let mut add = |name: &str, value: String| {
            rule.push_str(&format!(";{name}={value}"));
        };
        if interval != 1 {
            add("INTERVAL", interval.to_string());
        }
        if let Some(month) = self.month {
            add("BYMONTH", month.to_string());
        }
        if !self.days.is_empty() {
            let (days, places) = self.days_of_month();
            add("BYMONTHDAY", list(&days));
            if !places.is_empty() {
                add("BYSETPOS", list(&places));
            }
        }
        if !self.weekdays.is_empty() {
            let nth = self.nth.map(|nth| nth.to_string()).unwrap_or_default();
            let days: Vec<String> =
                self.weekdays.iter().map(|day| format!("{nth}{}", code(*day))).collect();
            add("BYDAY", days.join(","));
        }
        if let Some(count) = self.count {
            add("COUNT", count.to_string());
        }
        // One of the two ends it.
        if let Some(until) = self.until.filter(|_| self.count.is_none()) {
            add("UNTIL", until.format("%Y%m%d").to_string());
        }
        rule
    }

    /// Its days, and which of them count: of a day that some months lack, the last one that there is. RFC 5545 leaves such
    /// months out. Two such days at once it can't say.
    fn days_of_month(&self) -> (Vec<i64>, Vec<i64>) {
        let may_lack = |day: &i64| match self.month {
            Some(month) => month == 2 && *day == 29,
            None => *day > 28,
        };
        let (late, mut days): (Vec<i64>, Vec<i64>) =
            self.days.iter().partition(|day| may_lack(day));
        days.sort_unstable();
        days.dedup();
        let [late] = late[..] else { return (self.days.clone(), Vec::new()) };
        if days.first().is_some_and(|day| *day < 0) {
            return (self.days.clone(), Vec::new());
        }
        let places = (1..=days.len() as i64).chain([-1]).collect();
        days.extend((28..=late).filter(|day| *day > 28 || !self.days.contains(day)));
        (days, places)
    }

    /// Its first day from a day on.
    pub fn first(&self, from: NaiveDate) -> Option<NaiveDate> {
        match (self.unit, self.nth, self.days.first()) {
            (Unit::Month, Some(nth), _) => {
                let day = *self.weekdays.first()?;
                months_from(from)
                    .filter_map(|(year, month)| nth_weekday(year, month, nth, day))
                    .find(|date| *date >= from)
            }
            (Unit::Month | Unit::Quarter, None, Some(_)) => months_from(from)
                .flat_map(|(year, month)| {
                    let falls_back = !self.days_of_month().1.is_empty();
                    self.days.iter().filter_map(move |day| day_of(year, month, *day, falls_back))
                })
                .find(|date| *date >= from),
            (Unit::Year, Some(nth), _) => {
                let day = *self.weekdays.first()?;
                let month = self.month?;
                (0..3)
                    .filter_map(|years| nth_weekday(from.year() + years, month, nth, day))
                    .find(|date| *date >= from)
            }
            (Unit::Year, None, Some(day)) if self.month == Some(2) && *day == 29 => (from.year()
                ..=from.year() + 1)
                .filter_map(|year| last_of_month(year, 2))
                .find(|date| *date >= from),
            (Unit::Year, None, Some(day)) => {
                month_day_from(from, self.month?, u32::try_from(*day).ok()?)
            }
            (Unit::Year, None, None) if self.month.is_some() => {
                month_day_from(from, self.month?, 1)
            }
            _ if !self.weekdays.is_empty() => {
                self.weekdays.iter().filter_map(|day| weekday_from(from, *day)).min()
            }
            _ => Some(from),
        }
    }

    /// Its first time, where it is counted in hours or less.
    pub fn first_instant(&self, now: NaiveDateTime) -> Option<(NaiveDateTime, TimeDelta)> {
        let seconds = match self.unit {
            Unit::Hour => 3600,
            Unit::Minute => 60,
            _ => return None,
        };
        let step = TimeDelta::try_seconds(seconds * i64::from(self.interval))?;
        Some((now.checked_add_signed(step)?, step))
    }
}

/// Of a month that lacks the day, its last one if it `falls_back`.
fn day_of(year: i32, month: u32, day: i64, falls_back: bool) -> Option<NaiveDate> {
    let last = last_of_month(year, month)?;
    if day < 0 {
        return plus_days(last, day + 1);
    }
    NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?).or(falls_back.then_some(last))
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

fn months_from(from: NaiveDate) -> impl Iterator<Item = (i32, u32)> {
    let first = from.year() * 12 + from.month0() as i32;
    (first..first + 49).map(|month| (month.div_euclid(12), month.rem_euclid(12) as u32 + 1))
}

fn frequency(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => "SECONDLY",
        Unit::Minute => "MINUTELY",
        Unit::Hour => "HOURLY",
        Unit::Day => "DAILY",
        Unit::Week => "WEEKLY",
        Unit::Month | Unit::Quarter => "MONTHLY",
        Unit::Year => "YEARLY",
    }
}

fn code(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "MO",
        Weekday::Tue => "TU",
        Weekday::Wed => "WE",
        Weekday::Thu => "TH",
        Weekday::Fri => "FR",
        Weekday::Sat => "SA",
        Weekday::Sun => "SU",
    }
}

const WORKDAYS: [Weekday; 5] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
const WEEKEND: [Weekday; 2] = [Weekday::Sat, Weekday::Sun];

/// A recurrence, and where it ends; what bounds it ("until", "10 times") is part of it.
pub fn repeat(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Repeat, usize)> {
    let start = if text.is(at, &["on", "the"]) { at + 1 } else { at };
    let (mut repeat, mut end) =
        [adverb(text, at, now), every(text, start, now), plural(text, start), of_each(text, at)]
            .into_iter()
            .flatten()
            .max_by_key(|(_, end)| *end)?;
    while let Some(after) = bound(text, end, now, &mut repeat) {
        end = after;
    }
    Some((repeat, end))
}

#[rustfmt::skip]
const UNTIL: &[&str] = &[
    "until", "till", "til", "up to", "through", "thru", "ending", "ending on", "ends on", "to",
];

/// Bounds that stand apart from their recurrence ("every day at 9 until friday"), and where they end.
pub fn bound(text: &Text<'_>, at: usize, now: NaiveDateTime, repeat: &mut Repeat) -> Option<usize> {
    let start = if text.at(at) == "," { at + 1 } else { at };
    if let Some(after) = text.phrases(start, UNTIL)
        && let Some((day, end)) = some_day(text, after, now)
    {
        repeat.until = Some(day);
        return Some(end);
    }
    let for_at = text.phrases(start, &["for", "اگلے"]).unwrap_or(start);
    if let Some((count, end)) = integer(text, for_at)
        && let Some(end) =
            text.phrases(end, &["times", "occurrences", "occasions", "بار", "مرتبہ", "دفعہ"])
    {
        repeat.count = u32::try_from(count).ok().filter(|count| (1..10_000).contains(count));
        return Some(end);
    }
    if for_at > start {
        let next = text.phrases(for_at, &["the next"]).unwrap_or(for_at);
        if let Some((length, end)) =
            length(text, next, false).filter(|(length, _)| length.seconds == 0)
        {
            repeat.until =
                length.from(repeat.first(now.date())?).and_then(|date| plus_days(date, -1));
            return Some(end);
        }
    }
    // ۳۰ جون تک
    if let Some((day, end)) = some_day(text, start, now).filter(|(_, end)| text.at(*end) == "تک")
    {
        repeat.until = Some(day);
        return Some(end + 1);
    }
    None
}

fn some_day(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(NaiveDate, usize)> {
    let today = now.date();
    if let Some((Date::On(day) | Date::Month(day), end)) = date(text, at, today, false) {
        return Some((day, end));
    }
    if let Some((day, end)) = weekday_said(text, at, today) {
        return Some((day, end));
    }
    if let Some((
        Relative::Day(day)
        | Relative::Counted(day)
        | Relative::Period(day, _)
        | Relative::EndOfDay(day),
        end,
    )) = relative(text, at, now)
    {
        return Some((day, end));
    }
    let month = month(text.at(at))?;
    Some((month_day_from(today, month, 1)?, at + 1))
}

/// "daily", "every day": single words and set phrases.
fn adverb(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Repeat, usize)> {
    #[rustfmt::skip]
    const WORDS: &[(&str, Unit, u32)] = &[
        ("daily", Unit::Day, 1), ("everyday", Unit::Day, 1), ("nightly", Unit::Day, 1),
        ("hourly", Unit::Hour, 1), ("weekly", Unit::Week, 1), ("biweekly", Unit::Week, 2),
        ("bi weekly", Unit::Week, 2), ("bi - weekly", Unit::Week, 2),
        ("fortnightly", Unit::Week, 2), ("monthly", Unit::Month, 1), ("bimonthly", Unit::Month, 2),
        ("quarterly", Unit::Month, 3), ("yearly", Unit::Year, 1), ("annually", Unit::Year, 1),
        ("once a day", Unit::Day, 1), ("once a week", Unit::Week, 1),
        ("once a month", Unit::Month, 1), ("once a year", Unit::Year, 1), ("روزانہ", Unit::Day, 1),
        ("ہر روز", Unit::Day, 1), ("روز", Unit::Day, 1), ("ہفتہ وار", Unit::Week, 1),
        ("ماہانہ", Unit::Month, 1), ("ماہوار", Unit::Month, 1), ("سالانہ", Unit::Year, 1),
    ];
    let found = WORDS
        .iter()
        .filter_map(|(phrase, unit, interval)| Some((text.phrase(at, phrase)?, *unit, *interval)));
    let (end, unit, interval) = found.max_by_key(|(end, ..)| *end)?;
    let details = text.is(end, &["on", "کی", "کے"]);
    let repeat = Repeat::every(unit, interval);
    Some(if details { detailed(text, repeat, end, now) } else { (repeat, end) })
}

/// "every", "each", ہر, and what follows.
fn every(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Repeat, usize)> {
    if !text.is(at, &["every", "each", "ev", "ہر"]) {
        return None;
    }
    let mut start = at + 1;
    let after_completion = text.at(start) == "!" && text.glued(start);
    start += usize::from(after_completion);
    let (mut repeat, end) = every_what(text, start, now)?;
    repeat.after_completion = after_completion;
    if text.at(end) == "!" && text.glued(end) && text.glued(end + 1) {
        return None;
    }
    Some((repeat, end))
}

fn every_what(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Repeat, usize)> {
    if let Some(end) = text.phrases(at, &["single"]) {
        return every_what(text, end, now);
    }
    if let Some(end) = text.phrases(
        at,
        &["weekday", "weekdays", "work day", "workday", "working day", "business day", "week day"],
    ) {
        return Some((Repeat::on(WORKDAYS.to_vec(), 1), end));
    }
    if let Some(end) = text.phrases(at, &["weekend", "weekends", "ویک اینڈ"]) {
        return Some((Repeat::on(WEEKEND.to_vec(), 1), end));
    }
    // "every june 5", "every 5th of june"
    if let Some((Date::On(day), end)) = date(text, at, now.date(), false)
        && text.kind(at) != Some(crate::text::Kind::Sign)
        && names_a_month(text, at, end)
    {
        let repeat = Repeat {
            month: Some(day.month()),
            days: vec![i64::from(day.day())],
            ..Repeat::every(Unit::Year, 1)
        };
        return Some((repeat, end));
    }
    // "every first monday of the month", "every last day of the month"
    let place = ordinal(text, at);
    if let Some(found) = place.and_then(|(nth, end)| nth_of_month(text, nth, end)) {
        return Some(found);
    }
    let (interval, unit_at) = interval(text, at);
    // ہر دو ہفتے
    let weeks = interval > 1 && text.is(unit_at, &["ہفتے", "ہفتہ"]);
    if let Some((days, end)) = weekday_list(text, unit_at).filter(|_| !weeks) {
        return Some((Repeat::on(days, interval), end));
    }
    if let Some((day, end)) = place.filter(|(day, _)| (1..=31).contains(day)) {
        let of = text.phrases(
            end,
            &["of the month", "of every month", "of each month", "of month", "تاریخ"],
        );
        if of.is_some() || interval == 1 {
            let repeat = Repeat { days: vec![day], ..Repeat::every(Unit::Month, 1) };
            return Some((repeat, of.unwrap_or(end)));
        }
    }
    if let Some(part) = day_part(text.at(unit_at)) {
        return Some((
            Repeat { part: Some(part), ..Repeat::every(Unit::Day, interval) },
            unit_at + 1,
        ));
    }
    let word = text.at(unit_at);
    let unit = if word == "fortnight" { Unit::Week } else { unit(word)? };
    let interval = if word == "fortnight" { interval * 2 } else { interval };
    // ہفتہ is a week after a number, else Saturday.
    if matches!(word, "ہفتہ") && interval == 1 && unit_at == at {
        return Some((Repeat::on(vec![Weekday::Sat], 1), unit_at + 1));
    }
    let end = unit_at + 1;
    let end = text.phrases(end, &["بعد", "کے بعد", "میں ایک بار", "میں", "کو"]).unwrap_or(end);
    Some(detailed(text, Repeat::every(unit, interval), end, now))
}

/// "on monday and friday" after a week, "on the 15th" after a month, "on june 5" after a year.
fn detailed(
    text: &Text<'_>,
    mut repeat: Repeat,
    mut end: usize,
    now: NaiveDateTime,
) -> (Repeat, usize) {
    let interval = repeat.interval;
    // "every week on monday and friday", "every month on the 15th", "every year on june 5", ہر مہینے کی 15 تاریخ
    let on = text.phrases(end, &["on", "on the", "کی", "کے", "، on"]).unwrap_or(end);
    match repeat.unit {
        Unit::Week => {
            if let Some((days, after)) = weekday_list(text, on) {
                repeat = Repeat::on(days, interval);
                end = after;
            }
        }
        Unit::Month | Unit::Quarter => {
            if let Some((nth, after)) = ordinal(text, on) {
                if let Some(day) = weekday(text.at(after)) {
                    repeat = Repeat { nth: Some(nth), weekdays: vec![day], ..repeat };
                    end = after + 1;
                } else {
                    repeat.days = vec![nth];
                    end = text.phrases(after, &["day", "تاریخ", "دن"]).unwrap_or(after);
                }
            } else if let Some((day, after)) = integer(text, on).filter(|(day, after)| {
                (1..=31).contains(day) && (on > end || text.at(*after) == "تاریخ")
            }) && crate::words::unit(text.at(after)).is_none()
            {
                repeat.days = vec![day];
                end = text.phrases(after, &["تاریخ", "ویں تاریخ"]).unwrap_or(after);
            }
        }
        Unit::Year => {
            if let Some((nth, day_at)) =
                ordinal(text, if text.at(on) == "the" { on + 1 } else { on })
                && let Some(day) = weekday(text.at(day_at))
                && let Some(of) = text.phrases(day_at + 1, &["of", "in"])
                && let Some(month) = month(text.at(of))
            {
                repeat =
                    Repeat { nth: Some(nth), weekdays: vec![day], month: Some(month), ..repeat };
                end = of + 1;
            } else if let Some((Date::On(day), after)) = date(text, on, now.date(), false) {
                repeat.month = Some(day.month());
                repeat.days = vec![i64::from(day.day())];
                end = after;
            }
        }
        _ => {}
    }
    (repeat, end)
}

fn names_a_month(text: &Text<'_>, from: usize, to: usize) -> bool {
    (from..to).any(|at| month(text.at(at)).is_some())
}

/// "other", "second", "3", "third": every how many; and where the unit is.
fn interval(text: &Text<'_>, at: usize) -> (u32, usize) {
    if text.is(at, &["other", "alternate", "دوسرے", "دوسری"]) {
        return (2, at + 1);
    }
    let number = ordinal(text, at).filter(|(number, _)| *number > 1).or_else(|| integer(text, at));
    let follows = |end: usize| {
        unit(text.at(end)).is_some()
            || weekday(text.at(end)).is_some()
            || day_part(text.at(end)).is_some()
    };
    match number {
        Some((number, end)) if (1..1000).contains(&number) && follows(end) => {
            (u32::try_from(number).unwrap_or(1), end)
        }
        _ => (1, at),
    }
}

/// "monday", "mon, wed and fri", پیر اور جمعرات, "monday to friday".
fn weekday_list(text: &Text<'_>, at: usize) -> Option<(Vec<Weekday>, usize)> {
    let any = |at: usize| weekday(text.at(at)).or_else(|| weekdays(text.at(at)));
    let first = any(at)?;
    let mut days = vec![first];
    let mut end = at + 1;
    if let Some(last_at) = text.phrases(end, &["to", "through", "thru", "-", "–", "سے"])
        && let Some(last) = any(last_at)
    {
        let mut day = first;
        while day != last {
            day = day.succ();
            days.push(day);
        }
        let end = last_at + 1;
        return Some((days, if text.at(end) == "تک" { end + 1 } else { end }));
    }
    loop {
        let next = text
            .phrases(
                end,
                &[
                    ", and",
                    ", &",
                    "، اور",
                    "and",
                    "&",
                    "اور",
                    ",",
                    "،",
                    "/",
                    "+",
                    "and every",
                    "and on",
                ],
            )
            .unwrap_or(end);
        let Some(day) = any(next).filter(|_| next > end) else { break };
        days.push(day);
        end = next + 1;
    }
    Some((days, end))
}

/// "mondays", "on tuesdays and thursdays", "weekdays", "weekends".
fn plural(text: &Text<'_>, at: usize) -> Option<(Repeat, usize)> {
    if text.at(at) == "weekdays" {
        return Some((Repeat::on(WORKDAYS.to_vec(), 1), at + 1));
    }
    if text.at(at) == "weekends" {
        return Some((Repeat::on(WEEKEND.to_vec(), 1), at + 1));
    }
    weekdays(text.at(at))?;
    let (days, end) = weekday_list(text, at)?;
    Some((Repeat::on(days, 1), end))
}

/// "the last friday of each month", "the 15th of every month", "on day 3 of every month", "the first of the month".
fn of_each(text: &Text<'_>, at: usize) -> Option<(Repeat, usize)> {
    let start = text.phrases(at, &["on the", "on", "the", "on day", "day"]).unwrap_or(at);
    let (nth, end) =
        ordinal(text, start).or_else(|| integer(text, start).filter(|_| start > at))?;
    // "the 1st and 15th of every month"
    let more = text
        .phrases(end, &["and", "and the", "and on the", "&", ", and"])
        .and_then(|next| ordinal(text, next));
    if let Some((second, after)) = more
        && let Some((mut repeat, end)) = nth_of_month(text, second, after)
    {
        repeat.days.insert(0, nth);
        return Some((repeat, end));
    }
    nth_of_month(text, nth, end)
}

fn nth_of_month(text: &Text<'_>, nth: i64, end: usize) -> Option<(Repeat, usize)> {
    #[rustfmt::skip]
    const OF_EACH: &[&str] = &[
        "of every", "of each", "every", "each", "in every", "in each", "of the", "of",
        "of every other", "of every single", "day of every", "day of each",
    ];
    let weekday = weekday(text.at(end));
    let day_at = if weekday.is_some() || text.is(end, &["day", "weekday"]) { end + 1 } else { end };
    let of = text.phrases(day_at, OF_EACH)?;
    let each = (day_at..of).any(|at| text.is(at, &["every", "each"]));
    // "the first monday of june" is one day; "the last day of the month" too, unless "every" came before.
    let before = (end.saturating_sub(4)..end).any(|at| text.is(at, &["every", "each"]));
    if !each && !before {
        // "the last day of the month, every month"
        let month_at = text.phrase(of, "month")?;
        let after = text.phrases(
            month_at,
            &[", every month", "every month", ", each month", "each month", ", monthly", "monthly"],
        )?;
        let repeat = Repeat::every(Unit::Month, 1);
        let repeat = match weekday {
            Some(day) => Repeat { nth: Some(nth), weekdays: vec![day], ..repeat },
            None => Repeat { days: vec![nth], ..repeat },
        };
        return Some((repeat, after));
    }
    let (unit, interval, after) = if let Some(month) = month(text.at(of)) {
        let repeat = Repeat { month: Some(month), ..Repeat::every(Unit::Year, 1) };
        let repeat = match weekday {
            Some(day) => Repeat { nth: Some(nth), weekdays: vec![day], ..repeat },
            None => Repeat { days: vec![nth], ..repeat },
        };
        return Some((repeat, of + 1));
    } else {
        let (interval, unit_at) = interval(text, of);
        let other = (day_at..of).any(|at| text.at(at) == "other");
        (unit(text.at(unit_at))?, if other { 2 } else { interval }, unit_at + 1)
    };
    let repeat = Repeat::every(unit, interval);
    let repeat = match (unit, weekday) {
        (Unit::Month | Unit::Quarter, Some(day)) => {
            Repeat { nth: Some(nth), weekdays: vec![day], ..repeat }
        }
        (Unit::Month | Unit::Quarter, None) => Repeat { days: vec![nth], ..repeat },
        _ => return None,
    };
    Some((repeat, after))
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[test]
    fn a_day_that_some_months_lack_falls_back_to_the_last_one() {
        let now = "2027-02-03T09:00:00".parse().unwrap();
        for (said, rule, first) in [
            ("every 31st", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2027-02-28"),
            ("every 29th", "FREQ=MONTHLY;BYMONTHDAY=28,29;BYSETPOS=-1", "2027-02-28"),
            ("every 28th", "FREQ=MONTHLY;BYMONTHDAY=28", "2027-02-28"),
            (
                "on the 30th of every other month",
                "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=28,29,30;BYSETPOS=-1",
                "2027-02-28",
            ),
            (
                "the 15th and 31st of every month",
                "FREQ=MONTHLY;BYMONTHDAY=15,28,29,30,31;BYSETPOS=1,-1",
                "2027-02-15",
            ),
            (
                "every 31st until may 1 2027",
                "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1;UNTIL=20270501",
                "2027-02-28",
            ),
            (
                "every february 29",
                "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
                "2027-02-28",
            ),
            ("every day until may 1 2027 5 times", "FREQ=DAILY;COUNT=5", "2027-02-03"),
            ("every december 31", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31", "2027-12-31"),
        ] {
            let commands = parse(&format!("pay the rent {said}"), now, None);
            let command = commands.first().unwrap();
            assert_eq!(command.recurrence.as_ref().unwrap().rule, rule, "{said}");
            assert_eq!(command.due.unwrap().at.date().to_string(), first, "{said}");
        }
    }
}
