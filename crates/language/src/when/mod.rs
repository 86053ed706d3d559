//! When: dates, times and recurrences, wherever they stand in a sentence.

mod clock;
mod date;
mod length;
mod relative;
mod repeat;

use std::ops::Range;

use chrono::{
    Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Weekday,
};

use crate::calendar::{plus_days, weekday_of_week};
use crate::command::Due;
use crate::number::integer;
use crate::text::{Kind, Text};
use crate::words::{DayPart, Unit, is_doubtful_month, month, weekday};
use clock::{Clock, clock, part_of_day};
use date::{Date, day_of_month};
use relative::{Relative, relative, weekday_said};

pub use length::length;
pub use repeat::{Repeat, bound, repeat};

/// A date, a time, or both, as they stand together in the sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Its words, with the preposition before it and the postposition after it.
    pub words: Range<usize>,
    day: Option<NaiveDate>,
    /// The day is the next such weekday, of which there is another a week later.
    weekly: bool,
    /// The day is said by its date; a weekday beside it adds nothing.
    calendar: bool,
    /// The day is counted from another; a weekday beside it says which of its week.
    counted: bool,
    clock: Option<Clock>,
    part: Option<DayPart>,
    instant: Option<(NaiveDateTime, TimeDelta)>,
    end_of_day: bool,
    /// A preposition or a postposition says that it is a time.
    pub marked: bool,
    /// Its words can hardly mean anything else ("tomorrow", "5pm").
    pub sure: bool,
}

/// What stands at a word: a time, or what looks like one and never comes.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    Moment(Moment),
    Never(Range<usize>),
}

impl Moment {
    fn at(start: usize) -> Self {
        Self {
            words: start..start,
            day: None,
            weekly: false,
            calendar: false,
            counted: false,
            clock: None,
            part: None,
            instant: None,
            end_of_day: false,
            marked: false,
            sure: false,
        }
    }

    fn is_empty(&self) -> bool {
        self.day.is_none() && !self.has_time()
    }

    /// Whether it says a time of the day.
    pub fn has_time(&self) -> bool {
        self.clock.is_some() || self.part.is_some() || self.instant.is_some() || self.end_of_day
    }

    /// Whether it says a day.
    pub fn has_day(&self) -> bool {
        self.day.is_some() || self.instant.is_some()
    }

    pub fn day(&self) -> Option<NaiveDate> {
        self.day
    }

    /// Takes from another what this one doesn't say: of a day and a time that stand apart.
    pub fn complete(&mut self, other: &Self) {
        self.day = self.day.or(other.day);
        self.weekly |= other.weekly;
        self.clock = self.clock.or(other.clock);
        self.part = self.part.or(other.part);
    }

    /// The time of the day that it says.
    pub fn time(&self) -> Option<NaiveTime> {
        if self.end_of_day && self.clock.is_none() {
            return NaiveTime::from_hms_opt(23, 59, 0);
        }
        match self.clock {
            Some(clock) => clock.resolve(self.part),
            None => NaiveTime::from_hms_opt(self.part?.hour(), 0, 0),
        }
    }

    /// When it is, the future first.
    pub fn due(&self, now: NaiveDateTime) -> Option<Due> {
        if let Some((at, elapsed)) = self.instant {
            return Some(Due { at, all_day: false, elapsed: Some(elapsed) });
        }
        let Some(time) = self.time() else {
            let at = self.day?.and_hms_opt(0, 0, 0)?;
            return Some(Due { at, all_day: true, elapsed: None });
        };
        let midnight_to_come = self.part == Some(DayPart::Midnight) && self.clock.is_none();
        let mut at = self.day.unwrap_or(now.date()).and_time(time);
        if self.day.is_none() && (at < now || midnight_to_come && at <= now) {
            at = at.checked_add_days(chrono::Days::new(1))?;
        } else if self.weekly && at < now {
            at = at.checked_add_days(chrono::Days::new(7))?;
        }
        Some(Due { at, all_day: false, elapsed: None })
    }
}

/// Words before a time that belong to it.
#[rustfmt::skip]
const BEFORE: &[&str] = &[
    "on", "at", "by", "@", "in", "for", "from", "until", "till", "before", "due", "due on",
    "due by", "due at", "due in", "due date", "due date :", "due :", "no later than",
    "not later than", "deadline", "deadline :", "deadline is", "starting", "starting on",
    "starting from", "beginning", "start", "as of", "around", "about", "approximately", "sometime",
    "sometime on", "between", "on the", "by the", "for the", "of", "this", "scheduled for",
    "at around", "at about", "some time", "latest by", "come",
];
/// Words before a bare number that make it a time of the day.
#[rustfmt::skip]
const CUES: &[&str] = &[
    "at", "@", "by", "around", "about", "from", "between", "until", "till", "before", "after",
    "approximately",
];
/// Words between the pieces of a time.
#[rustfmt::skip]
const BETWEEN: &[&str] = &[
    ",", "this", "at", "@", "on", "of", "the", "in", "around", "about", "by", "from", "sometime",
    "-", "(", "،", "کو", "کے", "کی", "میں", "پر", "approximately", "exactly", "before", "'s",
];
/// Words after a time that belong to it.
#[rustfmt::skip]
const AFTER: &[&str] = &[
    "کو", "تک", "پر", "سے", "میں", "کے لیے", "کے لئے", "تک کے لیے", "سے پہلے", "کے دن", "کی",
    "sharp", "پہ",
];

