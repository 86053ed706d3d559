//! Log lines: JSON for machines, readable on a terminal.
//!
//! `{"time", "level", "component", "correlation_id", "message", …}`: `component` is the guest's name, or the crate that
//! speaks. What a guest logs in this form keeps its fields.

use std::borrow::Cow;
use std::fmt;
use std::io::IsTerminal;

use chrono::{SecondsFormat, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Pretty on a terminal, else JSON.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Pretty,
}

impl std::str::FromStr for LogFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "auto" => Ok(Self::Auto),
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err("expected auto, json or pretty".to_owned()),
        }
    }
}

/// Installs the process's subscriber, which writes to stderr. `RUST_LOG` chooses levels; the default is `info`. A second
/// call changes nothing.
pub fn init(format: LogFormat) {
    let terminal = std::io::stderr().is_terminal();
    let filter = EnvFilter::builder()
        .with_default_directive(Level::INFO.into())
        .from_env_lossy()
        // Says each step twice.
        .add_directive("refinery_core=warn".parse().unwrap_or_else(|_| Level::INFO.into()));
    let lines = Lines {
        pretty: format == LogFormat::Pretty || format == LogFormat::Auto && terminal,
        color: terminal,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .event_format(lines);
    let _ = subscriber.try_init();
}

/// Formats events. Spans are not used: whoever logs names what the line is about.
struct Lines {
    pretty: bool,
    color: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let target = fields.take_log_target(metadata.target());
        let component = match fields.0.remove("component") {
            Some(Value::String(component)) => component,
            // The crate: `spin_kafka_trigger::group` says no more to an operator.
            _ => target.split("::").next().unwrap_or_default().replace('_', "-"),
        };
        let line = Line { level: *metadata.level(), component, fields: fields.0 };
        if self.pretty { line.pretty(&mut writer, self.color) } else { line.json(&mut writer) }
    }
}

struct Line {
    level: Level,
    component: String,
    fields: Map<String, Value>,
}

/// In this order.
#[derive(Serialize)]
struct JsonLine {
    time: String,
    level: String,
    component: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Value>,
    message: Value,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl Line {
    fn json(mut self, writer: &mut Writer<'_>) -> fmt::Result {
        let line = JsonLine {
            time: Utc::now().to_rfc3339_opts(SecondsFormat::Micros, true),
            level: self.level.as_str().to_ascii_lowercase(),
            component: self.component,
            correlation_id: self.fields.remove("correlation_id").filter(|id| id != ""),
            message: self.fields.remove("message").unwrap_or_default(),
            fields: self.fields,
        };
        writeln!(writer, "{}", serde_json::to_string(&line).map_err(|_| fmt::Error)?)
    }

    fn pretty(mut self, writer: &mut Writer<'_>, color: bool) -> fmt::Result {
        let (on, dim, off) = match self.level {
            _ if !color => ("", "", ""),
            Level::ERROR => ("\x1b[31m", "\x1b[2m", "\x1b[0m"),
            Level::WARN => ("\x1b[33m", "\x1b[2m", "\x1b[0m"),
            Level::INFO => ("\x1b[32m", "\x1b[2m", "\x1b[0m"),
            _ => ("\x1b[2m", "\x1b[2m", "\x1b[0m"),
        };
        let time = chrono::Local::now().format("%H:%M:%S%.3f");
        let message = self.fields.remove("message").unwrap_or_default();
        let message = visible(message.as_str().unwrap_or_default());
        let component = visible(&self.component);
        write!(writer, "{dim}{time}{off} {on}{:<5}{off} {component:<16} {message}", self.level)?;
        for (name, value) in self.fields.iter().filter(|(_, value)| *value != "") {
            let value = match value {
                Value::String(text) => visible(text).into_owned(),
                value => visible(&value.to_string()).into_owned(),
            };
            write!(writer, " {dim}{}={value}{off}", visible(name))?;
        }
        writeln!(writer)
    }
}

/// Text in which nothing begins another line, moves the cursor or turns letters around: a guest could forge with it what
/// its operator reads.
fn visible(text: &str) -> Cow<'_, str> {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
    };
    if !text.contains(hides) {
        return text.into();
    }
    let escape = |c: char| if hides(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect::<String>().into()
}

