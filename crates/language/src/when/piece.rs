//! The pieces of a moment: a day, a weekday, a time, a part of the day, each taken once.

use chrono::{Datelike as _, NaiveDate, NaiveDateTime, Weekday};

use super::clock::{clock, part_of_day};
use super::date::{self, Date, day_of_month};
use super::moment::Moment;
use super::relative::{self, Relative, relative, weekday_said};
use crate::calendar::weekday_of_week;
use crate::text::{Kind, Text};
use crate::words::{Unit, is_doubtful_month, month, weekday};

pub enum Taken {
    Upto(usize),
    Never(usize),
}

/// Takes one piece more into a moment, if one is there that it doesn't have yet.
pub fn take(
    text: &Text<'_>,
    at: usize,
    now: NaiveDateTime,
    day_first: bool,
    cue: bool,
    follows: bool,
    found: &mut Moment,
) -> Option<Taken> {
    let today = now.date();
    if found.instant.is_some() {
        return None;
    }
    if let Some(piece) = (found.day.is_none() || found.weekly)
        .then(|| date::date(text, at, today, day_first))
        .flatten()
    {
        let ends = piece.1;
        let relative_longer = relative(text, at, now).is_some_and(|(_, end)| end > ends);
        if !relative_longer {
            return match piece.0 {
                Date::On(day) | Date::Month(day) => {
                    found.day = Some(day);
                    found.weekly = false;
                    found.calendar = true;
                    // "1/2" may be a half.
                    found.sure = ends != at + 3
                        || text.at(at + 1) != "/"
                        || text.kind(at + 2) != Some(Kind::Digits);
                    Some(Taken::Upto(ends))
                }
                Date::Never => Some(Taken::Never(ends)),
            };
        }
    }
    if let Some((relative, end)) = relative(text, at, now)
        && let Some(()) = take_relative(found, relative, follows)
    {
        return Some(Taken::Upto(end));
    }
    if let Some(end) = take_weekday(text, at, today, found) {
        return Some(Taken::Upto(end));
    }
    if found.day.is_none()
        && let Some((day, end)) = lone_day_of_month(text, at, today)
    {
        found.day = Some(day);
        return Some(Taken::Upto(end));
    }
    if found.day.is_none()
        && let Some((day, end)) = lone_month(text, at, today)
    {
        found.day = Some(day);
        return Some(Taken::Upto(end));
    }
    // ISO 8601: 2026-12-03T14:00Z
    if found.calendar
        && found.clock.is_none()
        && text.at(at) == "t"
        && text.glued(at)
        && text.glued(at + 1)
        && let Some((clock, end)) = clock(text, at + 1, true)
    {
        found.clock = Some(clock);
        let zulu = text.at(end) == "z" && text.glued(end);
        return Some(Taken::Upto(end + usize::from(zulu)));
    }
    if found.clock.is_none()
        && let Some((clock, end)) = clock(text, at, cue)
    {
        found.sure |= clock.is_fixed() || text.at(end - 1) == "بجے";
        found.clock = Some(clock);
        return Some(Taken::Upto(end));
    }
    if found.part.is_none()
        && let Some((part, end)) = part_of_day(text, at)
    {
        let said = part_is_said(text, at, found);
        if said {
            found.part = Some(part);
            found.sure |= found.clock.is_some();
            // "this morning" is today's.
            if at > 0 && text.at(at - 1) == "this" && found.day.is_none() {
                found.day = Some(today);
            }
            return Some(Taken::Upto(end));
        }
    }
    None
}

/// A part of the day needs company: "morning coffee" is no time.
fn part_is_said(text: &Text<'_>, at: usize, found: &Moment) -> bool {
    let before = at.checked_sub(1).map_or("", |before| text.at(before));
    found.day.is_some()
        || found.clock.is_some()
        || ["at", "this", "by", "the", "around", "before", "until", "till", "every", "on", "in"]
            .contains(&before)
        || text.is(at, &["in", "noon", "midnight", "midday"])
        || !text.at(at).is_ascii()
            && (clock(text, at + 1, false).is_some()
                || text.is(at + 1, &["کو", "میں", "تک"])
                || !text.at(at + 1).is_ascii())
}

