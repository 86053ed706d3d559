//! Sizes and counts that an operator may set.

use spin_sdk::variables;

use crate::{Error, Result};

/// How many bytes the variable says: `1MiB`, `64KiB`, or a number of bytes.
///
/// # Errors
/// [`Error::Misconfigured`] if it says none.
pub(crate) fn bytes(variable: &'static str) -> Result<usize> {
    parse_bytes(&variables::get(variable)?).ok_or(Error::Misconfigured(variable))
}

/// How many the variable says.
///
/// # Errors
/// [`Error::Misconfigured`] if it is no number.
pub fn count(variable: &'static str) -> Result<u32> {
    variables::get(variable)?.parse().map_err(|_| Error::Misconfigured(variable))
}

fn parse_bytes(text: &str) -> Option<usize> {
    let (number, unit) = match text
        .strip_suffix("iB")
        .and_then(|it| it.split_at_checked(it.len().checked_sub(1)?))
    {
        Some((number, "K")) => (number, 1024),
        Some((number, "M")) => (number, 1024 * 1024),
        Some(_) => return None,
        None => (text, 1),
    };
    number.parse::<usize>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_of_bytes() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1000", Some(1000)),
            ("64KiB", Some(65_536)),
            ("1MiB", Some(1_048_576)),
            ("", None),
            ("iB", None),
            ("MiB", None),
            ("1GiB", None),
            ("1MB", None),
            ("-1", None),
            ("1 MiB", None),
            ("1éiB", None),
            ("99999999999999999MiB", None),
        ] {
            assert_eq!(parse_bytes(text), expected, "{text}");
        }
    }
}
