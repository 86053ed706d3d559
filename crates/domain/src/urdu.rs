//! How Urdu says days and times, for all that speak it.

use chrono::{NaiveTime, Timelike as _};

/// January to December.
pub const MONTHS: [&str; 12] = [
    "جنوری",
    "فروری",
    "مارچ",
    "اپریل",
    "مئی",
    "جون",
    "جولائی",
    "اگست",
    "ستمبر",
    "اکتوبر",
    "نومبر",
    "دسمبر",
];

/// Monday to Sunday.
pub const WEEKDAYS: [&str; 7] = ["پیر", "منگل", "بدھ", "جمعرات", "جمعہ", "ہفتہ", "اتوار"];

/// `شام 6 بجے`, `صبح 9:30 بجے`.
pub fn clock(time: NaiveTime) -> String {
    // CLDR's day periods of Urdu.
    let part = match time.hour() {
        4..12 => "صبح",
        12..16 => "دوپہر",
        16..18 => "سہ پہر",
        18..20 => "شام",
        _ => "رات",
    };
    let (_, hour) = time.hour12();
    match time.minute() {
        0 => format!("{part} {hour} بجے"),
        minute => format!("{part} {hour}:{minute:02} بجے"),
    }
}
