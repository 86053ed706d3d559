//! Times of the day: "5pm", "17:30", "half past eight", ساڑھے پانچ بجے.

use chrono::NaiveTime;

use crate::number::integer;
use crate::text::{Kind, Text};
use crate::words::{DayPart, day_part, unit};

/// A time on the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    /// Which half of the day is said: by "am", by 24 hours, by a leading zero.
    fixed: bool,
}

impl Clock {
    fn new(hour: i64, minute: i64, fixed: bool) -> Option<Self> {
        let (hour, minute) = (u32::try_from(hour).ok()?, u32::try_from(minute).ok()?);
        (hour < 24 && minute < 60).then_some(Self {
            hour,
            minute,
            second: 0,
            fixed: fixed || hour > 12 || hour == 0,
        })
    }

    /// The time that is meant in a part of the day. Without one, a to-do's 1 to 6 are after noon.
    pub fn resolve(self, part: Option<DayPart>) -> Option<NaiveTime> {
        let hour = match part {
            _ if self.fixed => self.hour,
            Some(part) => part.on_the_clock(self.hour),
            None if self.hour < 7 => self.hour + 12,
            None => self.hour,
        };
        NaiveTime::from_hms_opt(hour, self.minute, self.second)
    }

    pub fn is_fixed(self) -> bool {
        self.fixed
    }

    /// The half of the day that the end of a range says for its start: "3 to 5pm".
    pub fn as_before(self, end: Self) -> Self {
        if self.fixed || !end.fixed || self.hour > 12 || end.hour < 12 {
            return self;
        }
        let afternoon = self.hour % 12 + 12;
        let hour = if afternoon <= end.hour { afternoon } else { self.hour };
        Self { hour, fixed: true, ..self }
    }
}

/// A time, and where it ends. Only after a `cue` ("at") a bare number is one.
pub fn clock(text: &Text<'_>, at: usize, cue: bool) -> Option<(Clock, usize)> {
    past(text, at)
        .or_else(|| urdu(text, at))
        .or_else(|| in_digits(text, at, cue))
        .or_else(|| in_words(text, at, cue))
}

/// A part of the day, and where it ends.
pub fn part_of_day(text: &Text<'_>, at: usize) -> Option<(DayPart, usize)> {
    const LEAD: &[&str] = &["early in the", "late in the", "in the", "early", "late", "mid"];
    if let Some(end) = text.phrases(at, &["سہ پہر", "تیسرے پہر"]) {
        return Some((DayPart::Afternoon, end));
    }
    if let Some(end) = text.phrases(at, &["آدھی رات", "نصف شب"]) {
        return Some((DayPart::Midnight, end));
    }
    let start = text.phrases(at, LEAD).unwrap_or(at);
    let start = if start > at && text.at(start) == "-" { start + 1 } else { start };
    let part = day_part(text.at(start))?;
    let end = start + 1;
    // صبح سویرے
    Some((part, if text.at(end) == "سویرے" { end + 1 } else { end }))
}

fn in_digits(text: &Text<'_>, at: usize, cue: bool) -> Option<(Clock, usize)> {
    let (hour, digits) = text.digits(at)?;
    if digits == 4 && (cue || text.is(at + 1, &["hours", "hrs"])) && text.at(at) != "0000" {
        let named = text.is(at + 1, &["hours", "hrs"]);
        let after_at = at > 0 && text.at(at - 1) == "at" && hour > 1259 && hour % 5 == 0;
        let military = named || text.at(at).starts_with('0') || after_at;
        return military
            .then(|| Clock::new(hour / 100, hour % 100, true))
            .flatten()
            .map(|clock| (clock, at + 1 + usize::from(named)));
    }
    if digits > 2 {
        return None;
    }
    let leading_zero = text.at(at).starts_with('0') && digits == 2;
    let dot = text.at(at + 1) == ".";
    let minutes = text.digits(at + 2).filter(|&(_, digits)| {
        let glued = text.glued(at + 1) && text.glued(at + 2);
        digits == 2 && glued && (dot || text.is(at + 1, &[":", "h"]))
    });
    let (mut clock, mut end) = match minutes {
        Some((minute, _)) => (Clock::new(hour, minute, leading_zero)?, at + 3),
        None => (Clock::new(hour, 0, false)?, at + 1),
    };
    if minutes.is_some()
        && text.at(end) == ":"
        && let Some((second, 2)) = text.digits(end + 1).filter(|_| text.glued(end + 1))
    {
        clock.second = u32::try_from(second).ok().filter(|second| *second < 60)?;
        end += 2;
    }
    // "8a" is a time only where one is expected.
    let said = meridiem(text, end).filter(|(_, after)| {
        cue || minutes.is_some() || *after > end + 1 || text.is(end, &["am", "pm"])
    });
    if let Some((afternoon, after)) = said {
        return Some((on_half(clock, afternoon)?, after));
    }
    if let Some(after) = text.phrase(end, "o'clock").or_else(|| text.phrase(end, "oclock")) {
        return Some((clock, after));
    }
    if text.at(end) == "بجے" {
        return Some((clock, end + 1));
    }
    if text.glued(end) && text.is(end, &["ish", "h"]) {
        return Some((clock, end + 1));
    }
    let ends = ends_here(text, end);
    let cue = cue || part_follows(text, end);
    match minutes {
        Some(_) if dot => (cue && ends && is_no_count(text, at, end)).then_some((clock, end)),
        Some(_) => ends.then_some((clock, end)),
        None => (cue && ends && (1..=12).contains(&hour) && is_no_count(text, at, end))
            .then_some((clock, end)),
    }
}

