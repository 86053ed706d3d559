//! What an application is, however it was written down: `spin.toml` or Spin's locked app.

mod files;
mod layout;
mod locked;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use locked::Contents;

pub use crate::variables::VariableDeclaration;

/// An application: its variables, triggers and components.
#[derive(Debug, Clone)]
pub struct App {
    /// The application's name.
    pub name: String,
    /// Its version, if it has one.
    pub version: Option<String>,
    /// `[variables]`, by name.
    pub variables: BTreeMap<String, VariableDeclaration>,
    /// Every trigger, of every type.
    pub triggers: Vec<Trigger>,
    /// Every component.
    pub components: Vec<ComponentSpec>,
    /// `[application.trigger.X]` by `X`; in a locked app, `metadata.triggers.X`.
    pub trigger_settings: BTreeMap<String, serde_json::Value>,
}

/// What starts a component.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// Unique among triggers.
    pub id: String,
    /// `http`, `kafka`, …
    pub trigger_type: String,
    /// The id of the component that it starts.
    pub component: String,
    /// The rest of the trigger's table (route, topics, …), without `id` and `component`; templates unresolved.
    pub config: serde_json::Value,
}

/// A component and what it may see and reach.
#[derive(Debug, Clone)]
pub struct ComponentSpec {
    /// Its name in the application.
    pub id: String,
    /// The WebAssembly component: an absolute path.
    pub source: PathBuf,
    /// What it finds in its file system, read-only.
    pub files: Vec<FileMount>,
    /// Where it may connect to; templates unresolved.
    pub allowed_outbound_hosts: Vec<String>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// What `fermyon:spin/variables` gives it, as templates.
    pub variables: BTreeMap<String, String>,
    /// What its calls may use, where that is not what every call may.
    pub limits: ComponentLimits,
}

/// Limits of a component whose answers go on for long, such as a stream of events. They stand in its environment, since of
/// what concerns a component alone nothing else is in an artifact for other hosts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ComponentLimits {
    /// `SPINDLE_DEADLINE`: how long a call may take, as `5m 30s`, instead of [`Limits::deadline`](crate::Limits::deadline).
    pub deadline: Option<Duration>,
    /// `SPINDLE_INSTANCES`: calls at one time, beside those that all other components share.
    pub instances: Option<u32>,
}

impl ComponentLimits {
    fn of(environment: &BTreeMap<String, String>) -> Result<Self, String> {
        let deadline = environment.get("SPINDLE_DEADLINE").map(|text| {
            let wrong = "and not a duration such as \"30s\" or \"5m 30s\"";
            humantime::parse_duration(text)
                .map_err(|_| format!("SPINDLE_DEADLINE is {text}, {wrong}"))
        });
        let instances = environment.get("SPINDLE_INSTANCES").map(|text| {
            text.parse().map_err(|_| format!("SPINDLE_INSTANCES is {text}, and not a number"))
        });
        Ok(Self { deadline: deadline.transpose()?, instances: instances.transpose()? })
    }
}

/// A file or a directory of the host that a component sees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileMount {
    /// Where it is on the host: absolute.
    pub source: PathBuf,
    /// Where the guest finds it: absolute.
    pub destination: String,
}

