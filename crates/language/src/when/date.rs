//! Dates of the calendar, in digits and in words: "8/10/2012", "the 3rd of May", "Jan 5", ۱۵ مارچ.

use chrono::{Datelike as _, NaiveDate};

use crate::calendar::{day_from, month_day_from};
use crate::number::{integer, ordinal};
use crate::text::{Kind, Text};
use crate::words::month;

/// What looks like a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Date {
    On(NaiveDate),
    /// A whole month, said as one: "in January", "9/2012".
    Month(NaiveDate),
    /// There is no such day: "32 August", "2/29/2014".
    Never,
}

/// The longest date that begins at a word, and where it ends.
pub fn date(text: &Text<'_>, at: usize, from: NaiveDate, day_first: bool) -> Option<(Date, usize)> {
    [
        numeric(text, at, from, day_first),
        mixed(text, at, from),
        day_month(text, at, from),
        month_day(text, at, from),
        month_year(text, at),
    ]
    .into_iter()
    .flatten()
    .max_by_key(|(_, end)| *end)
}

/// "the 4th", "15 تاریخ", and where it ends: the next such day of a month. In digits it needs a sign of order.
pub fn day_of_month(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    let start = if text.at(at) == "the" { at + 1 } else { at };
    let (day, end) = match integer(text, start).filter(|(_, end)| text.is(*end, &["تاریخ"])) {
        Some((day, end)) => (day, end + 1),
        None => ordinal(text, start)
            .filter(|(_, end)| start > at || text.kind(*end - 1) == Some(Kind::Letters))?,
    };
    let end = if text.is(end, &["day", "تاریخ"]) { end + 1 } else { end };
    u32::try_from(day).ok().filter(|day| (1..=31).contains(day)).map(|day| (day, end))
}

fn on(year: i64, month: u32, day: i64) -> Date {
    let day = u32::try_from(day).ok();
    let date = i32::try_from(year)
        .ok()
        .zip(day)
        .and_then(|(year, day)| NaiveDate::from_ymd_opt(year, month, day));
    date.map_or(Date::Never, Date::On)
}

fn next(from: NaiveDate, month: u32, day: i64) -> Date {
    let date = u32::try_from(day).ok().and_then(|day| month_day_from(from, month, day));
    date.map_or(Date::Never, Date::On)
}

/// Digits with `/`, `-` or `.` between them.
fn numeric(text: &Text<'_>, at: usize, from: NaiveDate, day_first: bool) -> Option<(Date, usize)> {
    let (first, first_digits) = text.digits(at)?;
    let ends = !text.glued(at + 1) || text.kind(at + 1) == Some(Kind::Sign) && !text.glued(at + 2);
    if first_digits == 8 && ends {
        let date = on(first / 10000, u32::try_from(first / 100 % 100).ok()?, first % 100);
        return matches!(date, Date::On(date) if (1900..2200).contains(&date.year()))
            .then_some((date, at + 1));
    }
    if glued_to_digits(text, at) {
        return None;
    }
    let sign = text.at(at + 1);
    if !["/", "-", "."].contains(&sign) || !text.glued(at + 1) || !text.glued(at + 2) {
        return None;
    }
    let (second, second_digits) = text.digits(at + 2).filter(|&(_, digits)| digits <= 4)?;
    let third = (text.at(at + 3) == sign && text.glued(at + 3) && text.glued(at + 4))
        .then(|| text.digits(at + 4))
        .flatten();
    let end = if third.is_some() { at + 5 } else { at + 3 };
    if text.glued(end) && (text.kind(end) == Some(Kind::Digits) || text.is(end, &["/", "%"])) {
        return None;
    }
    let month_of = |month: i64| u32::try_from(month).unwrap_or(0);
    let more = text.is(end, &["-", "."]) && text.glued(end) && text.glued(end + 1);
    let date = match (first_digits, second_digits, third) {
        (4, 1 | 2, Some((day, 1 | 2))) => on(first, month_of(second), day),
        (1 | 2, 1 | 2, Some((year, digits @ (2 | 4)))) if digits == 4 || sign == "/" => {
            if more && text.kind(end + 1) == Some(Kind::Digits) {
                return None;
            }
            let year = match digits {
                4 => year,
                _ if year < 40 => 2000 + year,
                _ => 1900 + year,
            };
            let swapped = day_first || sign == "." || first > 12 && second <= 12;
            if swapped {
                on(year, month_of(second), first)
            } else {
                on(year, month_of(first), second)
            }
        }
        (1 | 2, 4, None) if sign == "/" => match on(second, month_of(first), 1) {
            Date::On(date) if (1900..2200).contains(&second) => Date::Month(date),
            _ => Date::Never,
        },
        (2, 1, None) if (first, second) == (24, 7) => return None,
        (1 | 2, 1 | 2, None)
            if sign == "/" && !(more && text.kind(end + 1) == Some(Kind::Digits)) =>
        {
            let swapped = day_first || first > 12 && second <= 12;
            if swapped {
                next(from, month_of(second), first)
            } else {
                next(from, month_of(first), second)
            }
        }
        (_, _, Some(_)) if sign == "/" => Date::Never,
        _ => return None,
    };
    Some((date, end))
}

