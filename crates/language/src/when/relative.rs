//! Days that are said by where they lie: "tomorrow", "in 3 days", "next friday", "two weeks after easter", پرسوں.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use super::date::{self, Date};
use super::length::length;
use crate::calendar::{
    Length, easter, last_of_month, nth_weekday, plus_days, weekday_before, weekday_from,
    weekday_of_week,
};
use crate::number::ordinal;
use crate::text::Text;
use crate::words::{DayPart, Unit, is_doubtful_weekday, month, unit, weekday};

/// A day or an instant that is said by where it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Relative {
    Day(NaiveDate),
    /// Counted in days or more; a weekday beside it is in the same week.
    Counted(NaiveDate),
    /// With the part of the day that the word holds: "tonight".
    Part(NaiveDate, DayPart),
    /// Counted on the clock from the reference.
    Instant(NaiveDateTime, TimeDelta),
    /// A whole week, month or year by its first day; a weekday or a day beside it is in it.
    Period(NaiveDate, Unit),
    /// The last minute of a day.
    EndOfDay(NaiveDate),
}

/// What lies near the reference, and where it ends.
pub fn relative(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Relative, usize)> {
    [
        named(text, at, now),
        counted(text, at, now),
        from_a_day(text, at, now),
        end_of(text, at, now),
        period(text, at, now),
        nth_weekday_of(text, at, now),
        holiday(text, at, now.date()).map(|(date, end)| (Relative::Day(date), end)),
    ]
    .into_iter()
    .flatten()
    .max_by_key(|(_, end)| *end)
    // The film of that name: "The Day After Tomorrow".
    .filter(|(_, end)| *end < at + 3 || at == 0 || !(at..*end).all(|word| text.capital(word)))
}

fn named(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Relative, usize)> {
    #[rustfmt::skip]
    const DAYS: &[(&str, i64)] = &[
        ("today", 0), ("tomorrow", 1), ("tommorow", 1), ("tomorow", 1), ("tommorrow", 1),
        ("tmr", 1), ("tmrw", 1), ("tmw", 1), ("2moro", 1), ("yesterday", -1),
        ("day after tomorrow", 2), ("the day after tomorrow", 2), ("the day after", 1),
        ("the next day", 1), ("day before yesterday", -2), ("the day before yesterday", -2),
        ("otd", 0), ("for the day", 0), ("later today", 0), ("آج", 0), ("کل", 1), ("آئندہ کل", 1),
        ("آنے والے کل", 1), ("پرسوں", 2), ("ترسوں", 3), ("اگلے دن", 1), ("گزشتہ کل", -1),
        ("گذشتہ کل", -1), ("گزشتہ پرسوں", -2), ("گزرے کل", -1),
    ];
    #[rustfmt::skip]
    const NOW: &[&str] = &[
        "now", "right now", "at present", "at this time", "at the moment", "immediately",
        "right away", "ابھی", "اسی وقت",
    ];
    let today = now.date();
    // کی کل رقم: the total
    if text.at(at) == "کل" && at > 0 && text.is(at - 1, &["کی", "کے", "کا"]) {
        return None;
    }
    if text.phrase(at, "for the day").is_some_and(|end| text.is(end, &["after", "before"])) {
        return None;
    }
    // "day after tmrw"
    if let Some(tomorrow) = text.phrases(at, &["day after", "the day after"])
        && text.is(tomorrow, &["tmr", "tmrw", "tmw", "tom", "tomorow", "tommorow", "tommorrow"])
    {
        return Some((Relative::Day(plus_days(today, 2)?), tomorrow + 1));
    }
    let day =
        DAYS.iter().filter_map(|(phrase, days)| Some((text.phrase(at, phrase)?, *days))).max();
    if let Some((end, days)) = day {
        return Some((Relative::Day(plus_days(today, days)?), end));
    }
    if text.is(at, &["tonight", "tonite"]) {
        return Some((Relative::Part(today, DayPart::Night), at + 1));
    }
    if let Some(end) = text.phrase(at, "last night") {
        return Some((Relative::Part(plus_days(today, -1)?, DayPart::Midnight), end));
    }
    text.phrases(at, NOW).map(|end| (Relative::Instant(now, TimeDelta::zero()), end))
}

