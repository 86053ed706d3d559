//! Values with units: `200ms`, `1MiB`.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

/// A duration as `200ms`, `30s` or `1m 30s`.
pub(super) fn duration<'de, D: Deserializer<'de>>(value: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(value)?;
    humantime::parse_duration(&text)
        .map_err(|_| D::Error::custom("must be a duration such as \"200ms\" or \"30s\""))
}

/// A number of bytes, alone or as `64KiB`, `1MiB`, `100kB`, `1MB`.
pub(super) fn bytes<'de, D: Deserializer<'de>>(value: D) -> Result<usize, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Size {
        Number(usize),
        Text(String),
    }
    let size = match Size::deserialize(value) {
        Ok(Size::Number(number)) => Some(number),
        Ok(Size::Text(text)) => parse_bytes(&text),
        Err(_) => None,
    };
    size.filter(|size| *size > 0)
        .ok_or_else(|| D::Error::custom("must be a number of bytes such as \"1MiB\""))
}

fn parse_bytes(text: &str) -> Option<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim_start() {
        "" | "B" => 1,
        "kB" => 1_000,
        "MB" => 1_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        _ => return None,
    };
    number.parse::<usize>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::parse_bytes;

    #[test]
    fn sizes_have_decimal_and_binary_units() {
        for (text, bytes) in [
            ("17", Some(17)),
            ("17B", Some(17)),
            ("64KiB", Some(65_536)),
            ("1 MiB", Some(1_048_576)),
            ("3kB", Some(3_000)),
            ("2MB", Some(2_000_000)),
            ("", None),
            ("MiB", None),
            ("1.5MiB", None),
            ("-1", None),
            ("1 mib", None),
            ("99999999999999999999MiB", None),
        ] {
            assert_eq!(parse_bytes(text), bytes, "{text:?}");
        }
    }
}