/// "8 tonight", "5 in the afternoon"
fn part_follows(text: &Text<'_>, at: usize) -> bool {
    let start = text.phrases(at, &["in the", "at", "this"]);
    text.is(at, &["tonight", "tonite"]) || start.is_some_and(|at| day_part(text.at(at)).is_some())
}

/// Nothing is glued to a number that would make it another.
fn ends_here(text: &Text<'_>, end: usize) -> bool {
    let sign = text.is(end, &[".", ",", ":", "/", "-", "'", "%", "°"]);
    let number_follows = text.glued(end + 1) && text.kind(end + 1) == Some(Kind::Digits);
    match text.kind(end) {
        Some(Kind::Sign) => {
            !(text.glued(end)
                && (sign && number_follows && text.at(end) != "-"
                    || text.is(end, &["%", "°", "'"])))
        }
        Some(Kind::Letters | Kind::Digits) => !text.glued(end),
        None => true,
    }
}

/// Words whose number is a name.
#[rustfmt::skip]
const NUMBERED: &[&str] = &[
    "chapter", "page", "level", "room", "gate", "platform", "season", "episode", "part", "unit",
    "lesson", "step", "section", "volume", "no", "number", "bus", "flight", "task", "version",
    "windows", "top", "act", "phase", "grade", "class", "week", "day", "sprint", "release", "form",
    "building", "block", "house", "terminal", "route", "channel", "figure", "table", "exercise",
    "question", "item", "batch", "lab", "quiz", "stage", "round", "season", "book", "track", "نمبر",
];

/// A bare number after "at" that isn't counted ("at 5 percent") or an address ("at 5 Main Street").
fn is_no_count(text: &Text<'_>, at: usize, end: usize) -> bool {
    #[rustfmt::skip]
    const COUNTED: &[&str] = &[
        "percent", "points", "point", "kilograms", "kg", "km", "miles", "dollars", "people",
        "items", "pages", "times", "million", "thousand", "different", "places",
    ];
    let before = at.checked_sub(2).map_or("", |before| text.at(before));
    // "chapter 7 tonight"
    let numbered = at > 0 && NUMBERED.contains(&text.at(at - 1));
    let being =
        text.at(at.saturating_sub(1)) == "at" && ["i'm", "am", "was", "were"].contains(&before);
    let named = text.capital(end) && text.capital(end + 1);
    // "look at 3 apartments"
    let many = text.at(end).len() > 4
        && text.at(end).ends_with('s')
        && text.kind(end) == Some(Kind::Letters)
        && text.at(at) != "1";
    !being && !named && !numbered && !many && unit(text.at(end)).is_none() && !text.is(end, COUNTED)
}

/// "am", "p.m.", "p m", "a": whether it is after noon, and where it ends.
fn meridiem(text: &Text<'_>, at: usize) -> Option<(bool, usize)> {
    match text.at(at) {
        "am" => return Some((false, at + 1)),
        "pm" => return Some((true, at + 1)),
        "a" | "p" => {}
        _ => return None,
    }
    let afternoon = text.at(at) == "p";
    if let Some(end) = text.phrases(at, &["a . m .", "p . m .", "a . m", "p . m", "a m", "p m"]) {
        return Some((afternoon, end));
    }
    (text.glued(at) && text.kind(at + 1) != Some(Kind::Digits)).then_some((afternoon, at + 1))
}

fn on_half(clock: Clock, afternoon: bool) -> Option<Clock> {
    let hour = match clock.hour {
        12 => 0,
        hour @ 1..12 => hour,
        _ => return None,
    };
    Some(Clock { hour: if afternoon { hour + 12 } else { hour }, fixed: true, ..clock })
}

/// "five pm", "seven twenty-seven", "nine o'clock".
fn in_words(text: &Text<'_>, at: usize, cue: bool) -> Option<(Clock, usize)> {
    if text.kind(at) != Some(Kind::Letters) {
        return None;
    }
    let (hour, end) =
        integer(text, at).filter(|(hour, end)| (1..=12).contains(hour) && *end == at + 1)?;
    if let Some((afternoon, after)) =
        meridiem(text, end).filter(|_| text.is(end, &["am", "pm", "p", "a"]))
    {
        return Some((on_half(Clock::new(hour, 0, false)?, afternoon)?, after));
    }
    if let Some(after) = text.phrases(end, &["o'clock", "oclock", "بجے"]) {
        return Some((Clock::new(hour, 0, false)?, after));
    }
    if !cue {
        return None;
    }
    let minutes = integer(text, end)
        .filter(|(minute, _)| (10..60).contains(minute) && text.kind(end) == Some(Kind::Letters));
    if let Some((minute, after)) = minutes.filter(|(_, after)| unit(text.at(*after)).is_none()) {
        let clock = Clock::new(hour, minute, false)?;
        return Some(match meridiem(text, after) {
            Some((afternoon, after)) => (on_half(clock, afternoon)?, after),
            None => (clock, after),
        });
    }
    is_no_count(text, at, end).then_some((Clock::new(hour, 0, false)?, end))
}

