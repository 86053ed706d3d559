//! What all operations share.

use domain::Scope;
use serde_json::{Map, Value, json};

pub const DESCRIPTION: &str = "\
JSON in and out; times are RFC 3339, ids UUIDs. What goes wrong is told by a problem document (RFC 9457) whose `title` is \
constant per `type` and whose `detail` is for people. Every answer names its request in `X-Correlation-ID`, and so do the \
events and the audit rows that it caused. Where GET is answered, HEAD is, too, and every path answers OPTIONS; any other \
method gets 405 with `Allow`. Fields may be added to answers: ignore those that you don't know.";

/// Tokens, of both kinds.
pub fn bearer() -> Value {
    let scopes = Scope::ALL.map(|scope| format!("`{}`", scope.as_str())).join(", ");
    json!({
        "type": "http",
        "scheme": "bearer",
        "description": format!(
            "The `access_token` of a log-in, a personal access token, or the token of a configured identity provider. What \
             an operation lists beside it is the scope that the token must have, of {scopes}; somebody who has logged in has \
             all but `admin`. Under `spindle up`, requests without credentials act as one demo user."
        ),
    })
}

/// Parameters that more than one operation has.
pub fn parameters() -> Value {
    json!({
        "Id": {
            "name": "id", "in": "path", "required": true,
            "schema": { "type": "string", "format": "uuid" },
        },
        "CorrelationId": {
            "name": "X-Correlation-ID", "in": "header",
            "description": "What the request is called: 1 to 100 visible ASCII characters. One is made where there is none, \
                            or another.",
            "schema": { "type": "string" },
            "example": "my-first",
        },
        "IdempotencyKey": idempotency_key(255),
        // Each of its operations has a key of its own, which is this one with the operation's place.
        "BatchIdempotencyKey": idempotency_key(251),
        "IfMatch": {
            "name": "If-Match", "in": "header",
            "description": "The versions that the task may have, as entity tags; of another it is 412.",
            "schema": { "type": "string", "format": "entity-tags" },
            "example": "*",
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header",
            "description": "The versions that the client has, as entity tags; of these it is 304.",
            "schema": { "type": "string", "format": "entity-tags" },
            "example": "\"1\"",
        },
        "LastEventId": {
            "name": "Last-Event-ID", "in": "header",
            "description": "Where a stream goes on: the `id` of the last event that was seen.",
            "schema": { "type": "string" },
        },
    })
}

fn idempotency_key(most: u32) -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header",
        "description": format!(
            "1 to {most} visible ASCII characters. A request that is sent again with the same key and body gets its first \
             answer and has no further effect; the key of another request is 422. Keys are kept for two days."
        ),
        "schema": { "type": "string", "minLength": 1, "maxLength": most, "pattern": "^[!-~]+$" },
    })
}

/// Headers of answers.
pub fn headers() -> Value {
    json!({
        "CorrelationId": {
            "description": "What the request is called in logs, events and audit rows.", "required": true,
            "schema": { "type": "string", "minLength": 1, "maxLength": 100 },
        },
        "EntityTag": {
            "description": "The version, for `If-Match` and `If-None-Match`.", "required": true,
            "schema": { "type": "string", "pattern": "^\"[0-9a-f]+\"$" },
        },
        "Location": {
            "description": "Where what was made is found.", "required": true,
            "schema": { "type": "string", "format": "uri-reference" },
        },
        "RetryAfter": {
            "description": "How many seconds to wait before the next try.",
            "schema": { "type": "integer", "minimum": 0 },
        },
        "Challenge": {
            "description": "RFC 6750, section 3.", "required": true,
            "schema": { "type": "string" },
        },
    })
}

/// Problem documents by their status.
pub fn problems(problem: &Value) -> Map<String, Value> {
    const PROBLEMS: [(u16, &str, &str, &str); 11] = [
        (400, "not-json", "Not JSON", "The body is incomplete, or not JSON."),
        (
            401,
            "unauthenticated",
            "Unauthenticated",
            "There is no token, or it is not good; at a log-in, the password.",
        ),
        (
            403,
            "insufficient-scope",
            "Insufficient scope",
            "The token is good, for other things; or a page of another site asks with a session's cookie.",
        ),
        (404, "not-found", "Not found", "There is no such thing, or it is someone else's."),
        (409, "conflict", "Conflict", "What is there stands in the way."),
        (410, "gone", "Gone", "It is not kept any more."),
        (412, "changed", "Changed", "It is another version than `If-Match` names."),
        (
            413,
            "body-too-large",
            "Body too large",
            "The body is larger than it may be, which is 1 MiB if nobody has said otherwise.",
        ),
        (
            422,
            "invalid-field",
            "Invalid field",
            "A document, a parameter or a header breaks a rule; `errors` lists all.",
        ),
        (429, "too-many-requests", "Too many requests", "More often than may be."),
        (503, "unavailable", "Unavailable", "The service or something that it needs is away."),
    ];
    let response = |(status, kind, title, about): (u16, &str, &str, &str)| {
        let mut response = json!({
            "description": about,
            "headers": { "X-Correlation-ID": { "$ref": "#/components/headers/CorrelationId" } },
            "content": { "application/problem+json": {
                "schema": problem,
                "example": {
                    "type": format!("/problems/{kind}"), "title": title, "status": status, "detail": about,
                    "correlation_id": "my-first",
                },
            }},
        });
        let headers = &mut response["headers"];
        match status {
            401 => {
                headers["WWW-Authenticate"] = json!({ "$ref": "#/components/headers/Challenge" })
            }
            403 => {
                headers["WWW-Authenticate"] = json!({
                    "description": "Where a token lacks a scope (RFC 6750).",
                    "schema": { "type": "string" },
                })
            }
            409 | 429 | 503 => {
                headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" })
            }
            _ => {}
        }
        (format!("Problem{status}"), response)
    };
    PROBLEMS.into_iter().map(response).collect()
}
