//! The protocol's revisions. Until 2025-11-25 a client begins with `initialize`, of which nothing is kept here; from 2026-07-28
//! on every request says for itself which revision it speaks.

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

use crate::message::{Call, Failure};

/// A revision that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revision {
    V20260728,
    V20251125,
    V20250618,
}

const META: &str = "_meta";
const META_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const META_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// Methods that name something, and where.
const NAMED: [(&str, &str); 3] =
    [("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri")];

/// The headers that a revision is about.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'a> {
    /// `MCP-Protocol-Version`
    pub version: Option<&'a str>,
    /// `Mcp-Method`
    pub method: Option<&'a str>,
    /// `Mcp-Name`
    pub name: Option<&'a str>,
}

impl Revision {
    pub const ALL: [Self; 3] = [Self::V20260728, Self::V20251125, Self::V20250618];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::V20260728 => "2026-07-28",
            Self::V20251125 => "2025-11-25",
            Self::V20250618 => "2025-06-18",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether each request stands for itself.
    pub fn is_stateless(self) -> bool {
        self == Self::V20260728
    }

    /// What `initialize` agrees on: what the client wants if it is spoken here and has an `initialize`, else the newest that
    /// has.
    pub fn agreed(wanted: &str) -> Self {
        Self::parse(wanted).filter(|it| !it.is_stateless()).unwrap_or(Self::V20251125)
    }

    /// The revision that a header names; `None` where there is none.
    ///
    /// # Errors
    /// If it is not spoken here.
    pub fn of_header(headers: Headers<'_>) -> Result<Option<Self>, Failure> {
        headers.version.map(|name| Self::parse(name).ok_or_else(|| unsupported(name))).transpose()
    }

    /// The revision of a request.
    ///
    /// # Errors
    /// If it names none, one that is not spoken here, or headers and body don't say the same.
    pub fn of(call: &Call, headers: Headers<'_>) -> Result<Self, Failure> {
        let named = Self::of_header(headers)?;
        let meta = call.params.get(META);
        let in_body = meta.and_then(|meta| meta.get(META_VERSION));
        let revision = match named {
            Some(revision) => revision,
            None if in_body.is_none() && call.method == "initialize" => return Ok(Self::V20251125),
            None => return Err(mismatch("there is no MCP-Protocol-Version")),
        };
        if !revision.is_stateless() {
            return match in_body {
                Some(_) => Err(mismatch("MCP-Protocol-Version is not what _meta says")),
                None => Ok(revision),
            };
        }
        for key in [META_VERSION, META_CAPABILITIES] {
            if meta.and_then(|meta| meta.get(key)).is_none() {
                return Err(Failure::invalid_params(format!("params._meta has no {key}")));
            }
        }
        if in_body.and_then(Value::as_str) != headers.version {
            return Err(mismatch("MCP-Protocol-Version is not what _meta says"));
        }
        if headers.method != Some(&call.method) {
            return Err(mismatch("Mcp-Method is not the method"));
        }
        let field = NAMED.iter().find(|(method, _)| *method == call.method).map(|(_, field)| field);
        if let Some(field) = field
            && let Some(name) = call.params.get(*field)
            && headers.name.and_then(decoded).as_deref() != name.as_str()
        {
            return Err(mismatch(format!("Mcp-Name is not the {field} of the request")));
        }
        Ok(revision)
    }
}

fn mismatch(message: impl Into<String>) -> Failure {
    let spoken = Revision::ALL.map(Revision::as_str).join(", ");
    let message: String = message.into();
    Failure::new(Failure::HEADER_MISMATCH, format!("{message}; spoken here: {spoken}"))
}

fn unsupported(requested: &str) -> Failure {
    let supported = Revision::ALL.map(Revision::as_str);
    let data = json!({ "supported": supported, "requested": requested });
    let failure = Failure::new(Failure::UNSUPPORTED_VERSION, "Unsupported protocol version");
    Failure { data: Some(data), ..failure }
}