/// "half past eight", "quarter to nine", "thirty-six minutes past eight".
fn past(text: &Text<'_>, at: usize) -> Option<(Clock, usize)> {
    let at = if text.at(at) == "a" && text.at(at + 1) == "quarter" { at + 1 } else { at };
    let (minutes, end) = match text.at(at) {
        "half" => (30, at + 1),
        "quarter" => (15, at + 1),
        _ => integer(text, at)?,
    };
    let end = if text.is(end, &["minutes", "minute"]) { end + 1 } else { end };
    let to = text.is(end, &["to", "till"]);
    if !(to || text.at(end) == "past") || !(1..60).contains(&minutes) {
        return None;
    }
    let (hour, end) = integer(text, end + 1).filter(|(hour, _)| (1..=12).contains(hour))?;
    let plain = !text.is(at, &["half", "quarter"]) && !text.is(at + 1, &["minutes"]);
    if to && plain && text.kind(at) == Some(Kind::Digits) {
        return None; // "9 to 5" is a range
    }
    let clock = if to {
        Clock::new(if hour == 1 { 12 } else { hour - 1 }, 60 - minutes, false)?
    } else {
        Clock::new(hour, minutes, false)?
    };
    let end = text.phrase(end, "o'clock").unwrap_or(end);
    Some(match meridiem(text, end) {
        Some((afternoon, after)) => (on_half(clock, afternoon)?, after),
        None => (clock, end),
    })
}

/// ساڑھے پانچ بجے, پونے دس, ڈیڑھ بجے, سات بج کر بیس منٹ.
fn urdu(text: &Text<'_>, at: usize) -> Option<(Clock, usize)> {
    let (clock, end) = match text.at(at) {
        "ڈیڑھ" => (Clock::new(1, 30, false)?, at + 1),
        "ڈھائی" | "اڑھائی" => (Clock::new(2, 30, false)?, at + 1),
        quarters @ ("ساڑھے" | "سوا" | "پونے") => {
            let (hour, end) = integer(text, at + 1).filter(|(hour, _)| (1..=12).contains(hour))?;
            let clock = match quarters {
                "ساڑھے" => Clock::new(hour, 30, false)?,
                "سوا" => Clock::new(hour, 15, false)?,
                _ => Clock::new(if hour == 1 { 12 } else { hour - 1 }, 45, false)?,
            };
            (clock, end)
        }
        _ => {
            let (hour, end) = integer(text, at).filter(|(hour, _)| (1..=12).contains(hour))?;
            let end = text.phrases(end, &["بج کر", "بجکر"])?;
            let (minute, end) = integer(text, end)?;
            let end = if text.at(end) == "منٹ" { end + 1 } else { end };
            return Some((
                Clock::new(hour, minute, false)?,
                if text.at(end) == "پر" { end + 1 } else { end },
            ));
        }
    };
    (text.at(end) == "بجے").then_some((clock, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time, if it is the whole text.
    fn time(text: &str) -> Option<String> {
        let text = Text::new(text);
        let (clock, end) = clock(&text, 0, true)?;
        (end == text.len()).then(|| clock.resolve(None)).flatten().map(|time| time.to_string())
    }

    #[test]
    fn times() {
        for (text, is) in [
            ("5pm", "17:00:00"),
            ("5 a.m.", "05:00:00"),
            ("12am", "00:00:00"),
            ("12 pm", "12:00:00"),
            ("7:56:30 am", "07:56:30"),
            ("17:30", "17:30:00"),
            ("03:30", "03:30:00"),
            ("3:30", "15:30:00"),
            ("8.30pm", "20:30:00"),
            ("5", "17:00:00"),
            ("7", "07:00:00"),
            ("9a", "09:00:00"),
            ("11ish", "11:00:00"),
            ("0900", "09:00:00"),
            ("five o'clock", "17:00:00"),
            ("seven twenty-seven", "07:27:00"),
            ("one thirty p m", "13:30:00"),
            ("half past eight", "08:30:00"),
            ("quarter to nine", "08:45:00"),
            ("thirty-six minutes past eight", "08:36:00"),
            ("ساڑھے پانچ بجے", "17:30:00"),
            ("پونے دس بجے", "09:45:00"),
            ("ڈیڑھ بجے", "13:30:00"),
            ("۹ بجے", "09:00:00"),
            ("سات بج کر بیس منٹ", "07:20:00"),
        ] {
            assert_eq!(time(text).as_deref(), Some(is), "{text}");
        }
    }

    #[test]
    fn numbers_that_are_no_times() {
        for text in ["14PM", "25:12", "7ampm", "10.1", "101", "4:3", "5 percent", "2012"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
