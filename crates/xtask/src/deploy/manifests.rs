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

/// A kind of pods: of a SpinApp, a Deployment or a Job.
pub struct Pod<'a> {
    pub object: &'a Value,
    pub labels: &'a Value,
}

impl Rendered {
    pub fn pods(&self) -> impl Iterator<Item = Pod<'_>> {
        self.objects.iter().filter_map(|object| {
            let labels = match text(&object["kind"]) {
                "SpinApp" => &object["spec"]["podLabels"],
                "Deployment" | "Job" => &object["spec"]["template"]["metadata"]["labels"],
                _ => return None,
            };
            Some(Pod { object, labels })
        })
    }
}

/// Whether a selector means what has these labels. Of `matchExpressions` the chart has `Exists` alone.
pub fn selects(selector: &Value, labels: &Value) -> bool {
    let equal = selector["matchLabels"].as_object().into_iter().flatten();
    let there = list(&selector["matchExpressions"]);
    equal.clone().all(|(key, value)| &labels[key] == value)
        && there.clone().all(|it| it["operator"] == "Exists" && !labels[text(&it["key"])].is_null())
}

/// The members of a list; of what is none, none.
pub fn list(value: &Value) -> impl Iterator<Item = &Value> + Clone {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_means_what_has_all_its_labels() {
        let labels = json!({ "a": "1", "b": "2" });
        let one = json!({ "matchLabels": { "a": "1" } });
        assert!(selects(&one, &labels));
        assert!(selects(&json!({}), &labels));
        assert!(!selects(&json!({ "matchLabels": { "a": "2" } }), &labels));
        let there =
            |key: &str| json!({ "matchExpressions": [{ "key": key, "operator": "Exists" }] });
        assert!(selects(&there("b"), &labels));
        assert!(!selects(&there("c"), &labels));
    }
}
