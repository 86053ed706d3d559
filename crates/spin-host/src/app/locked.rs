//! Spin's locked app, version 0 and 1 (Spin's crates/locked-app/src/locked.rs): what `spin up` hands a trigger, and what
//! `spin registry push` sends.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::layout::Blobs;
use super::{
    App, ComponentLimits, ComponentSpec, FileMount, Trigger, VariableDeclaration, path_of,
};

/// Fields that are not named here may be ignored, or `must_understand` would say otherwise.
#[derive(Deserialize)]
struct Locked {
    spin_lock_version: u32,
    #[serde(default)]
    must_understand: Vec<String>,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    host_requirements: BTreeMap<String, Value>,
    #[serde(default)]
    variables: BTreeMap<String, Variable>,
    triggers: Vec<LockedTrigger>,
    components: Vec<LockedComponent>,
}

#[derive(Deserialize, Default)]
struct Metadata {
    #[serde(default)]
    name: String,
    version: Option<String>,
    #[serde(default)]
    triggers: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Variable {
    default: Option<String>,
    #[serde(default)]
    secret: bool,
}

#[derive(Deserialize)]
struct LockedTrigger {
    id: String,
    trigger_type: String,
    trigger_config: Value,
}

#[derive(Deserialize)]
struct LockedComponent {
    id: String,
    #[serde(default)]
    metadata: ComponentMetadata,
    source: Content,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    files: Vec<Content>,
    #[serde(default)]
    config: BTreeMap<String, String>,
    #[serde(default)]
    dependencies: BTreeMap<String, Value>,
    #[serde(default)]
    host_requirements: BTreeMap<String, Value>,
}

#[derive(Deserialize, Default)]
struct ComponentMetadata {
    #[serde(default)]
    allowed_outbound_hosts: Vec<String>,
}

#[derive(Deserialize)]
struct Content {
    source: Option<String>,
    /// Of something small, itself, in base64.
    inline: Option<String>,
    /// `sha256:` and 64 hexadecimal digits.
    digest: Option<String>,
    path: Option<String>,
}

/// Where what a locked app refers to is found.
pub(super) enum Contents<'a> {
    /// In files, by `file://` URLs.
    Files,
    /// Among blobs, by digest.
    Blobs(Blobs<'a>),
}

impl Contents<'_> {
    fn find(&self, content: &Content) -> Result<PathBuf, String> {
        match (self, &content.source, &content.digest) {
            (Self::Files, Some(source), _) => path_of(source),
            (Self::Blobs(blobs), _, Some(digest)) => blobs.find(digest, content.inline.as_deref()),
            (Self::Files, None, _) => Err("its content stands nowhere on this machine".to_owned()),
            (Self::Blobs(_), _, None) => Err("its content has no digest".to_owned()),
        }
    }

    /// Where the guest finds a file. In an artifact, paths are relative to the root.
    fn destination(&self, path: String) -> String {
        match self {
            Self::Files => path,
            Self::Blobs(_) => format!("/{}", path.trim_start_matches('/')),
        }
    }
}

/// What `must_understand` may name: we check both kinds of requirements below.
const UNDERSTOOD: [&str; 2] = ["host_requirements", "component_host_requirements"];

/// Parses a locked app.
pub(super) fn parse(text: &str, contents: &Contents<'_>) -> Result<App, String> {
    let locked: Locked = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if locked.spin_lock_version > 1 {
        return Err(format!(
            "lock version {} is not supported, only 0 and 1",
            locked.spin_lock_version
        ));
    }
    if let Some(unknown) =
        locked.must_understand.iter().find(|name| !UNDERSTOOD.contains(&name.as_str()))
    {
        return Err(format!(
            "the app must be understood in {unknown}, which this host does not know"
        ));
    }
    meets("the app", &locked.host_requirements)?;
    let variables = locked.variables.into_iter().map(|(name, Variable { default, secret })| {
        (name, VariableDeclaration { default, secret })
    });
    Ok(App {
        name: locked.metadata.name,
        version: locked.metadata.version,
        variables: variables.collect(),
        triggers: locked.triggers.into_iter().map(trigger).collect::<Result<_, _>>()?,
        components: locked
            .components
            .into_iter()
            .map(|locked| component(locked, contents))
            .collect::<Result<_, _>>()?,
        trigger_settings: locked.metadata.triggers,
    })
}

fn trigger(
    LockedTrigger { id, trigger_type, mut trigger_config }: LockedTrigger,
) -> Result<Trigger, String> {
    let component =
        match trigger_config.as_object_mut().and_then(|config| config.remove("component")) {
            Some(Value::String(component)) => component,
            _ => return Err(format!("trigger {id} has no component")),
        };
    Ok(Trigger { id, trigger_type, component, config: trigger_config })
}

