//! Lengths of time: "2 hours", "a day and a half", "1d 2h", ڈیڑھ گھنٹہ.

use crate::calendar::Length;
use crate::number::quantity;
use crate::text::Text;
use crate::words::{Unit, short_unit, unit};

/// A length, and where it ends. Letters alone are units where `short` says so: "+1d 2h".
pub fn length(text: &Text<'_>, at: usize, short: bool) -> Option<(Length, usize)> {
    let (mut total, mut end) = one(text, at, short)?;
    loop {
        let mut next = end;
        if text.at(next) == "," {
            next += 1;
        }
        if text.is(next, &["and", "اور"]) {
            next += 1;
        }
        // "2 hours a day" is a rate.
        if text.is(next, &["a", "an", "the"]) {
            break;
        }
        let Some((more, after)) = one(text, next, short) else { break };
        total = Length {
            months: total.months.saturating_add(more.months),
            days: total.days.saturating_add(more.days),
            seconds: total.seconds.saturating_add(more.seconds),
        };
        end = after;
    }
    Some((total, end))
}

fn one(text: &Text<'_>, at: usize, short: bool) -> Option<(Length, usize)> {
    if text.at(at) == "fortnight" {
        return Some((of(1.0, Unit::Week, 2.0), at + 1));
    }
    let (amount, end) = quantity(text, at)?;
    let end = if text.is(end, &["-", "more"]) { end + 1 } else { end };
    if let Some(end) = text.phrases(end, &["business days", "working days", "work days"]) {
        return Some((of(amount, Unit::Day, 1.0), end));
    }
    let word = text.at(end).trim_end_matches("'s");
    if matches!(word, "fortnight" | "fortnights") {
        return Some((of(amount, Unit::Week, 2.0), end + 1));
    }
    let unit = unit(word).or_else(|| short_unit(word).filter(|_| short && text.glued(end)))?;
    let mut end = end + 1;
    let mut length = of(amount, unit, 1.0);
    if let Some(after) = text.phrase(end, "and a half") {
        length = of(amount + 0.5, unit, 1.0);
        end = after;
    }
    Some((length, end))
}

/// So many units. What is less than a day is counted on the clock, the rest on the calendar.
fn of(amount: f64, unit: Unit, factor: f64) -> Length {
    let amount = (amount * factor).clamp(0.0, 100_000.0);
    let days = |days: f64| {
        let seconds = ((days - days.trunc()) * 86_400.0).round() as i64;
        Length { months: 0, days: days.trunc() as i32, seconds }
    };
    let months = |months: f64| Length {
        months: months.trunc() as i32,
        days: ((months - months.trunc()) * 30.0) as i32,
        seconds: 0,
    };
    let seconds = |seconds: f64| Length { months: 0, days: 0, seconds: seconds.round() as i64 };
    match unit {
        Unit::Second => seconds(amount),
        Unit::Minute => seconds(amount * 60.0),
        Unit::Hour => seconds(amount * 3600.0),
        Unit::Day => days(amount),
        Unit::Week => days((amount * 7.0).trunc()),
        Unit::Month => months(amount),
        Unit::Quarter => months(amount * 3.0),
        Unit::Year => months(amount * 12.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, months, days, seconds) in [
            ("2 hours", 0, 0, 7200),
            ("1.5 hours", 0, 0, 5400),
            ("half an hour", 0, 0, 1800),
            ("1 day 2 hours", 0, 1, 7200),
            ("1 hour, 5 minutes, and 30 seconds", 0, 0, 3930),
            ("a day and a half", 0, 1, 43200),
            ("two weeks", 0, 14, 0),
            ("a fortnight", 0, 14, 0),
            ("a few months", 3, 0, 0),
            ("ڈیڑھ گھنٹہ", 0, 0, 5400),
            ("دو ہفتے", 0, 14, 0),
        ] {
            let text = Text::new(text);
            let expected = Length { months, days, seconds };
            assert_eq!(length(&text, 0, false), Some((expected, text.len())), "{}", text.source);
        }
        assert_eq!(length(&Text::new("1d"), 0, false), None);
        assert!(length(&Text::new("1d 2h 5min"), 0, true).is_some());
    }
}