/// "in 5 minutes", "2 days later", "a week ago", "+15 minutes", دو گھنٹے بعد.
fn counted(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Relative, usize)> {
    const BEFORE: &[&str] = &["in", "within", "+", "after", "wait for"];
    #[rustfmt::skip]
    const AFTER: &[&str] = &[
        "from now", "from today", "later", "out", "hence", "after", "s time", "'s time", "' time",
        "time", "میں", "بعد", "کے بعد", "تک", "کے اندر", "میں ہی",
    ];
    const AGO: &[&str] = &["ago", "earlier", "before", "before now", "back", "پہلے", "قبل"];
    let timer = || text.phrase(at, "for").filter(|_| text.counts_down);
    if let Some(start) = text.phrases(at, BEFORE).or_else(timer) {
        let about = text
            .phrases(start, &["about", "around", "another", "the next", "next"])
            .unwrap_or(start);
        if text.at(about) == "the" {
            return None;
        }
        let (length, end) = length(text, about, true)?;
        // "in 2 days after", "in a fortnight's time"
        let end = text.phrases(end, &["'s time", "' time", "time", "from now"]).unwrap_or(end);
        // "after 2 weeks from monday" and "within 3 days of friday" aren't counted from now.
        return match text.at(end) {
            "of" | "from" | "before" | "since" => None,
            _ => Some((moved(now, length)?, end)),
        };
    }
    let (length, end) = length(text, at, true)?;
    if let Some(after) = text.phrases(end, &["کے لیے", "کے لئے"]).filter(|_| text.counts_down)
    {
        return Some((moved(now, length)?, after));
    }
    if let Some(after) = text.phrases(end, AFTER) {
        let word = text.at(end);
        // A day that follows is what it is counted from.
        let counted_from = matches!(word, "after" | "before") && is_day(text, after, now);
        let in_urdu = matches!(word, "میں" | "تک") && text.at(at).is_ascii();
        return if counted_from || in_urdu { None } else { Some((moved(now, length)?, after)) };
    }
    let after = text.phrases(end, AGO)?;
    if text.at(end) == "before" && is_day(text, after, now) || text.at(end) == "پہلے" && at > 0
    {
        return None;
    }
    Some((moved(now, length.negated())?, after))
}

fn is_day(text: &Text<'_>, at: usize, now: NaiveDateTime) -> bool {
    anchor(text, at, now).is_some()
}

fn moved(now: NaiveDateTime, length: Length) -> Option<Relative> {
    let date = length.from(now.date())?;
    if length.seconds == 0 {
        return Some(Relative::Counted(date));
    }
    let at = NaiveDateTime::new(date, now.time())
        .checked_add_signed(TimeDelta::try_seconds(length.seconds)?)?;
    Some(Relative::Instant(at, at - now))
}

/// "2 weeks after yesterday", "3 days before christmas", "two weeks from friday".
fn from_a_day(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Relative, usize)> {
    let (length, end) = length(text, at, false)?;
    let back = match text.at(end) {
        "after" | "from" | "since" | "following" => false,
        "before" | "ahead" | "prior" => true,
        _ => return None,
    };
    let start = text.phrases(end + 1, &["of", "to"]).unwrap_or(end + 1);
    let (date, end) = anchor(text, start, now)?;
    let length = if back { length.negated() } else { length };
    Some((Relative::Counted(length.from(date)?), end))
}

