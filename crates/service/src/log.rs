use std::error::Error;
use std::io::Write as _;

use domain::{Origin, Time};
use serde::Serialize;
use spin_sdk::variables;

/// A line of the log: JSON on stderr, which the host passes on. It holds no personal text: no
/// query, no body.
#[derive(Serialize)]
struct Line<'a> {
    time: Time,
    level: &'static str,
    component: &'static str,
    correlation_id: &'a str,
    message: &'static str,
    #[serde(flatten)]
    request: Option<Answered<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What a line says of a request that has its answer.
#[derive(Serialize)]
pub(crate) struct Answered<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
}

/// Notes how a request ended: what we failed at and what we refused always, so that the correlation
/// id of every problem document leads to a line; anything else where the variable `log_level` is
/// `debug`, because a line costs as much as a good part of a request.
pub(crate) fn answered(origin: &Origin, request: Answered<'_>, error: Option<&crate::Error>) {
    let (level, message) = match request.status {
        500 => ("error", "request failed"),
        501.. => ("warn", "request failed"),
        400..=499 => ("info", "request refused"),
        _ if variables::get("log_level").is_ok_and(|level| level == "debug") => {
            ("debug", "request answered")
        }
        _ => return,
    };
    // Why a request was refused, its sender has been told; the reason may quote what was sent.
    let error = error.filter(|_| request.status >= 500).map(|error| chain(error));
    write(origin, level, message, Some(request), error);
}

/// Notes what went wrong where the answer doesn't tell.
pub fn warn(origin: &Origin, message: &'static str, error: &dyn Error) {
    write(origin, "warn", message, None, Some(chain(error)));
}

fn write(
    origin: &Origin,
    level: &'static str,
    message: &'static str,
    request: Option<Answered<'_>>,
    error: Option<String>,
) {
    let line = Line {
        time: Time::now(),
        level,
        component: origin.service,
        correlation_id: &origin.correlation_id,
        message,
        request,
        error,
    };
    let mut line = serde_json::to_vec(&line).unwrap_or_default();
    line.push(b'\n');
    // There is nobody to tell that the log is closed.
    let _ = std::io::stderr().write_all(&line);
}

/// The error and what caused it, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
