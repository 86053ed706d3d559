use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The types that were spoken of, each under its name.
pub struct Types(SchemaGenerator);

impl Types {
    pub fn new() -> Self {
        let mut settings = SchemaSettings::draft2020_12().for_serialize();
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
        Self(settings.into_generator())
    }

    /// A reference to the type's schema.
    pub fn schema<T: JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().into()
    }

    /// The content of a body that is JSON.
    pub fn json<T: JsonSchema>(&mut self) -> Value {
        content(self.schema::<T>())
    }

    /// The schemas, by their names.
    pub fn definitions(mut self) -> Map<String, Value> {
        self.0.take_definitions(true)
    }
}

/// The content of a body that is JSON by this schema.
pub fn content(schema: Value) -> Value {
    json!({ "application/json": { "schema": schema } })
}

/// The schema of a document that consists of constants and ids.
pub fn status(status: &str, id: Option<&str>) -> Value {
    let mut properties = json!({ "status": { "const": status } });
    let mut required = vec!["status"];
    if let Some(id) = id {
        properties[id] = json!({ "type": "string", "format": "uuid" });
        required.push(id);
    }
    content(json!({ "type": "object", "properties": properties, "required": required }))
}

/// The schema of a list that has no pages.
pub fn items(item: Value) -> Value {
    content(json!({
        "type": "object",
        "properties": { "items": { "type": "array", "items": item } },
        "required": ["items"],
    }))
}
