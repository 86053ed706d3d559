//! Numbers in digits and in words: counts, places in an order, quantities with halves.

use crate::text::{Kind, Text};

/// A whole number, and where it ends.
pub fn integer(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    if let Some((value, _)) = text.digits(at) {
        return Some((value, at + 1));
    }
    let (mut value, mut end) = below_hundred(text, at)?;
    for (word, factor) in [("hundred", 100), ("thousand", 1000), ("سو", 100), ("ہزار", 1000)]
    {
        if text.at(end) != word {
            continue;
        }
        value *= factor;
        end += 1;
        let rest = if text.at(end) == "and" { end + 1 } else { end };
        if let Some((small, after)) = below_hundred(text, rest) {
            value += small;
            end = after;
        }
        break;
    }
    Some((value, end))
}

/// In words, up to ninety-nine.
fn below_hundred(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    if let Some(tens) = tens(text.at(at)) {
        let unit = if text.at(at + 1) == "-" { at + 2 } else { at + 1 };
        return match small(text.at(unit)).filter(|&unit| unit < 10) {
            Some(value) => Some((tens + value, unit + 1)),
            None => Some((tens, at + 1)),
        };
    }
    small(text.at(at)).or_else(|| urdu(text.at(at))).map(|value| (value, at + 1))
}

fn small(word: &str) -> Option<i64> {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
        "nineteen",
    ];
    WORDS.iter().position(|it| *it == word).and_then(|value| i64::try_from(value).ok())
}

fn tens(word: &str) -> Option<i64> {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
    ];
    WORDS.iter().position(|it| *it == word).and_then(|it| i64::try_from(it * 10 + 20).ok())
}

fn urdu(word: &str) -> Option<i64> {
    Some(match word {
        "ایک" | "یکم" => 1,
        "دو" => 2,
        "تین" => 3,
        "چار" => 4,
        "پانچ" => 5,
        "چھ" | "چھے" | "چہ" => 6,
        "سات" => 7,
        "آٹھ" => 8,
        "نو" => 9,
        "دس" => 10,
        "گیارہ" => 11,
        "بارہ" => 12,
        "تیرہ" => 13,
        "چودہ" => 14,
        "پندرہ" => 15,
        "سولہ" => 16,
        "سترہ" => 17,
        "اٹھارہ" => 18,
        "انیس" => 19,
        "بیس" => 20,
        "اکیس" => 21,
        "بائیس" => 22,
        "تئیس" | "تیئیس" => 23,
        "چوبیس" => 24,
        "پچیس" => 25,
        "چھبیس" => 26,
        "ستائیس" => 27,
        "اٹھائیس" => 28,
        "انتیس" => 29,
        "تیس" => 30,
        "اکتیس" => 31,
        "پینتیس" => 35,
        "چالیس" => 40,
        "پینتالیس" => 45,
        "پچاس" => 50,
        "پچپن" => 55,
        "ساٹھ" => 60,
        "نوے" => 90,
        _ => return None,
    })
}

/// A place in an order ("1st", "first", "twenty-first", تیسرا, 5ویں), and where it ends. -1 is the last.
pub fn ordinal(text: &Text<'_>, at: usize) -> Option<(i64, usize)> {
    const SUFFIXES: &[&str] = &["st", "nd", "rd", "th", "ویں", "واں"];
    const BEFORE_LAST: &[&str] =
        &["next to last", "second to last", "second last", "penultimate", "last but one"];
    if let Some(end) = text.phrases(at, BEFORE_LAST) {
        return Some((-2, end));
    }
    if let Some((value, _)) = text.digits(at) {
        return (text.glued(at + 1) && text.is(at + 1, SUFFIXES)).then_some((value, at + 2));
    }
    if let Some(tens) = tens(text.at(at)) {
        let unit = if text.at(at + 1) == "-" { at + 2 } else { at + 1 };
        if let Some(value) = ordinal_word(text.at(unit)).filter(|it| (1..10).contains(it)) {
            return Some((tens + value, unit + 1));
        }
    }
    ordinal_word(text.at(at)).map(|value| (value, at + 1))
}

