use domain::FieldError;
use serde::Serialize;
use spin_sdk::http::Response;

use crate::Error;

/// An RFC 9457 problem document. `title` is constant per `type`; `detail` is for the client and
/// never says what an error inside of the service says. Whole sentences are the customer's.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    correlation_id: String,
    /// Every field that is wrong, where fields are.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// What the status demands beside the document.
    #[serde(skip)]
    header: Option<(&'static str, String)>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct FieldProblem {
    field: String,
    detail: String,
}

impl Problem {
    fn new(
        status: u16,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        let (detail, correlation_id) = (detail.into(), String::new());
        Self { kind, title, status, detail, correlation_id, errors: Vec::new(), header: None }
    }

    fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.header = Some((name, value.into()));
        self
    }

    fn internal() -> Self {
        Self::new(
            500,
            "/problems/internal",
            "Internal error",
            "An unexpected error occurred. Please try again.",
        )
    }

    fn field(first: &FieldError) -> Self {
        let (kind, title) = match first {
            FieldError::Unknown { .. } => ("/problems/unknown-field", "Unknown field"),
            FieldError::ReadOnly { .. } => ("/problems/read-only-field", "Read-only field"),
            FieldError::Invalid { .. }
            | FieldError::Malformed { .. }
            | FieldError::Beside { .. } => ("/problems/invalid-field", "Invalid field"),
        };
        Self::new(422, kind, title, first.to_string())
    }

    fn fields(errors: &[FieldError]) -> Self {
        let mut problem = errors.first().map_or_else(Self::internal, Self::field);
        problem.errors = errors
            .iter()
            .map(|error| FieldProblem {
                field: error.field().to_owned(),
                detail: error.to_string(),
            })
            .collect();
        problem
    }

    /// The document, of a request with this correlation id.
    pub fn of(mut self, correlation_id: &str) -> Self {
        self.correlation_id = correlation_id.to_owned();
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// What it says to the client.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The answer to a request with this correlation id.
    pub fn into_response(self, correlation_id: &str) -> Response {
        let this = self.of(correlation_id);
        // Texts and a number: nothing in it can fail to be written.
        let body = serde_json::to_vec(&this).unwrap_or_default();
        let mut response = Response::new(this.status, body);
        response.set_header("content-type", "application/problem+json");
        if let Some((name, value)) = this.header {
            response.set_header(name, value);
        }
        response
    }
}

impl From<&Error> for Problem {
    /// The one place where an error becomes a status.
    fn from(error: &Error) -> Self {
        let said = error.to_string();
        match error {
            Error::IncompleteBody => {
                Self::new(400, "/problems/incomplete-body", "Incomplete body", said)
            }
            Error::NotJson(source) => {
                Self::new(400, "/problems/not-json", "Not JSON", format!("{said}: {source}"))
            }
            Error::Unauthenticated => {
                Self::new(401, "/problems/unauthenticated", "Unauthenticated", said)
                    .with_header("www-authenticate", "Bearer")
            }
            // RFC 6750, section 3.1.
            Error::InvalidToken(_) => {
                let challenge =
                    format!("Bearer error=\"invalid_token\", error_description=\"{said}\"");
                Self::new(401, "/problems/invalid-token", "Invalid token", said)
                    .with_header("www-authenticate", challenge)
            }
            Error::WrongPassword(_) => {
                Self::new(401, "/problems/wrong-password", "Wrong password", said)
                    .with_header("www-authenticate", "Bearer")
            }
            Error::InsufficientScope(scope) => {
                let scope = scope.as_str();
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                Self::new(403, "/problems/insufficient-scope", "Insufficient scope", said)
                    .with_header("www-authenticate", challenge)
            }
            Error::OnlyPeople => {
                Self::new(403, "/problems/insufficient-scope", "Insufficient scope", said)
                    .with_header("www-authenticate", "Bearer error=\"insufficient_scope\"")
            }
            Error::ForeignOrigin => {
                Self::new(403, "/problems/foreign-origin", "Foreign origin", said)
            }
            Error::TooMany(seconds) => {
                Self::new(429, "/problems/too-many-requests", "Too many requests", said)
                    .with_header("retry-after", seconds.to_string())
            }
            Error::Taken(_) => Self::new(409, "/problems/conflict", "Conflict", said),
            Error::ProviderAway => Self::new(503, "/problems/unavailable", "Unavailable", said)
                .with_header("retry-after", "5"),
            Error::LogInsOff => Self::new(503, "/problems/log-ins-off", "Log-ins off", said),
            Error::NotFound(_) => Self::new(404, "/problems/not-found", "Not found", said),
            Error::MethodNotAllowed(allowed) => {
                Self::new(405, "/problems/method-not-allowed", "Method not allowed", said)
                    .with_header("allow", allowed)
            }
            Error::Conflict(_) => Self::new(409, "/problems/conflict", "Conflict", said)
                .with_header("retry-after", "1"),
            Error::Gone(_) => Self::new(410, "/problems/gone", "Gone", said),
            // As the host says it, whose own limit is higher.
            Error::TooLarge(_) => {
                Self::new(413, "/problems/body-too-large", "Body too large", said)
            }
            Error::Input(domain::Error::NotAnObject) => {
                Self::new(422, "/problems/not-an-object", "Not an object", said)
            }
            Error::Input(domain::Error::Fields(errors)) => Self::fields(errors),
            Error::Series(_) => {
                Self::new(409, "/problems/unreadable-rule", "Unreadable rule", said)
            }
            Error::Store(error) => store_problem(error),
            Error::Variable(_)
            | Error::Misconfigured(_)
            | Error::NoRandomness(_)
            | Error::Answer(_) => Self::internal(),
        }
    }
}

