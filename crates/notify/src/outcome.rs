use crate::Error;
use crate::text::{one_line, shortened};

/// How many characters of what somebody said who didn't take something are kept.
const MOST_SAID: usize = 200;

/// By what a person is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "their names say it")]
pub enum Channel {
    Email,
    Push,
    Webhook,
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken.
    Delivered,
    /// It won't be taken, however often it is tried.
    Refused(String),
    /// It certainly wasn't taken, and may be another time.
    Failed(String),
    /// It may have been taken, and may not.
    Unknown(String),
    /// Nobody is there any more, and nobody will be.
    Gone,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence<'a> {
    /// Nobody was reached: no name, no connection, no certificate that is good, or a network that is not allowed.
    Unreachable(&'a str),
    /// It broke off, after something was sent.
    BrokenOff(&'a str),
    /// It took too long, after something was sent.
    TimedOut,
    /// The address is none.
    NoAddress,
}

impl Outcome {
    /// What an answer means, by its status and what it says.
    pub fn of_answer(channel: Channel, status: u16, said: &str) -> Self {
        let reason = || refusal(status, said);
        match (status, channel) {
            (200..300, _) => Self::Delivered,
            // RFC 8030, section 7.3, and what push services do.
            (404 | 410, Channel::Push) | (410, Channel::Webhook) => Self::Gone,
            (408 | 429 | 500.., _) => Self::Failed(reason()),
            _ => Self::Refused(reason()),
        }
    }

    /// What it means that there is no answer.
    pub fn of_silence(silence: Silence<'_>) -> Self {
        match silence {
            Silence::Unreachable(why) => Self::Failed(format!("there is no answer: {why}")),
            Silence::BrokenOff(why) => Self::Unknown(format!("there is no answer: {why}")),
            Silence::TimedOut => Self::Unknown("there is no answer in time".to_owned()),
            Silence::NoAddress => Self::Refused(Error::Address.to_string()),
        }
    }
}

/// There is nothing to send.
impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        match error {
            Error::Randomness => Self::Failed(error.to_string()),
            Error::Address
            | Error::Topic
            | Error::Endpoint
            | Error::PublicKey
            | Error::AuthSecret
            | Error::TooLong => Self::Refused(error.to_string()),
        }
    }
}

/// What somebody said who didn't take something, on one line.
pub fn refusal(status: u16, said: &str) -> String {
    let kind = if (300..400).contains(&status) {
        "a redirect, which is not followed"
    } else {
        "not taken"
    };
    match shortened(&one_line(said), MOST_SAID).as_str() {
        "" => format!("{status}: {kind}"),
        said => format!("{status}: {kind}: {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_stands_on_one_line() {
        assert_eq!(refusal(500, ""), "500: not taken");
        assert_eq!(refusal(500, "no\n\u{0} room\r\n"), "500: not taken: no room");
        assert_eq!(refusal(301, ""), "301: a redirect, which is not followed");
        let long = refusal(400, &"x".repeat(4000));
        assert_eq!(long.chars().count(), "400: not taken: ".len() + MOST_SAID);
    }

    #[test]
    fn an_answer_means_what_its_status_says() {
        use Channel::{Email, Push, Webhook};
        let of = |channel, status| match Outcome::of_answer(channel, status, "") {
            Outcome::Delivered => "delivered",
            Outcome::Refused(_) => "refused",
            Outcome::Failed(_) => "failed",
            Outcome::Unknown(_) => "unknown",
            Outcome::Gone => "gone",
        };
        for (status, email, push, webhook) in [
            (200, "delivered", "delivered", "delivered"),
            (201, "delivered", "delivered", "delivered"),
            (202, "delivered", "delivered", "delivered"),
            (302, "refused", "refused", "refused"),
            (400, "refused", "refused", "refused"),
            (401, "refused", "refused", "refused"),
            (404, "refused", "gone", "refused"),
            (408, "failed", "failed", "failed"),
            (410, "refused", "gone", "gone"),
            (413, "refused", "refused", "refused"),
            (429, "failed", "failed", "failed"),
            (500, "failed", "failed", "failed"),
            (503, "failed", "failed", "failed"),
        ] {
            let found = (of(Email, status), of(Push, status), of(Webhook, status));
            assert_eq!(found, (email, push, webhook), "{status}");
        }
    }

    #[test]
    fn only_what_may_have_arrived_is_unknown() {
        let of = Outcome::of_silence;
        assert!(matches!(of(Silence::Unreachable("refused")), Outcome::Failed(_)));
        assert!(matches!(of(Silence::BrokenOff("closed")), Outcome::Unknown(_)));
        assert!(matches!(of(Silence::TimedOut), Outcome::Unknown(_)));
        assert!(matches!(of(Silence::NoAddress), Outcome::Refused(_)));
        assert!(matches!(Outcome::from(Error::PublicKey), Outcome::Refused(_)));
        assert!(matches!(Outcome::from(Error::Randomness), Outcome::Failed(_)));
    }
}