/// "7-6" or "7.6", which only a context makes a date.
pub fn short_numeric(text: &Text<'_>, at: usize, from: NaiveDate) -> Option<(NaiveDate, usize)> {
    let (month, _) = text.digits(at).filter(|&(_, digits)| digits <= 2)?;
    let (day, _) = text.digits(at + 2).filter(|&(_, digits)| digits <= 2)?;
    let glued =
        text.glued(at + 1) && text.glued(at + 2) && !text.glued(at + 3) || text.is(at + 3, &["."]);
    if !text.is(at + 1, &["-", ".", "/"]) || !glued {
        return None;
    }
    match next(from, u32::try_from(month).ok()?, day) {
        Date::On(date) => Some((date, at + 3)),
        _ => None,
    }
}

/// A sign and digits before it: part of a longer number.
fn glued_to_digits(text: &Text<'_>, at: usize) -> bool {
    at >= 2
        && text.glued(at)
        && text.glued(at - 1)
        && text.is(at - 1, &["-", "/", ".", ":"])
        && text.kind(at - 2) == Some(Kind::Digits)
}

/// Digits and a month's name with signs between: "05-Aug-2016", "2012/Aug/10", "September-2020-23".
fn mixed(text: &Text<'_>, at: usize, from: NaiveDate) -> Option<(Date, usize)> {
    let sign = |at: usize| text.is(at, &["-", "/"]) && text.glued(at) && text.glued(at + 1);
    if !sign(at + 1) || glued_to_digits(text, at) {
        return None;
    }
    enum Piece {
        Number(i64, usize),
        Name(u32),
    }
    let piece = |at: usize| match text.digits(at) {
        Some((number, digits)) => Some(Piece::Number(number, digits)),
        None => month(text.at(at)).map(Piece::Name),
    };
    let third = if sign(at + 3) { piece(at + 4) } else { None };
    let (date, end) = match (piece(at)?, piece(at + 2)?, third) {
        (Piece::Number(year, 4), Piece::Name(month), Some(Piece::Number(day, 1 | 2))) => {
            (on(year, month, day), at + 5)
        }
        (Piece::Number(day, 1 | 2), Piece::Name(month), Some(Piece::Number(year, 4))) => {
            (on(year, month, day), at + 5)
        }
        (Piece::Number(day, 1 | 2), Piece::Number(year, 4), Some(Piece::Name(month))) => {
            (on(year, month, day), at + 5)
        }
        (Piece::Name(month), Piece::Number(year, 4), Some(Piece::Number(day, 1 | 2))) => {
            (on(year, month, day), at + 5)
        }
        (Piece::Name(month), Piece::Number(day, 1 | 2), Some(Piece::Number(year, 4))) => {
            (on(year, month, day), at + 5)
        }
        (Piece::Name(month), Piece::Number(day, 1 | 2), _) => (next(from, month, day), at + 3),
        (Piece::Number(day, 1 | 2), Piece::Name(month), _) => (next(from, month, day), at + 3),
        _ => return None,
    };
    Some((date, end))
}

/// "10 August 2012", "the 3rd of May", "twenty five January", "۱۵ مارچ".
fn day_month(text: &Text<'_>, at: usize, from: NaiveDate) -> Option<(Date, usize)> {
    if at > 0 && text.is(at - 1, &["$", "€", "£"]) || glued_to_digits(text, at) {
        return None;
    }
    let start = if text.at(at) == "the" { at + 1 } else { at };
    let (day, mut end) = number_of_day(text, start)?;
    if let Some(after) = text.phrases(end, &["day of", "of", "-"]) {
        end = after;
    }
    let month = month(text.at(end))?;
    // "one may ask"
    if text.is(end, &["may", "march"])
        && text.kind(start) == Some(Kind::Letters)
        && ordinal(text, start).is_none()
    {
        return None;
    }
    let (year, end) = year(text, end + 1);
    Some((year.map_or_else(|| next(from, month, day), |year| on(year, month, day)), end))
}

/// "August 10, 2012", "May the 3rd", "Feb twenty second", "مارچ کی ۱۵ تاریخ".
fn month_day(text: &Text<'_>, at: usize, from: NaiveDate) -> Option<(Date, usize)> {
    let month = month(text.at(at))?;
    let mut start = if text.at(at + 1) == "." { at + 2 } else { at + 1 };
    if let Some(after) = text.phrases(start, &["the", "کی"]) {
        start = after;
    }
    if text.at(start) == "," && ordinal(text, start + 1).is_some() {
        start += 1;
    }
    let (day, end) = number_of_day(text, start)?;
    let end = if text.at(end) == "تاریخ" { end + 1 } else { end };
    let (year, end) = year(text, end);
    Some((year.map_or_else(|| next(from, month, day), |year| on(year, month, day)), end))
}