/// A day that something is counted from.
fn anchor(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(NaiveDate, usize)> {
    if let Some((date, end)) = weekday_said(text, at, now.date()) {
        return Some((date, end));
    }
    if let Some((Date::On(date), end)) = date::date(text, at, now.date(), false) {
        return Some((date, end));
    }
    if let Some((date, end)) = holiday(text, at, now.date()) {
        return Some((date, end));
    }
    match named(text, at, now)? {
        (Relative::Day(date), end) => Some((date, end)),
        _ => None,
    }
}

/// A weekday with or without a word that says which, and where it ends.
pub fn weekday_said(text: &Text<'_>, at: usize, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    let (start, which) = modifier(text, at);
    let day = weekday(text.at(start))?;
    let mut end = start + 1;
    if text.at(end) == "." && text.at(start).len() <= 5 && text.glued(end) {
        end += 1;
    }
    if which.is_none()
        && let Some((week, after)) = week_beside(text, end)
    {
        return Some((weekday_of_week(today, week, day)?, after));
    }
    let date = match which {
        None | Some(Which::This) => weekday_from(today, day),
        Some(Which::Next) => weekday_of_week(today, 1, day),
        Some(Which::Last) => weekday_before(today, day),
        Some(Which::Previous) => weekday_of_week(today, -1, day),
    };
    Some((date?, end))
}

/// Whether a bare weekday here is sure to be one.
pub fn is_sure_weekday(text: &Text<'_>, at: usize) -> bool {
    const AFTER: &[&str] = &["کو", "سے", "تک", "کی", "پر", "صبح", "شام", "رات", "دوپہر", "سہ"];
    let range =
        text.is(at + 1, &["to", "-", "and", "or", "through"]) && weekday(text.at(at + 2)).is_some();
    !is_doubtful_weekday(text.at(at)) || range || text.is(at + 1, AFTER)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    This,
    Next,
    /// The one before today.
    Last,
    /// The one in the week before.
    Previous,
}

/// "this", "next", اگلے, and where it ends.
pub fn modifier(text: &Text<'_>, at: usize) -> (usize, Option<Which>) {
    let start = if text.at(at) == "the" { at + 1 } else { at };
    let (which, words) = match text.at(start) {
        "this" => (Which::This, if text.is(start + 1, &["coming", "upcoming"]) { 2 } else { 1 }),
        "coming" | "upcoming"
            if at > 0 && start == at && !text.is(at - 1, &["on", "for", "by"]) =>
        {
            return (at, None);
        }
        "coming" | "upcoming" | "اس" | "آنے" | "آنیوالے" => {
            (Which::This, if text.at(start + 1) == "والے" { 2 } else { 1 })
        }
        "next" | "following" | "اگلے" | "اگلی" | "اگلا" | "آئندہ" | "نیکسٹ" => {
            (Which::Next, 1)
        }
        "last" | "past" | "گزشتہ" | "گذشتہ" | "پچھلے" | "پچھلی" | "پچھلا" => {
            (Which::Last, 1)
        }
        "previous" => (Which::Previous, 1),
        _ => return (at, None),
    };
    let words = if which == Which::This && text.at(start + 1) == "past" {
        return (start + 2, Some(Which::Last));
    } else {
        words
    };
    (start + words, Some(which))
}

/// "next week" after a weekday: which week from this one, and where it ends.
fn week_beside(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    let start = text.phrases(at, &[", of", "of", ","]).unwrap_or(at);
    let (after, which) = modifier(text, start);
    if text.at(after) != "week" {
        return None;
    }
    let week = match which? {
        Which::This => 0,
        Which::Next => 1,
        Which::Last | Which::Previous => -1,
    };
    Some((week, after + 1))
}

/// "next week", "this month", "the weekend", اگلے مہینے.
fn period(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Relative, usize)> {
    let today = now.date();
    let (start, which) = modifier(text, at);
    let start = if text.at(start) == "the" { start + 1 } else { start };
    if text.is(start, &["weekend", "ویک"]) {
        let end = if text.at(start + 1) == "اینڈ" { start + 2 } else { start + 1 };
        let week = i64::from(which == Some(Which::Next))
            - i64::from(matches!(which, Some(Which::Last | Which::Previous)));
        let saturday = match week {
            0 => weekday_from(today, Weekday::Sat),
            week => weekday_of_week(today, week, Weekday::Sat),
        };
        // "weekend" alone is a thing ("plan the weekend trip").
        let said = which.is_some()
            || start > at
                && which.is_none()
                && at > 0
                && text.is(at - 1, &["on", "over", "by", "at", "for", "in", "during"])
            || at > 0 && text.is(at - 1, &["on", "over", "the", "by", "at", "for"]);
        return if said { Some((Relative::Day(saturday?), end)) } else { None };
    }
    let which = which?;
    let unit = unit(text.at(start))
        .filter(|unit| matches!(unit, Unit::Week | Unit::Month | Unit::Year))?;
    let step = match which {
        Which::This => 0,
        Which::Next => 1,
        Which::Last | Which::Previous => -1,
    };
    let first = match unit {
        Unit::Week => weekday_of_week(today, step, Weekday::Mon)?,
        Unit::Month => Length { months: i32::try_from(step).ok()?, ..Length::default() }
            .from(today.with_day(1)?)?,
        _ => NaiveDate::from_ymd_opt(today.year() + i32::try_from(step).ok()?, 1, 1)?,
    };
    let mut end = start + 1;
    if text.is(end, &["کے", "میں", "کی"]) && unit == Unit::Week {
        // اگلے ہفتے کے پیر کو
        end += usize::from(weekday(text.at(end + 1)).is_some());
    }
    Some((Relative::Period(first, unit), end))
}

/// "end of the month", "eod", "the first day of next month", مہینے کے آخر میں.
fn end_of(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Relative, usize)> {
    let today = now.date();
    let start = if text.at(at) == "the" { at + 1 } else { at };
    let short = match text.at(start) {
        "eod" | "cob" => Some(Relative::EndOfDay(today)),
        "eow" => Some(Relative::Day(weekday_from(today, Weekday::Fri)?)),
        "eom" => Some(Relative::Day(last_of_month(today.year(), today.month())?)),
        "eoy" => Some(Relative::Day(NaiveDate::from_ymd_opt(today.year(), 12, 31)?)),
        _ => None,
    };
    if let Some(relative) = short {
        return Some((relative, start + 1));
    }
    if let Some(of) = text.phrases(start, &["end of business", "close of business"]) {
        let end = text.phrase(of, "today").unwrap_or(of);
        return Some((Relative::EndOfDay(today), end));
    }
    #[rustfmt::skip]
    const EDGES: &[(&str, bool)] = &[
        ("end of", true), ("end of the", true), ("last day of", true), ("last day of the", true),
        ("beginning of", false), ("beginning of the", false), ("start of", false),
        ("start of the", false), ("first day of", false), ("first day of the", false),
    ];
    let edge =
        EDGES.iter().filter_map(|(phrase, last)| Some((text.phrase(start, phrase)?, *last))).max();
    let (after, last) = match edge {
        Some(edge) => edge,
        None => return urdu_end_of(text, at, today),
    };
    if let Some((date, end)) = weekday_said(text, after, today) {
        return Some((if last { Relative::EndOfDay(date) } else { Relative::Day(date) }, end));
    }
    if let Some((Relative::Day(date), end)) = named(text, after, now) {
        return Some((if last { Relative::EndOfDay(date) } else { Relative::Day(date) }, end));
    }
    if let Some(month) = month(text.at(after)) {
        let year = today.year() + i32::from(month < today.month());
        let date = if last {
            last_of_month(year, month)?
        } else {
            NaiveDate::from_ymd_opt(year, month, 1)?
        };
        return Some((Relative::Day(date), after + 1));
    }
    let (unit_at, which) = modifier(text, after);
    let step = match which {
        Some(Which::Next) => 1,
        Some(Which::Last | Which::Previous) => -1,
        _ => 0,
    };
    let date = edge_of(today, unit(text.at(unit_at))?, step, last)?;
    Some((date, unit_at + 1))
}

/// The last or first day of this, the next, the last unit.
fn edge_of(today: NaiveDate, unit: Unit, step: i32, last: bool) -> Option<Relative> {
    Some(match unit {
        Unit::Day if last => Relative::EndOfDay(plus_days(today, i64::from(step))?),
        Unit::Week if last && step == 0 => Relative::Day(weekday_from(today, Weekday::Fri)?),
        Unit::Week => Relative::Day(weekday_of_week(
            today,
            i64::from(step),
            if last { Weekday::Fri } else { Weekday::Mon },
        )?),
        Unit::Month => {
            let first = Length { months: step, ..Length::default() }.from(today.with_day(1)?)?;
            Relative::Day(if last { last_of_month(first.year(), first.month())? } else { first })
        }
        Unit::Year => {
            let (month, day) = if last { (12, 31) } else { (1, 1) };
            Relative::Day(NaiveDate::from_ymd_opt(today.year() + step, month, day)?)
        }
        _ => return None,
    })
}

/// مہینے کے آخر میں, ہفتے کے آخر تک, مہینے کی آخری تاریخ.
fn urdu_end_of(text: &Text<'_>, at: usize, today: NaiveDate) -> Option<(Relative, usize)> {
    let (unit_at, which) = modifier(text, at);
    let unit = unit(text.at(unit_at))?;
    let end = text.phrases(
        unit_at + 1,
        &["کے آخر", "کے اختتام", "کی آخری تاریخ", "کے آخری دن", "کے آخر میں"],
    )?;
    let step = i32::from(which == Some(Which::Next));
    Some((edge_of(today, unit, step, true)?, end))
}

/// "the first monday of june", "the last friday of next month", without "every".
fn nth_weekday_of(text: &Text<'_>, at: usize, now: NaiveDateTime) -> Option<(Relative, usize)> {
    let today = now.date();
    let start = if text.at(at) == "the" { at + 1 } else { at };
    let (nth, day_at) = ordinal(text, start)?;
    let day = weekday(text.at(day_at))?;
    let of = text.phrases(day_at + 1, &["of", "of the", "in", "in the"])?;
    let (month_at, which) = modifier(text, of);
    let (year, month, end) = if text.at(month_at) == "month" {
        let step = i32::from(which == Some(Which::Next));
        let first = Length { months: step, ..Length::default() }.from(today.with_day(1)?)?;
        (first.year(), first.month(), month_at + 1)
    } else {
        let month = month(text.at(month_at))?;
        match text.digits(month_at + 1).filter(|&(_, digits)| digits == 4) {
            Some((year, _)) => (i32::try_from(year).ok()?, month, month_at + 2),
            None => (today.year() + i32::from(month < today.month()), month, month_at + 1),
        }
    };
    Some((Relative::Day(nth_weekday(year, month, nth, day)?), end))
}

/// A holiday that everybody knows by its name, with or without a year; and where it ends.
pub fn holiday(text: &Text<'_>, at: usize, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    // An apostrophe at the end of a word is a sign of its own.
    #[rustfmt::skip]
    const NAMES: &[(&str, Holiday)] = &[
        ("christmas eve", Holiday::Fixed(12, 24)), ("christmas", Holiday::Fixed(12, 25)),
        ("christmas day", Holiday::Fixed(12, 25)), ("xmas", Holiday::Fixed(12, 25)),
        ("boxing day", Holiday::Fixed(12, 26)), ("new year's eve", Holiday::Fixed(12, 31)),
        ("new years eve", Holiday::Fixed(12, 31)), ("new year", Holiday::Fixed(1, 1)),
        ("new year's", Holiday::Fixed(1, 1)), ("new year day", Holiday::Fixed(1, 1)),
        ("new year's day", Holiday::Fixed(1, 1)), ("new years day", Holiday::Fixed(1, 1)),
        ("valentine's day", Holiday::Fixed(2, 14)), ("valentines day", Holiday::Fixed(2, 14)),
        ("saint patrick", Holiday::Fixed(3, 17)), ("saint patrick's day", Holiday::Fixed(3, 17)),
        ("st patrick's day", Holiday::Fixed(3, 17)), ("earth day", Holiday::Fixed(4, 22)),
        ("international workers day", Holiday::Fixed(5, 1)),
        ("international workers ' day", Holiday::Fixed(5, 1)),
        ("independence day", Holiday::Fixed(7, 4)), ("halloween", Holiday::Fixed(10, 31)),
        ("groundhog day", Holiday::Fixed(2, 2)),
        ("veterans day", Holiday::Fixed(11, 11)),
        ("martin luther king day", Holiday::Nth(1, 3, Weekday::Mon)),
        ("mlk day", Holiday::Nth(1, 3, Weekday::Mon)),
        ("presidents ' day", Holiday::Nth(2, 3, Weekday::Mon)),
        ("presidents day", Holiday::Nth(2, 3, Weekday::Mon)),
        ("mother's day", Holiday::Nth(5, 2, Weekday::Sun)),
        ("mothers day", Holiday::Nth(5, 2, Weekday::Sun)),
        ("memorial day", Holiday::Nth(5, -1, Weekday::Mon)),
        ("father's day", Holiday::Nth(6, 3, Weekday::Sun)),
        ("fathers day", Holiday::Nth(6, 3, Weekday::Sun)),
        ("labour day", Holiday::Fixed(5, 1)),
        ("یوم پاکستان", Holiday::Fixed(3, 23)),
        ("یوم آزادی", Holiday::Fixed(8, 14)),
        ("labor day", Holiday::Nth(9, 1, Weekday::Mon)),
        ("thanksgiving", Holiday::Nth(11, 4, Weekday::Thu)),
        ("thanksgiving day", Holiday::Nth(11, 4, Weekday::Thu)),
        ("black friday", Holiday::AfterThanksgiving), ("easter", Holiday::Easter),
        ("easter sunday", Holiday::Easter),
    ];
    let (start, which) = modifier(text, at);
    let start = if text.at(start) == "the" { start + 1 } else { start };
    let named =
        NAMES.iter().filter_map(|(name, holiday)| Some((text.phrase(start, name)?, *holiday)));
    let (end, holiday) = named.max_by_key(|(end, _)| *end)?;
    if let Some(end) = text.phrases(end, &["of this year", "this year"]) {
        return Some((holiday.of(today.year())?, end));
    }
    if let Some((year, 4)) = text.digits(if text.at(end) == "of" { end + 1 } else { end }) {
        let after = if text.at(end) == "of" { end + 2 } else { end + 1 };
        return Some((holiday.of(i32::try_from(year).ok()?)?, after));
    }
    let mut years = if matches!(which, Some(Which::Last | Which::Previous)) { -1..1 } else { 0..2 }
        .filter_map(|years| holiday.of(today.year() + years));
    let date = match which {
        Some(Which::Last | Which::Previous) => years.rfind(|date| *date < today),
        _ => years.find(|date| *date >= today),
    };
    Some((date?, end))
}

#[derive(Debug, Clone, Copy)]
enum Holiday {
    Fixed(u32, u32),
    Nth(u32, i64, Weekday),
    AfterThanksgiving,
    Easter,
}

impl Holiday {
    fn of(self, year: i32) -> Option<NaiveDate> {
        match self {
            Self::Fixed(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Self::Nth(month, nth, weekday) => nth_weekday(year, month, nth, weekday),
            Self::AfterThanksgiving => plus_days(nth_weekday(year, 11, 4, Weekday::Thu)?, 1),
            Self::Easter => easter(year),
        }
    }
}
