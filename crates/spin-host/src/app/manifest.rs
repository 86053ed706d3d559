//! `spin.toml`, manifest version 2 (Spin's crates/manifest/src/schema/v2.rs).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::files::{FilesEntry, mounts};
use super::{App, ComponentLimits, ComponentSpec, Trigger, VariableDeclaration};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    spin_manifest_version: u32,
    application: Application,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    #[serde(default)]
    trigger: BTreeMap<String, Vec<Table>>,
    #[serde(default)]
    component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Application {
    name: String,
    version: Option<String>,
    #[serde(default)]
    trigger: BTreeMap<String, serde_json::Value>,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "authors")]
    _authors: Option<Vec<String>>,
    #[serde(rename = "targets")]
    _targets: Option<Value>,
    #[serde(rename = "tool")]
    _tool: Option<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    default: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    secret: bool,
    #[serde(rename = "description")]
    _description: Option<String>,
}

/// What this host does not use is named here too, so that a misspelt key is an error. The stores and models that a
/// component may be granted are not given: one that imports their interfaces is refused at load.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Component {
    source: Value,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    #[serde(default)]
    files: Vec<FilesEntry>,
    #[serde(default)]
    exclude_files: Vec<String>,
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
    #[serde(default)]
    allowed_http_hosts: Vec<String>,
    #[serde(default)]
    dependencies: Table,
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "key_value_stores")]
    _key_value_stores: Option<Vec<String>>,
    #[serde(rename = "sqlite_databases")]
    _sqlite_databases: Option<Vec<String>>,
    #[serde(rename = "ai_models")]
    _ai_models: Option<Vec<String>>,
    #[serde(rename = "targets")]
    _targets: Option<Value>,
    #[serde(rename = "build")]
    _build: Option<Table>,
    #[serde(rename = "tool")]
    _tool: Option<Table>,
    #[serde(rename = "dependencies_inherit_configuration")]
    _dependencies_inherit_configuration: Option<bool>,
    #[serde(rename = "profile")]
    _profile: Option<Table>,
}

/// Parses a manifest that stands in `folder`.
pub(super) fn parse(text: &str, folder: &Path) -> Result<App, String> {
    let manifest: Manifest = toml::from_str(text).map_err(|error| error.to_string())?;
    if manifest.spin_manifest_version != 2 {
        return Err(format!(
            "manifest version {} is not supported, only 2",
            manifest.spin_manifest_version
        ));
    }
    let variables = manifest.variables.into_iter().map(|(name, variable)| match variable {
        Variable { default: Some(_), required: true, .. } => {
            Err(format!("variable {name} is required and has a default"))
        }
        Variable { default: None, required: false, .. } => {
            Err(format!("variable {name} needs required or a default"))
        }
        Variable { default, secret, .. } => Ok((name, VariableDeclaration { default, secret })),
    });
    let components = manifest.component.into_iter().map(|(id, component)| {
        component_spec(id.clone(), component, folder)
            .map_err(|reason| format!("component {id}: {reason}"))
    });
    Ok(App {
        name: manifest.application.name,
        version: manifest.application.version,
        variables: variables.collect::<Result<_, _>>()?,
        triggers: triggers(manifest.trigger)?,
        components: components.collect::<Result<_, _>>()?,
        trigger_settings: manifest.application.trigger,
    })
}

fn component_spec(
    id: String,
    component: Component,
    folder: &Path,
) -> Result<ComponentSpec, String> {
    let Value::String(source) = component.source else {
        return Err("its source must be a path: nothing is downloaded here".into());
    };
    if !component.dependencies.is_empty() {
        return Err("dependencies are not composed here: compose the component before".into());
    }
    if !component.allowed_http_hosts.is_empty() {
        return Err("allowed_http_hosts is gone: use allowed_outbound_hosts".into());
    }
    Ok(ComponentSpec {
        id,
        source: folder.join(PathBuf::from(source)),
        files: mounts(folder, &component.files, &component.exclude_files)?,
        allowed_outbound_hosts: component.allowed_outbound_hosts,
        limits: ComponentLimits::of(&component.environment)?,
        environment: component.environment,
        variables: component.variables,
    })
}

fn triggers(tables: BTreeMap<String, Vec<Table>>) -> Result<Vec<Trigger>, String> {
    let mut triggers = Vec::new();
    let mut ids = BTreeSet::new();
    for (trigger_type, tables) in tables {
        for mut table in tables {
            let component = match table.remove("component") {
                Some(Value::String(component)) => component,
                Some(_) => {
                    return Err(format!(
                        "a {trigger_type} trigger defines its component in place: give it a table of its own"
                    ));
                }
                None => return Err(format!("a {trigger_type} trigger has no component")),
            };
            let id = match table.remove("id") {
                Some(Value::String(id)) => id,
                Some(_) => {
                    return Err(format!("the id of a {trigger_type} trigger is not a string"));
                }
                None => fresh_id(&ids, &component, &trigger_type),
            };
            if !ids.insert(id.clone()) {
                return Err(format!("trigger {id} stands twice"));
            }
            let config = serde_json::to_value(table).map_err(|error| error.to_string())?;
            triggers.push(Trigger { id, trigger_type: trigger_type.clone(), component, config });
        }
    }
    Ok(triggers)
}