fn store_problem(error: &store::Error) -> Problem {
    match error {
        store::Error::Unavailable(_) => Problem::new(
            503,
            "/problems/unavailable",
            "Unavailable",
            "The service is temporarily unavailable. Please try again in a moment.",
        )
        .with_header("retry-after", "1"),
        store::Error::Rejected { field, .. } => {
            match field.as_deref().and_then(FieldError::of_task) {
                Some(error) => Problem::fields(&[error]),
                None => Problem::internal(),
            }
        }
        store::Error::Changed => Problem::new(
            412,
            "/problems/changed",
            "Changed",
            "It was changed meanwhile, and If-Match names another version. Read it again, then decide anew.",
        ),
        store::Error::Forgotten => Problem::new(
            409,
            "/problems/nothing-to-undo",
            "Nothing to undo",
            "What it was before its last change is not known any more.",
        ),
        store::Error::CantSkip(error) => {
            Problem::new(409, "/problems/nothing-to-skip", "Nothing to skip", error.to_string())
        }
        store::Error::OccurrenceTaken => Problem::new(
            409,
            "/problems/occurrence-taken",
            "Occurrence taken",
            "Another task is this one of the series already. Complete it or delete it first.",
        ),
        store::Error::KeyReused => Problem::new(
            422,
            "/problems/idempotency-key-reused",
            "Idempotency key reused",
            "This Idempotency-Key was another request's. Use a new key for a new request.",
        ),
        // A handler looks for the first answer.
        store::Error::Repeated
        | store::Error::Unconfigured(_)
        | store::Error::Unmigrated(_)
        | store::Error::Failed(_)
        | store::Error::Row(_) => Problem::internal(),
    }
}

#[cfg(test)]
mod tests {
    use domain::{NewTask, Scope, SeriesError, SkipError};
    use identity::TokenError;
    use serde_json::{Value, json};

    use super::*;

    fn check(error: impl Into<Error>, header: Option<(&str, &str)>, expected: Value) {
        let response = Problem::from(&error.into()).into_response("c1");
        let document: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(document, expected);
        assert_eq!(document["status"], *response.status());
        let content_type = response.header("content-type").unwrap();
        assert_eq!(content_type.as_str(), Some("application/problem+json"));
        if let Some((name, value)) = header {
            assert_eq!(response.header(name).and_then(|it| it.as_str()), Some(value));
        }
    }

    fn rejected(field: Option<&str>) -> store::Error {
        store::Error::Rejected { field: field.map(str::to_owned), message: "secret".to_owned() }
    }