fn component(locked: LockedComponent, contents: &Contents<'_>) -> Result<ComponentSpec, String> {
    let LockedComponent {
        id,
        metadata,
        source,
        env,
        files,
        config,
        dependencies,
        host_requirements,
    } = locked;
    let named = |reason: String| format!("component {id}: {reason}");
    meets(&format!("component {id}"), &host_requirements)?;
    if let Some(name) = dependencies.keys().next() {
        return Err(named(format!(
            "dependency {name} is not composed here: compose the component before"
        )));
    }
    let files = files.into_iter().map(|content| {
        let source = contents.find(&content)?;
        let destination = contents.destination(content.path.ok_or("a file has no path")?);
        Ok(FileMount { source, destination })
    });
    Ok(ComponentSpec {
        limits: ComponentLimits::of(&env).map_err(named)?,
        source: contents.find(&source).map_err(named)?,
        files: files.collect::<Result<_, String>>().map_err(named)?,
        allowed_outbound_hosts: metadata.allowed_outbound_hosts,
        environment: env,
        variables: config,
        id: id.clone(),
    })
}

/// We provide nothing that could be required (`local_service_chaining` is the only one that Spin has).
fn meets(whose: &str, requirements: &BTreeMap<String, Value>) -> Result<(), String> {
    match requirements.iter().find(|(_, need)| need.as_str() != Some("optional")) {
        Some((name, _)) => Err(format!("{whose} requires {name}, which this host does not have")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    use expect_test::{Expect, expect};

    const APP: &str = r#"{
        "spin_lock_version": 1,
        "must_understand": ["component_host_requirements"],
        "metadata": {"name": "x", "version": "1.0.0", "origin": "file:///d/spin.toml", "trigger": {"type": "http"}, "triggers": {"kafka": {"brokers": "{{ b }}"}}},
        "variables": {"b": {"default": "localhost:9092"}, "p": {"secret": true}},
        "triggers": [{"id": "t", "trigger_type": "kafka", "trigger_config": {"component": "fs", "topics": ["a"]}}],
        "components": [{"id": "fs",
            "metadata": {"allowed_outbound_hosts": ["postgres://*:*"], "description": "d"},
            "source": {"content_type": "application/wasm", "source": "file:///d/fs.wasm"},
            "env": {"A": "1"}, "config": {"c": "{{ p }}"},
            "files": [{"source": "file:///d/assets", "path": "/"}],
            "host_requirements": {"local_service_chaining": "optional"}}]
    }"#;

    #[test]
    fn a_locked_app_is_read() {
        let app = parse(APP, &Contents::Files).unwrap();
        assert_eq!((app.name.as_str(), app.version.as_deref()), ("x", Some("1.0.0")));
        assert_eq!(app.trigger_settings["kafka"]["brokers"], "{{ b }}");
        assert_eq!(
            (app.triggers[0].component.as_str(), app.triggers[0].config.to_string().as_str()),
            ("fs", r#"{"topics":["a"]}"#)
        );
        let component = &app.components[0];
        assert_eq!(component.source, Path::new("/d/fs.wasm"));
        assert_eq!(
            component.files,
            [FileMount { source: "/d/assets".into(), destination: "/".into() }]
        );
        assert_eq!(
            (component.environment["A"].as_str(), component.variables["c"].as_str()),
            ("1", "{{ p }}")
        );
        assert_eq!(component.allowed_outbound_hosts, ["postgres://*:*"]);
    }

    fn check(from: &str, to: &str, expected: Expect) {
        assert!(APP.contains(from));
        expected.assert_eq(&parse(&APP.replace(from, to), &Contents::Files).unwrap_err());
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        check(
            "\"spin_lock_version\": 1",
            "\"spin_lock_version\": 2",
            expect!["lock version 2 is not supported, only 0 and 1"],
        );
        check(
            "component_host_requirements",
            "quantum",
            expect!["the app must be understood in quantum, which this host does not know"],
        );
        check(
            "\"optional\"",
            "\"required\"",
            expect!["component fs requires local_service_chaining, which this host does not have"],
        );
        check(
            "\"env\":",
            "\"dependencies\": {\"a:b\": {}}, \"env\":",
            expect![
                "component fs: dependency a:b is not composed here: compose the component before"
            ],
        );
        check(
            "file:///d/fs.wasm",
            "https://d/fs.wasm",
            expect!["component fs: https://d/fs.wasm is not a file:// URL"],
        );
        check("\"component\": \"fs\", ", "", expect!["trigger t has no component"]);
    }
}