/// A day's number, but no hour ("May 5pm", "december 12:30") and no year.
fn number_of_day(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    if let Some((day, end)) = ordinal(text, at).filter(|(day, _)| *day > 0) {
        return Some((day, end));
    }
    let (day, end) = integer(text, at)?;
    if text.kind(at) == Some(Kind::Digits) {
        let (_, digits) = text.digits(at)?;
        let is_time = text.at(end) == ":" && text.glued(end) && text.glued(end + 1)
            || text.is(end, &["am", "pm", "بجے", "o'clock"]);
        let is_more = text.glued(end) && text.is(end, &["%", "x", "k"]);
        return (digits <= 2 && !is_time && !is_more).then_some((day, end));
    }
    (day <= 31).then_some((day, end))
}

/// "August 2012", "August, 2012".
fn month_year(text: &Text<'_>, at: usize) -> Option<(Date, usize)> {
    let month = month(text.at(at))?;
    let (year, end) = year(text, at + 1);
    match on(year?, month, 1) {
        Date::On(date) => Some((Date::Month(date), end)),
        _ => None,
    }
}

/// A year that follows, with or without a comma or "of"; and where the date ends.
fn year(text: &Text<'_>, at: usize) -> (Option<i64>, usize) {
    let start = text.phrases(at, &[",", "of", "in", "the year", "of the year"]).unwrap_or(at);
    if let Some((year, 4)) = text.digits(start) {
        let part_of_more = text.glued(start + 1) && text.is(start + 1, &[":", "-", "/"]);
        if text.is(start + 1, &["be", "b.e."]) {
            return (Some(year - 543), start + 2);
        }
        if (1800..2200).contains(&year) && !part_of_more {
            return (Some(year), start + 1);
        }
    }
    if text.kind(start) == Some(Kind::Letters)
        && let Some((century, end)) = integer(text, start)
    {
        if (1800..2200).contains(&century) {
            return (Some(century), end);
        }
        if let Some((rest, end)) = integer(text, end)
            .filter(|(rest, _)| (19..=20).contains(&century) && (10..100).contains(rest))
        {
            return (Some(century * 100 + rest), end);
        }
    }
    (None, at)
}

/// The first day that is this weekday and this day of its month.
pub fn weekday_and_day(from: NaiveDate, weekday: chrono::Weekday, day: u32) -> Option<NaiveDate> {
    let mut date = day_from(from, day)?;
    for _ in 0..60 {
        if date.weekday() == weekday {
            return Some(date);
        }
        date = day_from(date.succ_opt()?, day)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The date, if it is the whole text; `never` for what is none.
    fn said(text: &str) -> String {
        let text = Text::new(text);
        let from = NaiveDate::from_ymd_opt(2012, 8, 10).unwrap();
        match date(&text, 0, from, false) {
            Some((Date::On(date) | Date::Month(date), end)) if end == text.len() => {
                date.to_string()
            }
            Some((Date::Never, end)) if end == text.len() => "never".to_owned(),
            _ => String::new(),
        }
    }

    #[test]
    fn dates() {
        for (text, is) in [
            ("8/10/2012", "2012-08-10"),
            ("18/10/2012", "2012-10-18"),
            ("8/9", "2013-08-09"),
            ("2012-08-11", "2012-08-11"),
            ("23.04.2022", "2022-04-23"),
            ("11/12/35", "2035-11-12"),
            ("03/18/40", "1940-03-18"),
            ("20161016", "2016-10-16"),
            ("9/2012", "2012-09-01"),
            ("05-Aug-2016", "2016-08-05"),
            ("2012/Aug/10", "2012-08-10"),
            ("September-2020-23", "2020-09-23"),
            ("Oct/2", "2012-10-02"),
            ("10 August", "2012-08-10"),
            ("15Sep", "2012-09-15"),
            ("the 3rd of May", "2013-05-03"),
            ("10 August 2555 BE", "2012-08-10"),
            ("twenty five January nineteen eighty six", "1986-01-25"),
            ("August 10, 2012", "2012-08-10"),
            ("May twenty nine", "2013-05-29"),
            ("January first two thousand and thirty two", "2032-01-01"),
            ("july 4th of 1995", "1995-07-04"),
            ("August, 2012", "2012-08-01"),
            ("۱۵ مارچ", "2013-03-15"),
        ] {
            assert_eq!(said(text), is, "{text}");
        }
    }

    #[test]
    fn days_that_never_come() {
        for text in [
            "32 August 2014",
            "29 February 2014",
            "February 30",
            "2/29/2014",
            "2014/22/29",
            "2014-02-30",
            "15/28/2022",
        ] {
            assert_eq!(said(text), "never", "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_dates() {
        for text in [
            "1-2",
            "4-5-6",
            "1.1.30",
            "2012-14",
            "123-12-1234",
            "4:3",
            "101,194",
            "February 151998",
        ] {
            assert_eq!(said(text), "", "{text}");
        }
    }
}