/// The longest time that begins at a word.
pub fn moment(text: &Text<'_>, at: usize, now: NaiveDateTime, day_first: bool) -> Option<Found> {
    let start = text.phrases(at, BEFORE).unwrap_or(at);
    let mut found = Moment::at(at);
    found.marked = start > at;
    let mut end = start;
    let mut joint = start;
    if let Some((first, after)) = day_range(text, start, now.date(), day_first) {
        let Date::On(day) = first else { return Some(Found::Never(at..after)) };
        found.day = Some(day);
        found.sure = true;
        end = after;
        joint = after;
    }
    loop {
        let mut piece = joint;
        for _ in 0..3 {
            if text.is(piece, BETWEEN) && (piece > start || end > start) {
                piece += 1;
            }
        }
        // A preposition may be part of what it begins: "in 5 minutes", "this friday".
        let first = if end > start || joint > start { joint } else { at };
        let tried = (first..=piece).find_map(|from| {
            let beside = (from == joint || from > 0 && text.is(from - 1, &[",", "at", "،"]))
                && month(text.at(from + 1)).is_none();
            let dated = end > start && beside && (found.day.is_some() || found.part.is_some());
            let cue = from > 0 && text.is(from - 1, CUES) || dated;
            take(text, from, now, day_first, cue, end > start, &mut found)
        });
        match tried {
            Some(Taken::Upto(after)) => {
                end = after;
                joint = after;
            }
            Some(Taken::Never(after)) => return Some(Found::Never(at..after)),
            None => break,
        }
    }
    if found.is_empty() {
        return None;
    }
    match range_end(text, end, now, day_first, &mut found, start..end) {
        Some(Ok(after)) => end = after,
        Some(Err(after)) => return Some(Found::Never(at..after)),
        None => {}
    }
    if let Some(after) = text.phrases(end, AFTER) {
        found.marked = true;
        end = after;
    }
    found.words = at..end;
    Some(Found::Moment(found))
}

enum Taken {
    Upto(usize),
    Never(usize),
}

/// Takes one piece more into a moment, if one is there that it doesn't have yet.
fn take(
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
    let counted = text.kind(end) == Some(Kind::Letters)
        && !FUNCTION_WORDS.contains(&text.at(end))
        && text.at(at) != "تاریخ";
    let urdu = text.at(end.saturating_sub(1)) == "تاریخ";
    (urdu || of_a_period || marked && !counted)
        .then(|| crate::calendar::day_from(today, day))
        .flatten()
        .map(|date| (date, end))
}

/// Words that may follow a time without being counted or named by it.
pub const FUNCTION_WORDS: &[&str] = &[
    "at", "on", "in", "by", "with", "and", "or", "to", "for", "from", "about", "of", "is", "are",
    "was", "will", "please", "if", "when", "so", "because", "before", "after", "until", "i", "we",
    "you", "he", "she", "they", "work", "works", "not", "then", "but", "کو", "تک", "پر", "کے",
    "میں",
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

/// "10 - 22 August 2012": its first day; nonsense if either never comes.
fn day_range(
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
fn range_end(
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

/// The day on which a recurrence begins, and its time of the day.
pub fn first_time(repeat: &Repeat, moment: Option<&Moment>, now: NaiveDateTime) -> Option<Due> {
    if let Some((at, elapsed)) = repeat.first_instant(now).filter(|_| moment.is_none()) {
        return Some(Due { at, all_day: false, elapsed: Some(elapsed) });
    }
    let from = moment.and_then(Moment::day).unwrap_or(now.date()).max(now.date());
    let part = repeat.part.map(|part| NaiveTime::from_hms_opt(part.hour(), 0, 0));
    let time = match moment.filter(|moment| moment.has_time()) {
        Some(moment) if repeat.part.is_some() => {
            moment.clock.and_then(|clock| clock.resolve(repeat.part)).or(part.flatten())
        }
        Some(moment) => moment.time(),
        None => part.flatten(),
    };
    let first = repeat.first(from)?;
    let Some(time) = time else {
        return Some(Due { at: first.and_hms_opt(0, 0, 0)?, all_day: true, elapsed: None });
    };
    let mut at = first.and_time(time);
    if at < now.with_second(0).unwrap_or(now) {
        at = repeat.first(plus_days(first, 1)?)?.and_time(time);
    }
    Some(Due { at, all_day: false, elapsed: None })
}
