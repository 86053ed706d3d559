//! A date and a time as they stand together in a sentence, with what belongs to them.

use std::ops::Range;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::clock::Clock;
use super::date::Date;
use super::piece::{Taken, take};
use super::range::{day_range, range_end};
use crate::command::Due;
use crate::text::Text;
use crate::words::{DayPart, month};

/// A date, a time, or both, as they stand together in the sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// Its words, with the preposition before it and the postposition after it.
    pub words: Range<usize>,
    pub(super) day: Option<NaiveDate>,
    /// The day is the next such weekday, of which there is another a week later.
    pub(super) weekly: bool,
    /// The day is said by its date; a weekday beside it adds nothing.
    pub(super) calendar: bool,
    /// The day is counted from another; a weekday beside it says which of its week.
    pub(super) counted: bool,
    pub(super) clock: Option<Clock>,
    pub(super) part: Option<DayPart>,
    pub(super) instant: Option<(NaiveDateTime, TimeDelta)>,
    pub(super) end_of_day: bool,
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
    pub(super) fn at(start: usize) -> Self {
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

    pub(super) fn is_empty(&self) -> bool {
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

    /// Whether both say a day, or both a time: one of them is not the due date.
    pub fn rivals(&self, other: &Self) -> bool {
        self.has_day() && other.has_day() || self.has_time() && other.has_time()
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

    /// Says which part of the day it is in, if it doesn't.
    pub fn assume(&mut self, part: DayPart) {
        self.part = self.part.or(Some(part).filter(|_| self.clock.is_some()));
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
    "first thing", "first thing on", "first thing in the", "on", "at", "by", "@", "in", "for", "from", "until", "till", "before", "due", "due on",
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
