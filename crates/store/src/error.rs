use spin_sdk::pg4;

/// What can go wrong between a component and its database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The variable `database_url` has no value.
    #[error("the variable database_url is not set")]
    Unconfigured(#[source] spin_sdk::variables::Error),
    /// The database is away, starting, stopping or full. Nothing is wrong with the request.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database has no tables, or none of this version.
    #[error("the database is not migrated: {0}")]
    Unmigrated(String),
    /// A value can't be stored, and never will be.
    #[error("the database refuses a value: {message}")]
    Rejected {
        /// The task's field that it was for, where the error says so.
        field: Option<String>,
        /// What Postgres says. Not for a client.
        message: String,
    },
    /// A request with this idempotency key has been answered, and nothing was done.
    #[error("the idempotency key has been used")]
    Repeated,
    /// Another request had this idempotency key.
    #[error("the idempotency key was another request's")]
    KeyReused,
    /// What was to be changed is not the version any more that it was to be, and nothing was done.
    #[error("it is another version now")]
    Changed,
    /// The task can't be moved to the next one of its series, and nothing was done.
    #[error(transparent)]
    CantSkip(#[from] domain::SkipError),
    /// What it would be of its series is another task already, and nothing was done.
    #[error("another task is this one of the series already")]
    OccurrenceTaken,
    /// What it was before its last change is not kept any more.
    #[error("its last change is not known any more")]
    Forgotten,
    /// The statement failed otherwise; a mistake of ours or of an operator's.
    #[error("the database failed: {0}")]
    Failed(String),
    /// A row is not what the statement should return.
    #[error("a row can't be read")]
    Row(#[from] serde_json::Error),
}

impl Error {
    /// Whether it is a value's fault, whatever is tried again; of anything else, it is the database's.
    pub fn is_rejection(&self) -> bool {
        matches!(self, Self::Rejected { .. })
    }
}

/// The result of a statement.
pub type Result<T> = std::result::Result<T, Error>;

impl From<pg4::Error> for Error {
    fn from(error: pg4::Error) -> Self {
        match error {
            pg4::Error::Decode(message) => Self::Failed(message),
            pg4::Error::PgError(error) => error.into(),
        }
    }
}

impl From<pg4::PgError> for Error {
    fn from(error: pg4::PgError) -> Self {
        match error {
            pg4::PgError::ConnectionFailed(message) => Self::Unavailable(message),
            pg4::PgError::QueryFailed(pg4::QueryError::DbError(error)) => {
                let constraint = error.extras.into_iter().find(|(name, _)| name == "constraint");
                by_sqlstate(&error.code, constraint.map(|(_, name)| name), error.message)
            }
            pg4::PgError::QueryFailed(pg4::QueryError::Text(text)) => by_text(text),
            pg4::PgError::BadParameter(message)
            | pg4::PgError::ValueConversionFailed(message)
            | pg4::PgError::Other(message) => Self::Failed(message),
        }
    }
}

/// Whose fault it is, by PostgreSQL's Appendix A.
fn by_sqlstate(code: &str, constraint: Option<String>, message: String) -> Error {
    let message = format!("{message} (SQLSTATE {code})");
    match code {
        // A standby after a fail-over takes no writes; the connection is to the wrong server.
        "25006" => Error::Unavailable(message),
        // Others were in the way: serialization failure, deadlock, lock or statement timed out.
        "40001" | "40P01" | "55P03" | "57014" => Error::Unavailable(message),
        // A table is missing.
        "42P01" => Error::Unmigrated(message),
        // The only argument of a function that comes from a client is the name of a time zone.
        "22023" => Error::Rejected { field: Some("timezone".to_owned()), message },
        _ if code.starts_with("08") || code.starts_with("53") || code.starts_with("57P") => {
            Error::Unavailable(message)
        }
        "23505" if constraint.as_deref() == Some("idempotency_keys_pkey") => Error::Repeated,
        "23505" if constraint.as_deref() == Some("tasks_series_occurrence_key") => {
            Error::OccurrenceTaken
        }
        _ if code.starts_with("22") || code.starts_with("23") => {
            let field = constraint.as_deref().and_then(field_of).map(str::to_owned);
            Error::Rejected { field, message }
        }
        _ => Error::Failed(message),
    }
}

/// `tasks_title_check` is about `title`.
fn field_of(constraint: &str) -> Option<&str> {
    constraint.strip_prefix("tasks_")?.strip_suffix("_check")
}

/// Spin hands over an error that comes with the rows, and one of the connection, as debugging text
/// (crates/factor-outbound-pg/src/client.rs of Spin 4.0.2, line 263; of 3.6.3, line 208).
fn by_text(text: String) -> Error {
    let after = |mark: &str| text.split_once(mark).and_then(|(_, rest)| rest.split('"').next());
    // Spin 4 prints the whole error; Spin 3 its message only.
    if let Some(code) = after("code: \"") {
        let message = after(" message: \"").unwrap_or_default().to_owned();
        return by_sqlstate(code, after("(\"constraint\", \"").map(str::to_owned), message);
    }
    // By a cast, and by `timezone_name`.
    if text.contains("time zone \"") || text.contains("invalid value for parameter \"TimeZone\"") {
        return by_sqlstate("22023", None, text);
    }
    if text.contains("relation \"") && text.contains(" does not exist") {
        return by_sqlstate("42P01", None, text);
    }
    if text.contains("unique constraint \"idempotency_keys_pkey\"") {
        return Error::Repeated;
    }
    if text.contains("unique constraint \"tasks_series_occurrence_key\"") {
        return Error::OccurrenceTaken;
    }
    const GONE: [&str; 5] = [
        "kind: Io",
        "kind: Closed",
        "connection closed",
        "communicating with the server",
        "terminating connection",
    ];
    if GONE.iter().any(|sign| text.contains(sign)) {
        return Error::Unavailable(text);
    }
    Error::Failed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db_error(code: &str, constraint: Option<&str>) -> Error {
        let extras = constraint.map(|name| ("constraint".to_owned(), name.to_owned()));
        pg4::PgError::QueryFailed(pg4::QueryError::DbError(pg4::DbError {
            as_text: "personal text".to_owned(),
            severity: "ERROR".to_owned(),
            code: code.to_owned(),
            message: "no".to_owned(),
            detail: Some("personal text".to_owned()),
            extras: extras.into_iter().collect(),
        }))
        .into()
    }

    fn text(text: &str) -> Error {
        pg4::PgError::QueryFailed(pg4::QueryError::Text(text.to_owned())).into()
    }

    #[test]
    fn a_database_that_is_away_or_not_set_up_is_no_values_fault() {
        let rejected = Error::Rejected { field: None, message: "no".to_owned() };
        assert!(rejected.is_rejection());
        for error in [
            Error::Unavailable("refused".to_owned()),
            Error::Unmigrated("relation does not exist".to_owned()),
            Error::Failed("permission denied".to_owned()),
        ] {
            assert!(!error.is_rejection(), "{error}");
        }
    }

    #[test]
    fn a_database_that_is_away_is_unavailable() {
        for error in [
            pg4::PgError::ConnectionFailed("refused".to_owned()).into(),
            db_error("08006", None),
            db_error("57P01", None),
            db_error("57P03", None),
            db_error("53300", None),
            db_error("25006", None),
            db_error("40001", None),
            db_error("40P01", None),
            db_error("55P03", None),
            db_error("57014", None),
            text("Error { kind: Closed, cause: None }"),
            text("Error { kind: Io, cause: Some(Os { code: 104 }) }"),
            text("db error: FATAL: terminating connection due to administrator command"),
        ] {
            assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
        }
    }

    #[test]
    fn a_value_that_cannot_be_stored_is_rejected_with_its_field() {
        let in_spin_4 = r#"Error::QueryFailed(QueryError::DbError(DbError {as-text: "Error { code:
            SqlState(E23514) }", severity: "ERROR", code: "23514", message: "new row",
            extras: [("constraint", "tasks_tags_check")]}))"#;
        for (error, expected) in [
            (db_error("23514", Some("tasks_recurrence_rule_check")), Some("recurrence_rule")),
            (db_error("23505", Some("tasks_pkey")), None),
            (db_error("22023", None), Some("timezone")),
            (db_error("22P05", None), None),
            (text(in_spin_4), Some("tags")),
            (text("db error: ERROR: time zone \"Mars/Base\" not recognized"), Some("timezone")),
            (
                text("db error: ERROR: invalid value for parameter \"TimeZone\": \"Mars/Base\""),
                Some("timezone"),
            ),
        ] {
            let Error::Rejected { field, message } = error else { panic!("{error:?}") };
            assert_eq!(field.as_deref(), expected, "{message}");
        }
    }

    #[test]
    fn an_idempotency_key_that_is_there_is_told_from_other_keys() {
        for error in [
            db_error("23505", Some("idempotency_keys_pkey")),
            text(
                "db error: ERROR: duplicate key value violates unique constraint \
                 \"idempotency_keys_pkey\"",
            ),
        ] {
            assert!(matches!(error, Error::Repeated), "{error:?}");
        }
    }

    #[test]
    fn an_occurrence_that_is_there_is_told_from_other_keys() {
        for error in [
            db_error("23505", Some("tasks_series_occurrence_key")),
            text(
                "db error: ERROR: duplicate key value violates unique constraint \
                 \"tasks_series_occurrence_key\"",
            ),
        ] {
            assert!(matches!(error, Error::OccurrenceTaken), "{error:?}");
        }
    }

    #[test]
    fn a_database_without_tables_is_not_migrated() {
        for error in
            [db_error("42P01", None), text("db error: ERROR: relation \"tasks\" does not exist")]
        {
            assert!(matches!(error, Error::Unmigrated(_)), "{error:?}");
        }
    }

    #[test]
    fn anything_else_is_a_failure() {
        for error in [
            db_error("42501", None),
            text("error serializing parameter 3"),
            pg4::PgError::BadParameter("uuid".to_owned()).into(),
        ] {
            assert!(matches!(error, Error::Failed(_)), "{error:?}");
        }
    }

    #[test]
    fn the_text_of_a_row_does_not_reach_the_log() {
        assert_eq!(
            db_error("23514", None).to_string(),
            "the database refuses a value: no (SQLSTATE 23514)"
        );
    }
}
