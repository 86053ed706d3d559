use serde::Serialize;

/// What `/ready` answers when the service can do its work.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the names say it")]
pub struct Ready {
    /// `ready`.
    pub status: &'static str,
    /// `connected`.
    pub database: &'static str,
    pub kafka: Backlog,
    /// What of the language model.
    pub ollama: &'static str,
}

/// What waits for Kafka.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the names say it")]
pub struct Backlog {
    pub unpublished: i64,
    pub oldest_seconds: f64,
}

/// What it answers when it can't.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the names say it")]
pub struct NotReady {
    /// `not_ready`.
    pub status: &'static str,
    /// Why.
    pub database: &'static str,
}