    #[test]
    fn every_wrong_field_is_listed_and_the_first_gives_the_type() {
        let error = NewTask::parse(json!({"titel": "x", "priority": "urgent"})).unwrap_err();
        check(
            error,
            None,
            json!({
                "type": "/problems/invalid-field", "title": "Invalid field", "status": 422,
                "detail": "priority must be low, medium or high", "correlation_id": "c1",
                "errors": [
                    {"field": "priority", "detail": "priority must be low, medium or high"},
                    {"field": "titel", "detail": "titel is not a field of a task; did you mean title?"},
                    {"field": "title", "detail": "title must be 1 to 500 characters, none of them U+0000"},
                ],
            }),
        );
    }

    #[test]
    fn a_value_that_the_database_refuses_is_the_clients_where_its_field_is_known() {
        let detail = FieldError::of_task("timezone").unwrap().to_string();
        check(
            rejected(Some("timezone")),
            None,
            json!({
                "type": "/problems/invalid-field", "title": "Invalid field", "status": 422,
                "detail": detail, "correlation_id": "c1",
                "errors": [{"field": "timezone", "detail": detail}],
            }),
        );
    }

    #[test]
    fn what_went_wrong_inside_stays_inside() {
        for error in [
            store::Error::Failed("select secret".to_owned()),
            rejected(None),
            rejected(Some("secret")),
        ] {
            check(
                error,
                None,
                json!({
                    "type": "/problems/internal", "title": "Internal error", "status": 500,
                    "detail": "An unexpected error occurred. Please try again.",
                    "correlation_id": "c1",
                }),
            );
        }
    }

    #[test]
    fn a_database_that_is_away_is_worth_another_try() {
        check(
            store::Error::Unavailable("host=secret".to_owned()),
            Some(("retry-after", "1")),
            json!({
                "type": "/problems/unavailable", "title": "Unavailable", "status": 503,
                "detail": "The service is temporarily unavailable. Please try again in a moment.",
                "correlation_id": "c1",
            }),
        );
    }

    #[test]
    fn a_version_that_is_not_the_expected_one_fails_the_precondition() {
        let response = Problem::from(&store::Error::Changed.into()).into_response("c1");
        assert_eq!(*response.status(), 412);
    }

    #[test]
    fn what_stands_in_the_way_of_a_series_is_told() {
        for (error, kind, detail) in [
            (
                store::Error::from(SkipError::Last).into(),
                "nothing-to-skip",
                "it is the last one of its series; complete or delete it",
            ),
            (
                store::Error::OccurrenceTaken.into(),
                "occurrence-taken",
                "Another task is this one of the series already. Complete it or delete it first.",
            ),
            (
                Error::from(SeriesError::Start("soon".to_owned())),
                "unreadable-rule",
                "series_start is soon, which is neither a day nor a time",
            ),
        ] {
            let problem = Problem::from(&error);
            let said = (problem.status, problem.kind, &*problem.detail);
            assert_eq!(said, (409, &*format!("/problems/{kind}"), detail));
        }
    }

    #[test]
    fn a_status_brings_the_header_that_it_demands() {
        for (error, status, header) in [
            (Error::Unauthenticated, 401, Some(("www-authenticate", "Bearer"))),
            (
                Error::InvalidToken(TokenError::Expired),
                401,
                Some((
                    "www-authenticate",
                    "Bearer error=\"invalid_token\", error_description=\"the token has expired\"",
                )),
            ),
            (
                Error::InsufficientScope(Scope::TasksWrite),
                403,
                Some((
                    "www-authenticate",
                    "Bearer error=\"insufficient_scope\", scope=\"tasks:write\"",
                )),
            ),
            (Error::TooMany(7), 429, Some(("retry-after", "7"))),
            (Error::MethodNotAllowed("GET".to_owned()), 405, Some(("allow", "GET"))),
            (Error::NotFound("Task"), 404, None),
            (Error::Conflict("busy"), 409, Some(("retry-after", "1"))),
            (Error::Gone("it is not kept any more"), 410, None),
            (Error::TooLarge(1), 413, None),
            (Error::IncompleteBody, 400, None),
        ] {
            let response = Problem::from(&error).into_response("c1");
            assert_eq!(*response.status(), status);
            if let Some((name, value)) = header {
                assert_eq!(response.header(name).and_then(|it| it.as_str()), Some(value));
            }
        }
    }
}