fn take_relative(found: &mut Moment, relative: Relative, follows: bool) -> Option<()> {
    match (relative, found.day) {
        (Relative::Instant(at, elapsed), None) if !follows || found.is_empty() => {
            found.instant = Some((at, elapsed))
        }
        (Relative::Day(day), None) => found.day = Some(day),
        (Relative::Counted(day), None) => {
            found.day = Some(day);
            found.counted = true;
        }
        (Relative::Part(day, part), None) => {
            found.day = Some(day);
            found.part = Some(part);
        }
        (Relative::EndOfDay(day), said) => {
            found.day = said.or(Some(day));
            found.end_of_day = true;
        }
        (Relative::Period(first, unit), None) => {
            found.day = Some(first);
            found.counted = unit == Unit::Week;
        }
        // "Monday, two weeks from now"; "the 15th of next month".
        (Relative::Counted(day), Some(said)) if found.weekly => {
            found.day = Some(weekday_of_week(day, 0, said.weekday())?);
            found.weekly = false;
        }
        (Relative::Period(first, Unit::Week), Some(said)) if found.weekly => {
            found.day = Some(weekday_of_week(first, 0, said.weekday())?);
            found.weekly = false;
        }
        (Relative::Period(first, Unit::Month), Some(said)) => {
            found.day = Some(first.with_day(said.day())?)
        }
        (Relative::Period(first, Unit::Year), Some(said)) => {
            found.day = Some(said.with_year(first.year())?)
        }
        _ => return None,
    }
    found.sure = true;
    Some(())
}

fn take_weekday(text: &Text<'_>, at: usize, today: NaiveDate, found: &mut Moment) -> Option<usize> {
    let (day, end) = weekday_said(text, at, today)?;
    let named = weekday(text.at(at));
    if let Some(said) = found.day {
        // A weekday beside a date says the same day, or which one of a week.
        // "by EOD wednesday"
        if found.end_of_day && said == today {
            found.day = Some(day);
            return Some(end);
        }
        let weekday = named?;
        if found.counted {
            found.day = Some(weekday_of_week(said, 0, weekday)?);
        }
        let same = said.weekday() == weekday && !found.weekly;
        return (found.counted || found.calendar || same).then_some(end);
    }
    let bare = named.is_some();
    if bare && !found.marked && !relative::is_sure_weekday(text, at) && !stands_apart(text, at, end)
    {
        return None;
    }
    // "friday the 26th", "Monday 21", "tue 13th"
    let weekday: Weekday = day.weekday();
    if let Some((month_day, after)) = day_beside(text, end) {
        found.day = Some(date::weekday_and_day(today, weekday, month_day)?);
        found.sure = true;
        return Some(after);
    }
    if let Some((day, after)) = date::short_numeric(text, end, today).filter(|_| bare) {
        found.day = Some(day);
        return Some(after);
    }
    found.day = Some(day);
    found.weekly = bare || text.at(at) == "this";
    found.sure |= !bare;
    Some(end)
}

/// A day's number right after a weekday, but no hour.
fn day_beside(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    if let Some((day, end)) = day_of_month(text, at) {
        let of_a_month = text.at(end) == "of" || month(text.at(end)).is_some();
        return (!of_a_month).then_some((day, end));
    }
    if let Some((day, end)) = crate::number::ordinal(text, at).filter(|(day, _)| *day > 0) {
        return (month(text.at(end)).is_none() && text.at(end) != "of")
            .then_some((u32::try_from(day).ok()?, end));
    }
    let (day, digits) = text.digits(at)?;
    let alone =
        !text.glued(at + 1) || text.is(at + 1, &["!", ".", ",", "?"]) && !text.glued(at + 2);
    let is_day =
        digits == 2 && (13..=31).contains(&day) && alone && month(text.at(at + 1)).is_none();
    is_day.then_some((u32::try_from(day).ok()?, at + 1))
}

