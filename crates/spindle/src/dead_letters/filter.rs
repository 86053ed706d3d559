//! Which dead letters a command is about.

use chrono::{DateTime, TimeDelta, Utc};

use super::record::Record;

/// Conditions that all must hold.
#[derive(clap::Args, Default)]
#[command(next_help_heading = "Which dead letters")]
pub struct Filter {
    /// Only records that came from this topic; may be given several times.
    #[arg(long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,

    /// Only what failed since then for the last time: a time such as 2026-11-21T09:00:00Z, or how long ago, such as 2h.
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,

    /// Only what failed before then for the last time; as --since.
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<DateTime<Utc>>,

    /// Only what failed in this way; may be given several times. retry: the handler asked for other attempts, in vain;
    /// reject: the handler won't have the record; trap, timeout: the handler broke or took too long.
    #[arg(long = "kind", value_name = "KIND", value_parser = ["retry", "reject", "trap", "timeout"], hide_possible_values = true)]
    kinds: Vec<String>,
}

impl Filter {
    /// Whether there is no condition.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty() && self.kinds.is_empty() && self.since.or(self.until).is_none()
    }

    pub fn admits(&self, letter: &Record) -> bool {
        let among = |wanted: &[String], name: &str| {
            let story = letter.story(name);
            wanted.is_empty() || wanted.iter().any(|one| Some(one.as_str()) == story.as_deref())
        };
        let failed = letter.failed();
        among(&self.topics, "topic")
            && among(&self.kinds, "kind")
            && self.since.is_none_or(|since| failed.is_some_and(|failed| failed >= since))
            && self.until.is_none_or(|until| failed.is_some_and(|failed| failed < until))
    }
}

/// A time, or how long ago it was.
fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    humantime::parse_duration(text)
        .ok()
        .and_then(|ago| Utc::now().checked_sub_signed(TimeDelta::from_std(ago).ok()?))
        .ok_or("must be a time such as 2026-11-21T09:00:00Z, or how long ago, such as 2h or 3days")
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::{letter, with};
    use super::*;

    fn some(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn without_conditions_everything_is_admitted() {
        let filter = Filter::default();
        assert!(filter.is_empty());
        assert!(filter.admits(&letter(1)));
        assert!(filter.admits(&Record { headers: Vec::new(), written: None, ..letter(1) }));
    }

    #[test]
    fn all_conditions_must_hold() {
        // It failed at 09:15:07.25, by `retry`, and came from `task-events`.
        for (topics, kinds, since, until, expected) in [
            (
                &["task-events"][..],
                &["retry"][..],
                "2026-11-21T09:15:07.25Z",
                "2026-11-21T09:16:00Z",
                true,
            ),
            (
                &["reminders", "task-events"],
                &[],
                "2026-11-21T09:00:00Z",
                "2026-11-21T10:16:00+01:00",
                true,
            ),
            (&["reminders"], &[], "2026-11-21T09:00:00Z", "2026-11-21T09:16:00Z", false),
            (&[], &["reject", "trap"], "2026-11-21T09:00:00Z", "2026-11-21T09:16:00Z", false),
            (&[], &[], "2026-11-21T09:15:07.251Z", "2026-11-21T09:16:00Z", false),
            (&[], &[], "2026-11-21T09:00:00Z", "2026-11-21T09:15:07.25Z", false),
        ] {
            let filter = Filter {
                topics: some(topics),
                kinds: some(kinds),
                since: Some(time(since).unwrap()),
                until: Some(time(until).unwrap()),
            };
            assert!(!filter.is_empty());
            assert_eq!(filter.admits(&letter(1)), expected, "{topics:?} {kinds:?} {since} {until}");
        }
    }

    #[test]
    fn a_record_that_tells_no_kind_is_of_none() {
        let filter = Filter { kinds: some(&["retry"]), ..Filter::default() };
        assert!(!filter.admits(&Record { headers: Vec::new(), ..letter(1) }));
        assert!(!filter.admits(&with(letter(1), "kind", "something newer")));
    }

    #[test]
    fn a_length_of_time_is_that_long_ago() {
        let earlier = Utc::now();
        let then = time("2h 30m").unwrap() + TimeDelta::minutes(150);
        assert!((earlier..=Utc::now()).contains(&then), "{then}");
        for wrong in ["yesterday", "2", "2026-11-21", "-2h", "9999999999years"] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }
}
