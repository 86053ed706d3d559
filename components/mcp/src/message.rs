//! JSON-RPC 2.0, as far as the Model Context Protocol uses it: one message a request.

use serde_json::{Map, Value, json};

/// What a client can send.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    Request(Call),
    /// It is taken, and means nothing here.
    Notification,
    /// An answer to nothing: this server asks nobody.
    Response,
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// A text or a number, which the answer repeats.
    pub id: Value,
    pub method: String,
    pub params: Map<String, Value>,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    pub code: i32,
    pub message: String,
    pub data: Option<Value>,
}

impl Failure {
    pub const PARSE_ERROR: i32 = -32700;
    pub const INVALID_REQUEST: i32 = -32600;
    pub const METHOD_NOT_FOUND: i32 = -32601;
    pub const INVALID_PARAMS: i32 = -32602;
    pub const HEADER_MISMATCH: i32 = -32020;
    pub const UNSUPPORTED_VERSION: i32 = -32022;
    /// Until 2025-11-25.
    pub const RESOURCE_NOT_FOUND: i32 = -32002;

    pub fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(Self::INVALID_PARAMS, message)
    }

    /// The answer to the request `id`; without one where nobody knows which.
    pub fn answer(&self, id: Option<&Value>) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        let mut answer = json!({ "jsonrpc": "2.0", "error": error });
        if let Some(id) = id {
            answer["id"] = id.clone();
        }
        answer
    }
}

/// The id of what may be no request otherwise.
pub fn id_of(document: &Value) -> Option<Value> {
    document.get("id").filter(|id| is_id(id)).cloned()
}

fn is_id(id: &Value) -> bool {
    id.is_string() || id.is_i64() || id.is_u64()
}

impl Message {
    /// Reads what a client has sent.
    ///
    /// # Errors
    /// If it is no message, or several: no revision that is spoken here has batches.
    pub fn read(document: Value) -> Result<Self, Failure> {
        let wrong = |said| Err(Failure::new(Failure::INVALID_REQUEST, said));
        let mut document = match document {
            Value::Object(document) => document,
            Value::Array(_) => return wrong("a batch is sent; send one message a request"),
            _ => return wrong("the body is no JSON-RPC message"),
        };
        if document.get("jsonrpc") != Some(&json!("2.0")) {
            return wrong("jsonrpc must be 2.0");
        }
        let id = document.remove("id");
        let Some(method) = document.remove("method") else {
            let is_response = document.contains_key("result") || document.contains_key("error");
            return if is_response && id.is_some() {
                Ok(Self::Response)
            } else {
                wrong("there is no method")
            };
        };
        let Value::String(method) = method else { return wrong("method must be a text") };
        let params = match document.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return wrong("params must be an object"),
        };
        match id {
            None => Ok(Self::Notification),
            Some(id) if is_id(&id) => Ok(Self::Request(Call { id, method, params })),
            Some(_) => wrong("id must be a text or an integer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_request_a_notification_or_a_response() {
        let request = json!({"jsonrpc": "2.0", "id": "a", "method": "ping"});
        let call = Call { id: json!("a"), method: "ping".to_owned(), params: Map::new() };
        assert_eq!(Message::read(request), Ok(Message::Request(call)));
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(Message::read(initialized), Ok(Message::Notification));
        let response = json!({"jsonrpc": "2.0", "id": 1, "result": {}});
        assert_eq!(Message::read(response), Ok(Message::Response));
    }

    #[test]
    fn an_error_repeats_the_id_that_it_is_about_or_has_none() {
        let failure = Failure::new(Failure::INVALID_REQUEST, "wrong");
        for (document, id) in [
            (json!({"id": 1, "method": "x", "params": []}), Some(json!(1))),
            (json!({"jsonrpc": "2.0", "id": "a"}), Some(json!("a"))),
            (json!({"id": 1.5, "method": "x"}), None),
            (json!({"id": null, "method": "x"}), None),
            (json!([{"id": 1}]), None),
            (json!("id"), None),
        ] {
            let known = id_of(&document);
            assert_eq!(failure.answer(known.as_ref()).get("id"), id.as_ref(), "{document}");
        }
    }

    #[test]
    fn what_is_no_message_is_an_invalid_request() {
        for wrong in [
            json!([]),
            json!([{"jsonrpc": "2.0", "id": 1, "method": "ping"}]),
            json!(1),
            json!({"id": 1, "method": "ping"}),
            json!({"jsonrpc": "1.0", "id": 1, "method": "ping"}),
            json!({"jsonrpc": "2.0", "id": 1}),
            json!({"jsonrpc": "2.0", "id": 1, "method": 7}),
            json!({"jsonrpc": "2.0", "id": null, "method": "ping"}),
            json!({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}),
            json!({"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}),
            json!({"jsonrpc": "2.0", "result": {}}),
        ] {
            let failure = Message::read(wrong.clone()).unwrap_err();
            assert_eq!(failure.code, Failure::INVALID_REQUEST, "{wrong}");
        }
    }
}
