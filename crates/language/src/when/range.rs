//! Ranges: "10 - 22 August", "from 3 to 5pm". A to-do takes the start.

use std::ops::Range;

use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

use super::clock::clock;
use super::date::{self, Date};
use super::moment::Moment;
use super::piece::{Taken, take};
use crate::number::integer;
use crate::text::Text;
use crate::words::month;

/// "10 - 22 August 2012": its first day; nonsense if either never comes.
pub fn day_range(
    text: &Text<'_>,
    at: usize,
    today: NaiveDate,
    day_first: bool,
) -> Option<(Date, usize)> {
    let (first, end) = crate::number::ordinal(text, at)
        .or_else(|| integer(text, at))
        .filter(|(day, _)| (1..=31).contains(day))?;
    let after = text.phrases(end, &["-", "–", "to", "until", "till", "through", "سے"])?;
    // "task 5 to June 5" is no range.
    if month(text.at(after)).is_some() {
        return None;
    }
    match date::date(text, after, today, day_first)? {
        (Date::On(last), end) if names_month(text, after..end) => {
            let day = u32::try_from(first).ok()?;
            Some((last.with_day(day).map_or(Date::Never, Date::On), end))
        }
        (Date::Never, end) if names_month(text, after..end) => Some((Date::Never, end)),
        _ => None,
    }
}

fn names_month(text: &Text<'_>, mut words: Range<usize>) -> bool {
    words.any(|at| month(text.at(at)).is_some())
}

fn year_in(text: &Text<'_>, mut words: Range<usize>) -> Option<i32> {
    words
        .find_map(|at| {
            text.digits(at).filter(|&(year, digits)| digits == 4 && (1800..2200).contains(&year))
        })
        .and_then(|(year, _)| i32::try_from(year).ok())
}

/// The end of a range, which is left out, but for what it says of the start: `Err` if it never comes.
pub fn range_end(
    text: &Text<'_>,
    at: usize,
    now: NaiveDateTime,
    day_first: bool,
    found: &mut Moment,
    said: Range<usize>,
) -> Option<Result<usize, usize>> {
    let between = (said.start.saturating_sub(1)..said.end).any(|at| text.at(at) == "between");
    let after = text
        .phrases(at, &["-", "–", "—", "to", "until", "till", "through", "thru", "سے"])
        .or_else(|| text.phrase(at, "and").filter(|_| between))?;
    if found.clock.is_some()
        && let Some((end_clock, end)) = clock(text, after, true)
    {
        found.clock = found.clock.map(|start| start.as_before(end_clock));
        return Some(Ok(end));
    }
    // "at 4 until december 22" bounds something else.
    found.day?;
    // "August 10 - 22, 2012"
    if let Some((day, end)) = integer(text, after).filter(|(day, end)| {
        names_month(text, said.clone()) && (1..=31).contains(day) && month(text.at(*end)).is_none()
    }) {
        let year_at = if text.at(end) == "," { end + 1 } else { end };
        let year = year_in(text, year_at..year_at + 1);
        let start = found.day?;
        let end = if year.is_some() { year_at + 1 } else { end };
        let in_year = year.map_or(Some(start), |year| start.with_year(year));
        let last = in_year.and_then(|start| start.with_day(u32::try_from(day).ok()?));
        if last.is_none() {
            return Some(Err(end));
        }
        found.day = in_year;
        return Some(Ok(end));
    }
    let mut last = Moment::at(after);
    match moment_piece(text, after, now, day_first, &mut last)? {
        Taken::Never(end) => Some(Err(end)),
        Taken::Upto(end) => {
            last.day?;
            if let (Some(year), None) = (year_in(text, after..end), year_in(text, said)) {
                found.day = found.day.and_then(|day| day.with_year(year)).or(found.day);
            }
            Some(Ok(end))
        }
    }
}

fn moment_piece(
    text: &Text<'_>,
    at: usize,
    now: NaiveDateTime,
    day_first: bool,
    found: &mut Moment,
) -> Option<Taken> {
    found.marked = true;
    let taken = take(text, at, now, day_first, false, false, found)?;
    if let Taken::Upto(end) = taken
        && let Some(Taken::Upto(end)) = take(text, end, now, day_first, true, true, found)
    {
        return Some(Taken::Upto(end));
    }
    Some(taken)
}