/// A doubtful weekday at the sentence's end or before a sign.
fn stands_apart(text: &Text<'_>, at: usize, end: usize) -> bool {
    let before = at.checked_sub(1).map_or("", |before| text.at(before));
    let next = text.kind(end);
    !["the", "a"].contains(&before)
        && (next != Some(Kind::Letters) || month(text.at(end)).is_some())
}

/// "on the 4th", "by the 21st": the next such day; "7.6" and "7-6" after "on" or "this".
fn lone_day_of_month(text: &Text<'_>, at: usize, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    let marks =
        ["on", "by", "until", "till", "due", "before", "from", "for", "this", "next", "after"];
    let marked = at > 0 && text.is(at - 1, &marks)
        || at > 1 && text.at(at - 1) == "the" && text.is(at - 2, &marks);
    if marked
        && let Some((day, end)) = date::short_numeric(text, at, today)
            .filter(|_| text.at(at + 1) != "." || !text.is(at - 1, &["for", "after"]))
    {
        return Some((day, end));
    }
    let (day, end) = match day_of_month(text, at) {
        Some(found) => found,
        None => {
            let (day, end) =
                crate::number::ordinal(text, at).filter(|(day, _)| (1..=31).contains(day))?;
            (u32::try_from(day).ok()?, end)
        }
    };
    let of_a_period = text.at(end) == "of"
        && text.is(end + 1, &["next", "this", "the"])
        && text.is(end + 2, &["month"]);
    let end = text.phrases(end, &["of the month", "of this month"]).unwrap_or(end);
    // "on the 5th floor"
    let counted = COUNTED.contains(&text.at(end));
    let urdu = text.at(end.saturating_sub(1)) == "تاریخ";
    (urdu || of_a_period || marked && !counted)
        .then(|| crate::calendar::day_from(today, day))
        .flatten()
        .map(|date| (date, end))
}

/// What has a place in an order without being a day.
#[rustfmt::skip]
const COUNTED: &[&str] = &[
    "floor", "avenue", "ave", "street", "st", "grade", "edition", "anniversary", "birthday", "place",
    "time", "century", "wave", "try", "attempt", "chapter", "season", "episode", "round", "row",
    "page", "draft", "version", "item", "one", "task", "half", "quarter", "week", "month", "year",
    "hole", "lap", "district", "congress", "symphony", "amendment", "thing", "option", "choice",
];

/// "in January", "by March", "May" as the whole sentence.
fn lone_month(text: &Text<'_>, at: usize, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    let (start, which) = relative::modifier(text, at);
    let month = month(text.at(start))?;
    let marks = ["in", "by", "until", "till", "before", "of", "next", "since", "during", "from"];
    let marked = at > 0
        && text.is(at - 1, &marks)
        && (!text.is(start, &["may", "march"]) || text.capital(start));
    let whole = at == 0 && text.len() == 1 && text.at(start).len() > 3
        || text.is(start, &["may"]) && text.len() == 1;
    let urdu = text.is(start + 1, &["میں", "تک"]);
    let verb = text.is(start, &["may", "march"])
        && !text.capital(start)
        && which == Some(relative::Which::This);
    let sure = which.is_some() && !verb || marked || whole || urdu;
    if !sure || is_doubtful_month(text.at(start)) && which.is_none() && !marked && !whole && !urdu {
        return None;
    }
    let first = NaiveDate::from_ymd_opt(today.year(), month, 1)?;
    let last = crate::calendar::last_of_month(today.year(), month)?;
    let date = match which {
        Some(relative::Which::Last | relative::Which::Previous) if first > today => {
            first.with_year(today.year() - 1)?
        }
        _ if last < today || which == Some(relative::Which::Next) && first <= today => {
            first.with_year(today.year() + 1)?
        }
        _ => first,
    };
    Some((date, start + 1))
}
