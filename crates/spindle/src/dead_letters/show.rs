//! `spindle dead-letters show`.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::cluster::Cluster;
use super::filter::Filter;
use super::id::{Id, Target};
use super::index::{Index, Letters, Wanted};
use super::record::Record;
use super::table::seconds;
use super::text;

/// Show everything of some records: why they were given up, headers, key, value.
///
/// What a terminal would act on is shown as an escape, such as \u{1b}.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  spindle dead-letters show audit-write.dead-letter/0/42")]
pub struct Options {
    /// As `list` prints them: <dead-letter topic>/<partition>/<offset>.
    #[arg(value_name = "ID", required = true)]
    ids: Vec<Id>,
}

pub async fn run(cluster: &Cluster, options: &Options) -> Result<()> {
    let targets: Vec<Target> = options.ids.iter().cloned().map(Target::Letter).collect();
    let filter = Filter::default();
    let wanted = Wanted { targets: &targets, filter: &filter, replayed: true };
    let index = Index::read(cluster, &wanted).await?;
    let mut out = std::io::stdout().lock();
    let mut first = true;
    for part in &index.parts {
        let mut letters = Letters::of(cluster, part)?;
        while let Some((letter, replayed)) = letters.next().await? {
            if !std::mem::take(&mut first) {
                writeln!(out)?;
            }
            write!(out, "{}", shown(&letter, replayed))?;
        }
    }
    super::all_there(&index.missing)
}

fn shown(letter: &Record, replayed: Option<DateTime<Utc>>) -> String {
    let mut page = format!("{}\n", letter.id);
    let story = |name| letter.story(name).map(|text| text::line(&text));
    let mut say = |name: &str, text: Option<String>| {
        if let Some(text) = text {
            // Infallible, as all writing to a text is.
            let _ = writeln!(page, "  {name:11} {text}");
        }
    };
    let written = story("timestamp").and_then(|text| text.parse().ok());
    let written = written.and_then(DateTime::from_timestamp_millis).map(seconds);
    let source = letter.source().map(|source| source.to_string()).or_else(|| story("topic"));
    say(
        "from",
        source.map(|source| match written {
            Some(time) => format!("{source}, written {time}"),
            None => source,
        }),
    );
    say("group", story("group"));
    say("component", story("component"));
    say("kind", story("kind"));
    say("attempts", story("attempts"));
    say(
        "failed",
        match (story("first-failure"), story("last-failure")) {
            (Some(first), Some(last)) if first != last => Some(format!("{first} to {last}")),
            (first, last) => last.or(first).or_else(|| letter.failed().map(seconds)),
        },
    );
    // Its lines, if it has several, stand below each other.
    let reason = letter.story("reason").map(|reason| text::lines(&reason));
    say("reason", reason.map(|reason| reason.replace('\n', "\n              ")));
    say("before", story("replayed").map(|id| format!("{id}, which was sent again")));
    say("sent again", replayed.map(seconds));
    let headers: Vec<_> = letter.own_headers().collect();
    if !headers.is_empty() {
        page.push_str("  headers\n");
    }
    for (name, value) in headers {
        let value = value.as_deref().map_or("null".to_owned(), text::value);
        let _ = writeln!(page, "    {}: {value}", text::line(name));
    }
    for (name, bytes) in [("key", &letter.key), ("value", &letter.value)] {
        let Some(bytes) = bytes else {
            let _ = writeln!(page, "  {name}: null");
            continue;
        };
        let (what, shown) = text::shown(bytes);
        let _ = writeln!(page, "  {name} ({}, {what})", length(bytes.len()));
        for line in shown.lines() {
            let _ = writeln!(page, "    {line}");
        }
    }
    page
}

fn length(bytes: usize) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::{letter, with};
    use super::*;

    #[test]
    fn a_page_has_everything_of_a_letter() {
        let expected = r#"audit-write.dead-letter/0/7
  from        task-events/2/55, written 2026-11-21T09:15:00Z
  group       audit-write
  component   audit-write
  kind        retry
  attempts    3
  failed      2026-11-21T09:15:00.000Z to 2026-11-21T09:15:07.250Z
  reason      first
              second
  before      audit-write.dead-letter/0/3, which was sent again
  sent again  2026-11-21T09:15:08Z
  headers
    ce_id: 0190aaaa
  key (2 bytes, text)
    t1
  value (7 bytes, JSON)
    {
      "a": 1
    }
"#;
        let letter = with(letter(7), "reason", "first\nsecond");
        let letter = with(letter, "replayed", "audit-write.dead-letter/0/3");
        assert_eq!(shown(&letter, letter.written), expected);
    }

    #[test]
    fn a_page_of_a_bare_record_says_what_there_is() {
        let bare = Record {
            headers: vec![("\u{1b}[2J".to_owned(), None), ("b".to_owned(), Some(vec![0xff]))],
            key: None,
            value: Some(Vec::new()),
            ..letter(7)
        };
        let expected = r"audit-write.dead-letter/0/7
  failed      2026-11-21T09:15:08Z
  headers
    \u{1b}[2J: null
    b: 0xff
  key: null
  value (0 bytes, text)
";
        assert_eq!(shown(&bare, None), expected);
    }

    #[test]
    fn nothing_of_a_hostile_letter_reaches_the_terminal_as_it_is() {
        let evil = "\u{1b}]0;owned\u{7}\r\u{202e}";
        let mut letter = letter(7);
        for name in ["topic", "group", "kind", "attempts", "last-failure", "reason", "replayed"] {
            letter = with(letter, name, evil);
        }
        letter.headers.push((evil.to_owned(), Some(evil.into())));
        letter.key = Some(evil.into());
        letter.value = Some(serde_json::to_vec(&[evil, "\u{9b}2J\u{7f}"]).unwrap());
        let page = shown(&letter, None);
        assert!(page.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{page:?}");
    }
}
