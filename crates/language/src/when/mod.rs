//! When: dates, times and recurrences, wherever they stand in a sentence.

mod clock;
mod date;
mod length;
mod moment;
mod piece;
mod range;
mod relative;
mod repeat;

use chrono::{NaiveDateTime, NaiveTime, Timelike as _};

use crate::calendar::plus_days;
use crate::command::Due;

pub use length::length;
pub use moment::{Found, Moment, moment};
pub use repeat::{Repeat, bound, repeat};

/// Words that may follow a time without being counted or named by it.
pub const FUNCTION_WORDS: &[&str] = &[
    "at", "on", "in", "by", "with", "and", "or", "to", "for", "from", "about", "of", "is", "are",
    "was", "will", "please", "if", "when", "so", "because", "before", "after", "until", "i", "we",
    "you", "he", "she", "they", "work", "works", "not", "then", "but", "کو", "تک", "پر", "کے",
    "میں",
];

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