/// The id that Spin gives a trigger without one (crates/manifest/src/normalize.rs).
fn fresh_id(ids: &BTreeSet<String>, component: &str, trigger_type: &str) -> String {
    let named = format!("{component}-{trigger_type}-trigger");
    let numbered = (1..).map(|number| format!("{trigger_type}-trigger{number}"));
    std::iter::once(named).chain(numbered).find(|id| !ids.contains(id)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const APP: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "demo"
        version = "1.0.0"
        [application.trigger.kafka]
        brokers = "{{ kafka_brokers }}"
        [variables]
        kafka_brokers = { default = "localhost:9092" }
        password = { required = true, secret = true }
        [[trigger.http]]
        route = "/api/tasks"
        component = "tasks"
        [[trigger.http]]
        route = "/api/tasks/:id"
        component = "tasks"
        [[trigger.kafka]]
        component = "audit"
        topics = ["a", "b"]
        batch = { records = 500 }
        [component.tasks]
        source = "target/tasks.wasm"
        allowed_outbound_hosts = ["postgres://{{ kafka_brokers }}"]
        environment = { A = "1" }
        [component.tasks.variables]
        secret = "{{ password }}"
        [component.tasks.build]
        command = "cargo build"
        [component.audit]
        source = "/elsewhere/audit.wasm"
        environment = { SPINDLE_DEADLINE = "5m 30s", SPINDLE_INSTANCES = "7" }
        [component.audit.tool.other]
        anything = true
    "#;

    #[test]
    fn a_manifest_is_read() {
        let app = parse(APP, Path::new("/app")).unwrap();
        assert_eq!((app.name.as_str(), app.version.as_deref()), ("demo", Some("1.0.0")));
        assert_eq!(
            app.trigger_settings["kafka"],
            serde_json::json!({"brokers": "{{ kafka_brokers }}"})
        );
        assert!(app.variables["password"].secret && app.variables["password"].default.is_none());
        let triggers: Vec<_> = app
            .triggers
            .iter()
            .map(|t| (t.id.as_str(), t.component.as_str(), t.config.to_string()))
            .collect();
        assert_eq!(
            triggers,
            [
                ("tasks-http-trigger", "tasks", r#"{"route":"/api/tasks"}"#.to_owned()),
                ("http-trigger1", "tasks", r#"{"route":"/api/tasks/:id"}"#.to_owned()),
                (
                    "audit-kafka-trigger",
                    "audit",
                    r#"{"batch":{"records":500},"topics":["a","b"]}"#.to_owned()
                ),
            ]
        );
        let tasks = app.components.iter().find(|component| component.id == "tasks").unwrap();
        assert_eq!(tasks.source, Path::new("/app/target/tasks.wasm"));
        assert_eq!(tasks.variables["secret"], "{{ password }}");
        assert_eq!(app.components[0].source, Path::new("/elsewhere/audit.wasm"));
        let limits = &app.components[0].limits;
        assert_eq!(limits.deadline.map(|it| it.as_secs()), Some(330));
        assert_eq!((limits.instances, tasks.limits.instances), (Some(7), None));
    }

    fn check(tail: &str, expected: Expect) {
        let head = "spin_manifest_version = 2\n[application]\nname = \"x\"\n";
        expected.assert_eq(&parse(&format!("{head}{tail}"), Path::new("/app")).unwrap_err());
    }

    #[test]
    fn what_can_not_be_had_is_refused_by_name() {
        check(
            "[component.a]\nsource = { url = \"https://a\", digest = \"b\" }",
            expect!["component a: its source must be a path: nothing is downloaded here"],
        );
        check(
            "[component.a]\nsource = \"a\"\n[component.a.dependencies]\n\"a:b\" = \"1\"",
            expect![
                "component a: dependencies are not composed here: compose the component before"
            ],
        );
        check("[[trigger.http]]\nroute = \"/\"", expect!["a http trigger has no component"]);
        check("[variables]\na = {}", expect!["variable a needs required or a default"]);
        check(
            "[[trigger.http]]\nid = \"i\"\ncomponent = \"a\"\n[[trigger.http]]\nid = \"i\"\ncomponent = \"a\"",
            expect!["trigger i stands twice"],
        );
        let error =
            parse("spin_manifest_version = 1\n[application]\nname = \"x\"", Path::new("/app"))
                .unwrap_err();
        assert_eq!(error, "manifest version 1 is not supported, only 2");
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        let error =
            parse(&APP.replace("allowed_outbound_hosts", "allowed_hosts"), Path::new("/app"))
                .unwrap_err();
        assert!(error.contains("unknown field `allowed_hosts`"), "{error}");
    }

    #[test]
    fn a_limit_that_is_none_is_an_error() {
        let check = |from, to, expected: &str| {
            let error = parse(&APP.replace(from, to), Path::new("/app")).unwrap_err();
            assert_eq!(error, format!("component audit: {expected}"));
        };
        check(
            "5m 30s",
            "soon",
            "SPINDLE_DEADLINE is soon, and not a duration such as \"30s\" or \"5m 30s\"",
        );
        check("\"7\"", "\"-7\"", "SPINDLE_INSTANCES is -7, and not a number");
    }
}
