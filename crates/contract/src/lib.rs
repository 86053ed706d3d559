//! The API as an OpenAPI 3.1 document, made of the types that it speaks.
//!
//! `components/openapi` serves the document as it stands in the repository, so that a change of the API is seen in
//! review; a test compares the two. A route is added in one place: with its handler's documents in a file of `routes`.

mod operation;
mod parts;
mod routes;
pub mod tools;
mod types;

use serde_json::{Map, Value, json};

use types::Types;

/// The document.
pub fn document() -> Value {
    let mut types = Types::new();
    let problem = types.schema::<service::Problem>();
    let mut paths = Map::new();
    for operation in routes::all(&mut types) {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = operation.document;
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Spindle",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "A to-do service that people talk to",
            "description": parts::DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": routes::tags(),
        "paths": paths,
        "components": {
            "schemas": types.definitions(),
            "parameters": parts::parameters(),
            "headers": parts::headers(),
            "responses": parts::problems(&problem),
            "securitySchemes": { "bearer": parts::bearer() },
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::expect_file;

    use super::*;

    #[test]
    fn the_served_document_is_that_of_the_types() {
        // If this differs and should: UPDATE_EXPECT=1 cargo test --workspace --lib served_document
        let text = serde_json::to_string_pretty(&document()).unwrap() + "\n";
        expect_file!["../../../components/openapi/openapi.json"].assert_eq(&text);
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        // What assistants speak describes itself, and what is no route of the API is the web app's.
        const OTHERS: [&str; 2] = ["/mcp", "/..."];
        let manifest: toml::Value = toml::from_str(include_str!("../../../spin.toml")).unwrap();
        let routes: BTreeSet<String> = manifest["trigger"]["http"]
            .as_array()
            .unwrap()
            .iter()
            .map(|trigger| trigger["route"].as_str().unwrap().replace(":id", "{id}"))
            .filter(|route| !OTHERS.contains(&route.as_str()))
            .collect();
        let document = document();
        let described: BTreeSet<String> =
            document["paths"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(described, routes);
    }

    #[test]
    fn an_operation_has_a_name_of_its_own() {
        let document = document();
        let operations = document["paths"].as_object().unwrap().values();
        let names: Vec<&str> = operations
            .flat_map(|path| path.as_object().unwrap().values())
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