/// Why an application can't be read.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The file can't be read.
    #[error("can't read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be, or asks for what this host does not have.
    #[error("{path}: {reason}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl App {
    /// Reads a manifest (`spin.toml`, version 2). Paths in it are relative to its folder.
    pub fn from_manifest(path: &Path) -> Result<App, AppError> {
        manifest(path, &read(path)?)
    }

    /// Reads a locked app (`spin.lock`, version 0 or 1).
    pub fn from_locked(path: &Path) -> Result<App, AppError> {
        locked(path, &read(path)?)
    }

    /// Reads an OCI image layout: a folder with what `spin registry push` sends.
    pub fn from_layout(folder: &Path) -> Result<App, AppError> {
        checked(folder, layout::parse(folder))
    }

    /// The part of it that has only these components, and the triggers that call them.
    ///
    /// # Errors
    /// The first that the application doesn't have.
    pub fn only(mut self, components: &[String]) -> Result<App, String> {
        let known = |id: &String| self.components.iter().any(|component| component.id == *id);
        if let Some(unknown) = components.iter().find(|id| !known(id)) {
            return Err(unknown.clone());
        }
        self.components.retain(|component| components.contains(&component.id));
        self.triggers.retain(|trigger| components.contains(&trigger.component));
        Ok(self)
    }

    /// Reads either, by its content, from a path or a `file://` URL.
    pub fn load(source: &str) -> Result<App, AppError> {
        let path =
            path_of(source).map_err(|reason| AppError::Invalid { path: source.into(), reason })?;
        let text = read(&path)?;
        let is_json = text.trim_start().starts_with('{');
        if is_json { locked(&path, &text) } else { manifest(&path, &text) }
    }

    /// The triggers of one type.
    pub fn triggers_of<'a>(&'a self, trigger_type: &'a str) -> impl Iterator<Item = &'a Trigger> {
        self.triggers.iter().filter(move |trigger| trigger.trigger_type == trigger_type)
    }
}

fn manifest(path: &Path, text: &str) -> Result<App, AppError> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder
        .canonicalize()
        .map_err(|source| AppError::Read { path: folder.to_owned(), source })?;
    checked(path, manifest::parse(text, &folder))
}

fn locked(path: &Path, text: &str) -> Result<App, AppError> {
    checked(path, locked::parse(text, &Contents::Files))
}

fn checked(path: &Path, app: Result<App, String>) -> Result<App, AppError> {
    app.and_then(|app| check(&app).map(|()| app))
        .map_err(|reason| AppError::Invalid { path: path.to_owned(), reason })
}

fn read(path: &Path) -> Result<String, AppError> {
    std::fs::read_to_string(path).map_err(|source| AppError::Read { path: path.to_owned(), source })
}

/// A path, or a `file://` URL of one.
fn path_of(source: &str) -> Result<PathBuf, String> {
    if !source.contains("://") {
        return Ok(source.into());
    }
    url::Url::parse(source)
        .ok()
        .filter(|url| url.scheme() == "file")
        .and_then(|url| url.to_file_path().ok())
        .ok_or_else(|| format!("{source} is not a file:// URL"))
}

/// What must hold of both forms.
fn check(app: &App) -> Result<(), String> {
    let mut ids = BTreeSet::new();
    for component in &app.components {
        if !ids.insert(component.id.as_str()) {
            return Err(format!("component {} stands twice", component.id));
        }
    }
    for trigger in &app.triggers {
        if !ids.contains(trigger.component.as_str()) {
            return Err(format!(
                "trigger {}: there is no component {}",
                trigger.id, trigger.component
            ));
        }
    }
    let names = app
        .variables
        .keys()
        .chain(app.components.iter().flat_map(|component| component.variables.keys()));
    for name in names {
        if !crate::variables::is_variable_name(name) {
            return Err(format!(
                "{name:?} is no variable's name: lower-case letters, digits and single underscores"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_loaded_by_its_content_from_a_path_or_a_url() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = folder.path().join("spin.toml");
        std::fs::write(
            &manifest,
            "spin_manifest_version = 2\n[application]\nname = \"m\"\n[trigger]\n",
        )
        .unwrap();
        let locked = folder.path().join("spin.lock");
        std::fs::write(
            &locked,
            r#"{"spin_lock_version":0,"metadata":{"name":"l"},"triggers":[],"components":[]}"#,
        )
        .unwrap();
        let url = url::Url::from_file_path(&locked).unwrap();
        assert_eq!(App::load(manifest.to_str().unwrap()).unwrap().name, "m");
        assert_eq!(App::load(url.as_str()).unwrap().name, "l");
        assert!(
            App::load("https://example.com/spin.lock")
                .unwrap_err()
                .to_string()
                .contains("not a file:// URL")
        );
        assert!(matches!(App::load("nowhere/spin.toml"), Err(AppError::Read { .. })));
    }
}
