use spin_sdk::variables;

use crate::{Caller, Error, Request, Result};

/// How often: `10/5m` is ten at once, and another every thirty seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    most: f64,
    seconds: f64,
}

/// Counts one more of whatever the variable `rate` limits, for whoever is named; for the request's
/// address where nobody is. An empty variable limits nothing.
///
/// # Errors
/// [`Error::TooMany`] if there were too many already.
pub fn limit(request: &Request, rate: &'static str, whose: Option<&str>) -> Result<()> {
    let text = variables::get(rate)?;
    if text.is_empty() {
        return Ok(());
    }
    let Rate { most, seconds } = Rate::parse(&text).ok_or(Error::Misconfigured(rate))?;
    let key = match whose {
        Some(whose) => rate_key(rate, whose),
        None => {
            let proxy_header = variables::get("client_address_header")?;
            let address = request.client_address(&proxy_header);
            // Whose address isn't known share one rate.
            rate_key(rate, &address.map(|it| it.to_string()).unwrap_or_default())
        }
    };
    match store::rate_limits::take(&key, seconds, most)? {
        None => Ok(()),
        Some(seconds) => Err(Error::TooMany(seconds)),
    }
}

/// As [`limit`], of what a user does. Nothing limits local mode's one user, at the machine that serves them.
///
/// # Errors
/// As [`limit`].
pub fn limit_user(request: &Request, rate: &'static str, caller: &Caller) -> Result<()> {
    if caller.is_local() {
        return Ok(());
    }
    limit(request, rate, Some(&caller.user.id.to_string()))
}

/// By what the database knows what somebody has used of a rate.
pub fn rate_key(rate: &str, whose: &str) -> String {
    format!("{rate}:{whose}")
}

impl Rate {
    fn parse(text: &str) -> Option<Self> {
        let (most, period) = text.split_once('/')?;
        let (number, unit) = period.split_at_checked(period.len().checked_sub(1)?)?;
        let unit = match unit {
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        let (most, number): (u32, u32) = (most.parse().ok()?, number.parse().ok()?);
        let most = f64::from(most);
        (most > 0.0 && number > 0).then(|| Self { most, seconds: f64::from(number) * unit / most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_so_many_in_a_time() {
        for (text, expected) in [
            ("10/5m", Some((10.0, 30.0))),
            ("60/1m", Some((60.0, 1.0))),
            ("1/2h", Some((1.0, 7200.0))),
            ("5/10s", Some((5.0, 2.0))),
            ("0/1m", None),
            ("1/0s", None),
            ("5", None),
            ("5/", None),
            ("5/m", None),
            ("5/1d", None),
            ("-5/1m", None),
            ("5/1é", None),
        ] {
            let rate = Rate::parse(text).map(|rate| (rate.most, rate.seconds));
            assert_eq!(rate, expected, "{text}");
        }
    }
}