/// A header's value, which is in Base64 where it is no ASCII.
fn decoded(value: &str) -> Option<String> {
    match value.strip_prefix("=?base64?").and_then(|it| it.strip_suffix("?=")) {
        Some(encoded) => String::from_utf8(Base64::decode_vec(encoded).ok()?).ok(),
        None => Some(value.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, params: Value) -> Call {
        let Value::Object(params) = params else { panic!("{params}") };
        Call { id: json!(1), method: method.to_owned(), params }
    }

    fn modern(method: &str, mut params: Value) -> Call {
        params[META] = json!({ META_VERSION: "2026-07-28", META_CAPABILITIES: {} });
        call(method, params)
    }

    fn of(call: &Call, version: &str, method: &str, name: &str) -> Result<Revision, i32> {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        // Test's texts are constants.
        let leak = |text: &str| some(Box::leak(text.to_owned().into_boxed_str()));
        let headers = Headers { version: leak(version), method: leak(method), name: leak(name) };
        Revision::of(call, headers).map_err(|failure| failure.code)
    }

    #[test]
    fn a_request_says_which_revision_it_speaks() {
        let list = call("tools/list", json!({}));
        for name in ["2025-11-25", "2025-06-18"] {
            assert_eq!(of(&list, name, "", ""), Ok(Revision::parse(name).unwrap()));
        }
        assert_eq!(of(&call("initialize", json!({})), "", "", ""), Ok(Revision::V20251125));
        let list = modern("tools/list", json!({}));
        assert_eq!(of(&list, "2026-07-28", "tools/list", ""), Ok(Revision::V20260728));
        let named = modern("tools/call", json!({"name": "find_tasks"}));
        assert_eq!(of(&named, "2026-07-28", "tools/call", "find_tasks"), Ok(Revision::V20260728));
        let urdu = modern("prompts/get", json!({"name": "کل"}));
        assert_eq!(
            of(&urdu, "2026-07-28", "prompts/get", "=?base64?2qnZhA==?="),
            Ok(Revision::V20260728)
        );
    }

    #[test]
    fn headers_and_body_have_to_say_the_same() {
        let named = modern("tools/call", json!({"name": "find_tasks"}));
        for (call, version, method, name, code) in [
            (&call("tools/list", json!({})), "", "", "", Failure::HEADER_MISMATCH),
            (&call("tools/list", json!({})), "2024-11-05", "", "", Failure::UNSUPPORTED_VERSION),
            (
                &call("tools/list", json!({})),
                "2026-07-28",
                "tools/list",
                "",
                Failure::INVALID_PARAMS,
            ),
            (&modern("tools/list", json!({})), "2025-11-25", "", "", Failure::HEADER_MISMATCH),
            (&modern("tools/list", json!({})), "", "tools/list", "", Failure::HEADER_MISMATCH),
            (&modern("tools/list", json!({})), "2026-07-28", "", "", Failure::HEADER_MISMATCH),
            (&named, "2026-07-28", "tools/call", "", Failure::HEADER_MISMATCH),
            (&named, "2026-07-28", "tools/call", "add_tasks", Failure::HEADER_MISMATCH),
            (&named, "2026-07-28", "tools/call", "=?base64?!?=", Failure::HEADER_MISMATCH),
        ] {
            assert_eq!(of(call, version, method, name), Err(code), "{call:?} {version}");
        }
    }

    #[test]
    fn initialize_agrees_on_what_has_an_initialize() {
        for (wanted, agreed) in [
            ("2025-06-18", "2025-06-18"),
            ("2025-11-25", "2025-11-25"),
            ("2026-07-28", "2025-11-25"),
            ("2024-11-05", "2025-11-25"),
        ] {
            assert_eq!(Revision::agreed(wanted).as_str(), agreed);
        }
    }
}