/// The fields of an event. `fields` of a guest's line holds a JSON object: its members become fields themselves.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().trim_start_matches("r#").to_owned(), value.into());
    }

    /// Crates that use `log` speak by an adapter, which names them in a field.
    fn take_log_target<'a>(&mut self, target: &'a str) -> Cow<'a, str> {
        if target != "log" {
            return target.into();
        }
        let speaker = self.0.remove("log.target");
        self.0.retain(|name, _| !name.starts_with("log."));
        match speaker {
            Some(Value::String(speaker)) => speaker.into(),
            _ => target.into(),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "fields" {
            if let Ok(Value::Object(members)) = serde_json::from_str(value) {
                self.0.extend(members);
            }
        } else {
            self.put(field, value);
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    /// An error is logged with its causes.
    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        self.put(field, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    use wasmtime_wasi::cli::StdoutStream;

    use crate::output::GuestOutput;
    use crate::sink::Sink;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(pretty: bool, log: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = Lines { pretty, color: false };
        let subscriber = tracing_subscriber::fmt()
            .event_format(lines)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, log);
        String::from_utf8(std::mem::take(&mut *kept.0.lock().unwrap())).unwrap()
    }

    /// Writes to a guest's output, in pieces, and gives the lines without their time.
    fn guest(pieces: &[&str]) -> Vec<Value> {
        let text = logged(false, || {
            let output = GuestOutput::new(Sink::log("tasks".into()), Some("c-1".into()));
            for piece in pieces {
                output.p2_stream().write(piece.to_string().into()).unwrap();
            }
        });
        let mut lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &mut lines {
            line.as_object_mut().unwrap().remove("time").unwrap();
        }
        lines
    }

    #[test]
    fn an_event_is_a_json_line_with_the_usual_fields_first() {
        let text = logged(false, || {
            tracing::warn!(
                correlation_id = "c-1",
                attempts = 3,
                done = false,
                "a \"quoted\" thing"
            );
        });
        assert!(text.starts_with(r#"{"time":"20"#), "{text}");
        let (_, rest) = text.split_once(r#"Z","#).unwrap();
        let expected = r#""level":"warn","component":"spin-host","correlation_id":"c-1","message":"a \"quoted\" thing","#;
        assert!(rest.starts_with(expected), "{text}");
        let line: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&line["attempts"], &line["done"]), (&3.into(), &false.into()));
    }

    #[test]
    fn a_guests_plain_lines_are_whole_however_they_were_written() {
        let expected = |message: &str| serde_json::json!({"level": "info", "component": "tasks", "correlation_id": "c-1", "message": message});
        let lines = guest(&["one ", "li", "ne\ntwo\n\n", "three"]);
        assert_eq!(lines, [expected("one line"), expected("two"), expected("three")]);
        let lines = guest(&["{not json\n", "{\"a\":1}\n"]);
        assert_eq!(lines, [expected("{not json"), expected("{\"a\":1}")]);
        let long = "x".repeat((64 << 10) + 10);
        assert_eq!(guest(&[&long[..64 << 10], &long[64 << 10..]]).len(), 2);
    }

    #[test]
    fn a_guests_json_lines_keep_level_and_fields() {
        let line = r#"{"time":"1970","level":"error","component":"liar","correlation_id":"c-2","message":"m","task":{"id":7}}"#;
        let expected = serde_json::json!(
            {"level": "error", "component": "tasks", "correlation_id": "c-2", "message": "m", "task": {"id": 7}}
        );
        assert_eq!(guest(&[line, "\n"]), [expected]);
    }

    #[test]
    fn people_get_one_readable_line() {
        let text = logged(true, || {
            tracing::info!(component = "tasks", task = 7, correlation_id = "", "task created")
        });
        assert!(text.ends_with("INFO  tasks            task created task=7\n"), "{text}");
    }
    #[test]
    fn a_crate_that_uses_log_speaks_for_itself() {
        let text = logged(false, || {
            tracing::info!(
                target: "log",
                { log.target = "rdkafka::client", log.file = "client.rs", log.line = 7_u64 },
                "a line"
            );
        });
        let mut line: Value = serde_json::from_str(&text).unwrap();
        line.as_object_mut().unwrap().remove("time");
        let expected =
            serde_json::json!({"level": "info", "component": "rdkafka", "message": "a line"});
        assert_eq!(line, expected);
    }

    #[test]
    fn a_guest_forges_no_line_for_people() {
        let line = r#"{"message":"m\n12:00:00.000 ERROR other\u001b[2J","field\r":"\u202ex","list":["\u009b1m"]}"#;
        let text = logged(true, || {
            let output = GuestOutput::new(Sink::log("tasks".into()), None);
            output.p2_stream().write(format!("{line}\nplain \x1b[31m\n").into()).unwrap();
        });
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text:?}");
        assert!(
            lines[0].ends_with(
                r#"tasks            m\n12:00:00.000 ERROR other\u{1b}[2J field\r=\u{202e}x list=["\u{9b}1m"]"#
            ),
            "{text:?}"
        );
        assert!(lines[1].ends_with(r"plain \u{1b}[31m"), "{text:?}");
    }
}
