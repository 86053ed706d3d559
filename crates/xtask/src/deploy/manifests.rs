//! What helm has rendered, as JSON.

use serde_json::Value;

/// A case's manifests.
pub struct Rendered {
    pub case: &'static str,
    pub yaml: String,
    pub objects: Vec<Value>,
}

impl Rendered {
    /// Those of a kind.
    pub fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.objects.iter().filter(move |object| object["kind"] == kind)
    }

    /// For a line about one of them.
    pub fn says(&self, object: &Value, what: &str) -> String {
        format!("{}: {} {}: {what}", self.case, text(&object["kind"]), name(object))
    }
}

pub fn name(object: &Value) -> &str {
    text(&object["metadata"]["name"])
}

/// Of what is no text, none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The members of a list; of what is none, none.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The texts of a list.
pub fn texts(value: &Value) -> impl Iterator<Item = &str> {
    list(value).filter_map(Value::as_str)
}

/// Calls `f` with every text within, keys too.
pub fn each_text<'a>(value: &'a Value, f: &mut impl FnMut(&'a str)) {
    match value {
        Value::String(text) => f(text),
        Value::Array(values) => values.iter().for_each(|value| each_text(value, f)),
        Value::Object(fields) => {
            for (key, value) in fields {
                f(key);
                each_text(value, f);
            }
        }
        _ => {}
    }
}