fn ordinal_word(word: &str) -> Option<i64> {
    Some(match word {
        "last" | "آخری" => -1,
        "first" | "پہلا" | "پہلی" | "پہلے" => 1,
        "second" | "دوسرا" | "دوسری" | "دوسرے" => 2,
        "third" | "تیسرا" | "تیسری" | "تیسرے" => 3,
        "fourth" | "چوتھا" | "چوتھی" | "چوتھے" => 4,
        "fifth" | "پانچواں" | "پانچویں" => 5,
        "sixth" | "چھٹا" | "چھٹی" | "چھٹے" => 6,
        "seventh" | "ساتواں" | "ساتویں" => 7,
        "eighth" | "آٹھواں" | "آٹھویں" => 8,
        "ninth" | "نواں" | "نویں" => 9,
        "tenth" | "دسواں" | "دسویں" => 10,
        "eleventh" | "گیارہویں" => 11,
        "twelfth" | "بارہویں" => 12,
        "thirteenth" => 13,
        "fourteenth" => 14,
        "fifteenth" | "پندرہویں" => 15,
        "sixteenth" => 16,
        "seventeenth" => 17,
        "eighteenth" => 18,
        "nineteenth" => 19,
        "twentieth" | "بیسویں" => 20,
        "thirtieth" => 30,
        _ => return None,
    })
}

/// How much of something: "1.5", "half an", "a couple of", ڈیڑھ; and where it ends.
pub fn quantity(text: &Text<'_>, at: usize) -> Option<(f64, usize)> {
    #[rustfmt::skip]
    const PHRASES: &[(&str, f64)] = &[
        ("half an", 0.5), ("half a", 0.5), ("half", 0.5), ("a half", 0.5), ("an", 1.0), ("a", 1.0),
        ("the", 1.0), ("a few", 3.0), ("few", 3.0), ("a couple of", 2.0), ("a couple", 2.0),
        ("couple of", 2.0), ("a quarter of an", 0.25), ("آدھا", 0.5), ("آدھے", 0.5), ("آدھ", 0.5),
        ("پون", 0.75), ("سوا", 1.25), ("ڈیڑھ", 1.5), ("ڈھائی", 2.5), ("اڑھائی", 2.5), ("چند", 3.0),
    ];
    let phrase = PHRASES
        .iter()
        .filter_map(|(phrase, value)| Some((*value, text.phrase(at, phrase)?)))
        .max_by_key(|(_, end)| *end);
    if text.at(at) == "ساڑھے" {
        let (value, end) = integer(text, at + 1)?;
        return Some((value as f64 + 0.5, end));
    }
    if let Some((whole, end)) = integer(text, at) {
        let (value, end) = fraction(text, end)
            .map_or((whole as f64, end), |(part, after)| (whole as f64 + part, after));
        return Some(match text.phrase(end, "and a half") {
            Some(after) => (value + 0.5, after),
            None => (value, end),
        });
    }
    phrase
}

/// `.5` that follows digits.
fn fraction(text: &Text<'_>, at: usize) -> Option<(f64, usize)> {
    let after_digits = at.checked_sub(1).and_then(|before| text.kind(before)) == Some(Kind::Digits);
    if !after_digits || text.at(at) != "." || !text.glued(at) || !text.glued(at + 1) {
        return None;
    }
    let (value, digits) = text.digits(at + 1)?;
    let places = i32::try_from(digits).ok().filter(|&places| places <= 3)?;
    Some((value as f64 / 10f64.powi(places), at + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words_and_digits() {
        for (text, value) in [
            ("21", 21),
            ("twenty one", 21),
            ("twenty-one", 21),
            ("two thousand and thirty two", 2032),
            ("one hundred", 100),
            ("۱۲", 12),
            ("پندرہ", 15),
        ] {
            let text = Text::new(text);
            assert_eq!(integer(&text, 0), Some((value, text.len())), "{}", text.source);
        }
    }

    #[test]
    fn places_in_an_order() {
        for (text, value) in [
            ("1st", 1),
            ("22nd", 22),
            ("twenty first", 21),
            ("last", -1),
            ("تیسرا", 3),
            ("5ویں", 5),
        ] {
            let text = Text::new(text);
            assert_eq!(ordinal(&text, 0), Some((value, text.len())), "{}", text.source);
        }
        assert_eq!(ordinal(&Text::new("1 st"), 0), None);
    }

    #[test]
    fn quantities_with_halves() {
        for (text, value) in [
            ("1.5", 1.5),
            ("half an", 0.5),
            ("a couple of", 2.0),
            ("2 and a half", 2.5),
            ("ڈیڑھ", 1.5),
            ("ساڑھے تین", 3.5),
        ] {
            let text = Text::new(text);
            assert_eq!(quantity(&text, 0), Some((value, text.len())), "{}", text.source);
        }
    }
}
