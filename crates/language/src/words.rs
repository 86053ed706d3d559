//! What single words may mean, in both languages.

use chrono::Weekday;

pub fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "monday" | "mon" | "پیر" | "سوموار" => Weekday::Mon,
        "tuesday" | "tue" | "tues" | "منگل" => Weekday::Tue,
        "wednesday" | "wed" | "weds" | "بدھ" => Weekday::Wed,
        "thursday" | "thu" | "thur" | "thurs" | "جمعرات" => Weekday::Thu,
        "friday" | "fri" | "جمعہ" | "جمعے" => Weekday::Fri,
        "saturday" | "sat" | "ہفتہ" | "ہفتے" | "سنیچر" => Weekday::Sat,
        "sunday" | "sun" | "اتوار" => Weekday::Sun,
        _ => return None,
    })
}

/// "mondays": every one of them.
pub fn weekdays(word: &str) -> Option<Weekday> {
    word.strip_suffix('s').filter(|day| day.ends_with("day")).and_then(weekday)
}

/// Abbreviations that are words of their own.
pub fn is_doubtful_weekday(word: &str) -> bool {
    matches!(word, "sat" | "sun" | "wed" | "mon" | "fri" | "ہفتہ" | "ہفتے" | "پیر")
}

pub fn month(word: &str) -> Option<u32> {
    Some(match word {
        "january" | "jan" | "جنوری" => 1,
        "february" | "feb" | "فروری" => 2,
        "march" | "mar" | "مارچ" => 3,
        "april" | "apr" | "اپریل" => 4,
        "may" | "مئی" => 5,
        "june" | "jun" | "جون" => 6,
        "july" | "jul" | "جولائی" => 7,
        "august" | "aug" | "اگست" => 8,
        "september" | "sep" | "sept" | "ستمبر" => 9,
        "october" | "oct" | "اکتوبر" => 10,
        "november" | "nov" | "نومبر" => 11,
        "december" | "dec" | "دسمبر" => 12,
        _ => return None,
    })
}

/// Months that are words of their own.
pub fn is_doubtful_month(word: &str) -> bool {
    matches!(
        word,
        "may"
            | "march"
            | "mar"
            | "jan"
            | "jun"
            | "dec"
            | "sep"
            | "apr"
            | "aug"
            | "april"
            | "june"
            | "august"
    )
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

pub fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "second" | "seconds" | "sec" | "secs" | "سیکنڈ" => Unit::Second,
        "minute" | "minutes" | "min" | "mins" | "منٹ" => Unit::Minute,
        "hour" | "hours" | "hr" | "hrs" | "گھنٹہ" | "گھنٹا" | "گھنٹے" | "گھنٹوں" => {
            Unit::Hour
        }
        "day" | "days" | "دن" | "دنوں" | "روز" => Unit::Day,
        "week" | "weeks" | "wk" | "wks" | "ہفتہ" | "ہفتے" | "ہفتوں" => Unit::Week,
        "month" | "months" | "mon" | "mos" | "مہینہ" | "مہینے" | "مہینوں" | "ماہ" => {
            Unit::Month
        }
        "quarter" | "quarters" | "سہ ماہی" => Unit::Quarter,
        "year" | "years" | "yr" | "yrs" | "سال" | "سالوں" | "برس" => Unit::Year,
        _ => return None,
    })
}

/// One letter, which is a unit only right after a number and a sign that says so ("in 1d 2h").
pub fn short_unit(word: &str) -> Option<Unit> {
    Some(match word {
        "s" => Unit::Second,
        "m" => Unit::Minute,
        "h" => Unit::Hour,
        "d" => Unit::Day,
        "w" => Unit::Week,
        "y" => Unit::Year,
        _ => return None,
    })
}

/// A part of the day. With an hour it says which half of the day is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayPart {
    Morning,
    Noon,
    Afternoon,
    /// سہ پہر and شام are earlier than the English evening.
    UrduEvening,
    Evening,
    Night,
    Midnight,
}

impl DayPart {
    /// The hour that it stands for by itself.
    pub fn hour(self) -> u32 {
        match self {
            Self::Morning => 6,
            Self::Noon => 12,
            Self::Afternoon => 15,
            Self::UrduEvening => 18,
            Self::Evening => 20,
            Self::Night => 22,
            Self::Midnight => 0,
        }
    }

    /// A clock's hour of 1 to 12 in this part of the day.
    pub fn on_the_clock(self, hour: u32) -> u32 {
        match (self, hour) {
            (_, 13..) | (Self::Morning, 1..12) => hour,
            (Self::Morning | Self::Night | Self::Midnight, 12) => 0,
            // One at night is after midnight.
            (Self::Night | Self::Midnight, 1..=4) => hour,
            (Self::Noon, 10 | 11) => hour,
            (_, 12 | 0) => hour,
            _ => hour + 12,
        }
    }
}

pub fn day_part(word: &str) -> Option<DayPart> {
    Some(match word {
        "morning" | "mornings" | "صبح" | "سویرے" => DayPart::Morning,
        "noon" | "midday" | "lunchtime" | "دوپہر" => DayPart::Noon,
        "afternoon" | "afternoons" | "سہہپہر" | "سہپہر" => DayPart::Afternoon,
        "evening" | "evenings" => DayPart::Evening,
        "شام" => DayPart::UrduEvening,
        "night" | "nights" | "رات" => DayPart::Night,
        "midnight" => DayPart::Midnight,
        _ => return None,
    })
}
