use domain::{NotReady, Ready};
use serde_json::{Value, json};

use crate::operation::Operation;
use crate::types::{Types, content, status};

pub fn operations(types: &mut Types) -> Vec<Operation> {
    vec![
        Operation::new("get", "/health", "getHealth", "Whether the process can answer at all")
            .answers("It can.", status("healthy", None)),
        Operation::new("get", "/ready", "getReadiness", "Whether the service can do its work")
            .answers("It can.", types.json::<Ready>())
            .answers_with(
                503,
                "It can't: Postgres is away, or not migrated.",
                types.json::<NotReady>(),
            ),
        Operation::new("get", "/api/openapi.json", "getDescription", "This document")
            .parameter("IfNoneMatch")
            .answers("The document.", content(json!({ "type": "object" })))
            .header(200, "ETag")
            .answers_with(304, "It is the one that the client has.", Value::Null)
            .header(304, "ETag"),
    ]
}
