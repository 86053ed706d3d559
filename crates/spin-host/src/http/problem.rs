//! Errors that the host itself answers with: problem documents (RFC 9457).

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use serde::Serialize;

use super::Body;
use super::body;
use super::headers::CORRELATION_ID;

/// Why the host answers instead of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// HTTP/1.1 without a `Host`, or one that can't be read.
    BadHost,
    /// Local mode: the request doesn't come from this machine's own pages.
    Forbidden(&'static str),
    NotFound,
    BodyTooLarge,
    /// The client did not send the body in time.
    BodyTimedOut,
    /// The body is not as HTTP wants it, or ends too early.
    BadBody,
    /// The component trapped, or gave no response.
    Failed,
    Overloaded,
    TimedOut,
}

#[derive(Serialize)]
struct Document<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    correlation_id: &'a str,
}

impl Problem {
    fn parts(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        match self {
            Self::BadHost => (
                StatusCode::BAD_REQUEST,
                "/problems/bad-host",
                "Bad host",
                "the request has no Host header that can be read",
            ),
            Self::Forbidden(detail) => {
                (StatusCode::FORBIDDEN, "/problems/forbidden", "Forbidden", detail)
            }
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "/problems/not-found",
                "Not found",
                "there is nothing at this path",
            ),
            Self::BodyTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "/problems/body-too-large",
                "Body too large",
                "the request's body is too large",
            ),
            Self::BodyTimedOut => (
                StatusCode::REQUEST_TIMEOUT,
                "/problems/body-timed-out",
                "Body timed out",
                "the request's body was not sent in time",
            ),
            Self::BadBody => (
                StatusCode::BAD_REQUEST,
                "/problems/bad-body",
                "Bad body",
                "the request's body can't be read",
            ),
            Self::Failed => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "/problems/internal",
                "Internal error",
                "An unexpected error occurred. Please try again.",
            ),
            Self::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "/problems/overloaded",
                "Overloaded",
                "The service is temporarily unavailable. Please try again in a moment.",
            ),
            Self::TimedOut => (
                StatusCode::GATEWAY_TIMEOUT,
                "/problems/timed-out",
                "Timed out",
                "the request was not handled in time",
            ),
        }
    }

    /// The whole response.
    pub fn response(self, correlation_id: &HeaderValue) -> Response<Body> {
        let (status, r#type, title, detail) = self.parts();
        let id = correlation_id.to_str().unwrap_or_default();
        let document =
            Document { r#type, title, status: status.as_u16(), detail, correlation_id: id };
        let json = serde_json::to_vec(&document).unwrap_or_default();
        let mut response = Response::new(body::full(Bytes::from(json)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CORRELATION_ID, correlation_id.clone());
        if self == Self::Overloaded {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[tokio::test]
    async fn a_problem_is_a_document_with_the_correlation_id() {
        let response = Problem::Overloaded.response(&HeaderValue::from_static("c\"1"));
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(
            (&response.headers()["retry-after"], &response.headers()[CORRELATION_ID]),
            (&"1".parse().unwrap(), &"c\"1".parse().unwrap())
        );
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({
                "type": "/problems/overloaded", "title": "Overloaded", "status": 503,
                "detail": "The service is temporarily unavailable. Please try again in a moment.", "correlation_id": "c\"1",
            })
        );
    }
}
