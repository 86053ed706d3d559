//! An operation, said part by part.

use domain::Scope;
use domain::schema::Parameter;
use serde_json::{Value, json};

/// A method of a path, and everything that it takes and answers.
pub struct Operation {
    pub path: &'static str,
    pub method: &'static str,
    pub document: Value,
}

impl Operation {
    /// One for anybody. `name` is what a generated client calls it.
    pub fn new(method: &'static str, path: &'static str, name: &str, summary: &str) -> Self {
        let document = json!({
            "operationId": name,
            "summary": summary,
            "security": [],
            "parameters": [{ "$ref": "#/components/parameters/CorrelationId" }],
            "responses": {},
        });
        // A body that is too large is refused wherever it comes.
        let this = Self { path, method, document }.problems(&[413]);
        if !path.contains("{id}") {
            return this;
        }
        this.parameter("Id").problems(&[404])
    }

    /// Which of the document's chapters it belongs to.
    pub fn tag(mut self, tag: &str) -> Self {
        self.document["tags"] = json!([tag]);
        self
    }

    /// What else there is to say.
    pub fn about(mut self, text: &str) -> Self {
        self.document["description"] = json!(text);
        self
    }

    /// Takes a token with this scope.
    pub fn needs(mut self, scope: Scope) -> Self {
        self.document["security"] = json!([{ "bearer": [scope.as_str()] }]);
        self.problems(&[401, 403, 503])
    }

    /// Takes somebody who has logged in, whom no personal access token replaces.
    pub fn needs_person(mut self) -> Self {
        self.document["security"] = json!([{ "bearer": [] }]);
        self.problems(&[401, 403, 503])
    }

    /// Takes any good token.
    pub fn needs_token(mut self) -> Self {
        self.document["security"] = json!([{ "bearer": [] }]);
        self.problems(&[401, 503])
    }

    /// Has a query string.
    pub fn queries(mut self, parameters: Vec<Parameter>) -> Self {
        for Parameter { name, expected, schema } in parameters {
            self.push(json!({
                "name": name,
                "in": "query",
                "description": format!("{name} must be {expected}."),
                "schema": schema,
            }));
        }
        self.problems(&[422])
    }

    /// Takes one of the shared headers.
    pub fn parameter(mut self, name: &str) -> Self {
        self.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
        self
    }

    /// A request with a key has its effect once.
    pub fn idempotent(self) -> Self {
        self.parameter("IdempotencyKey").problems(&[422])
    }

    /// The same, for a request that is done in parts.
    pub fn idempotent_in_parts(self) -> Self {
        self.parameter("BatchIdempotencyKey").problems(&[422])
    }

    /// Is done to a version that the client knows, or not at all.
    pub fn conditional(self) -> Self {
        self.parameter("IfMatch").problems(&[412, 422])
    }

    /// Takes a JSON document.
    pub fn takes(mut self, content: Value, example: Value) -> Self {
        let mut content = content;
        content["application/json"]["example"] = example;
        self.document["requestBody"] = json!({ "required": true, "content": content });
        self.problems(&[400, 422])
    }

    /// Answers 200.
    pub fn answers(self, text: &str, content: Value) -> Self {
        self.answers_with(200, text, content)
    }

    /// Answers a status; null: without a body.
    pub fn answers_with(mut self, status: u16, text: &str, content: Value) -> Self {
        let mut response = json!({
            "description": text,
            "headers": { "X-Correlation-ID": { "$ref": "#/components/headers/CorrelationId" } },
        });
        if !content.is_null() {
            response["content"] = content;
        }
        self.document["responses"][status.to_string()] = response;
        self
    }

    /// The last answer but problems also has this header.
    pub fn header(mut self, status: u16, name: &str) -> Self {
        let header = match name {
            "ETag" => "EntityTag",
            other => other,
        };
        self.document["responses"][status.to_string()]["headers"][name] =
            json!({ "$ref": format!("#/components/headers/{header}") });
        self
    }

    /// Answers a task, with its version as its entity tag.
    pub fn answers_task(self, text: &str, task: Value) -> Self {
        self.answers(text, task).header(200, "ETag")
    }

    /// What can be done with the answer: operations, and where their parameter stands in it.
    pub fn leads_to(
        mut self,
        status: u16,
        operations: &[&str],
        parameter: &str,
        place: &str,
    ) -> Self {
        let links = &mut self.document["responses"][status.to_string()]["links"];
        for name in operations {
            links[*name] = json!({
                "operationId": name,
                "parameters": { parameter: format!("$response.body#{place}") },
            });
        }
        self
    }

    /// As [`Self::leads_to`], to an operation whose document has the value under the same name.
    pub fn leads_to_document(mut self, status: u16, operation: &str, field: &str) -> Self {
        self.document["responses"][status.to_string()]["links"][operation] = json!({
            "operationId": operation,
            "requestBody": { field: format!("$response.body#/{field}") },
        });
        self
    }

    /// Answers these statuses with problem documents.
    pub fn problems(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            self.document["responses"][status.to_string()] =
                json!({ "$ref": format!("#/components/responses/Problem{status}") });
        }
        self
    }

    fn push(&mut self, parameter: Value) {
        if let Some(parameters) = self.document["parameters"].as_array_mut() {
            parameters.push(parameter);
        }
    }
}
