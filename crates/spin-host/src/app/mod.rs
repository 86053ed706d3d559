//! What an application is, however it was written down: `spin.toml` or Spin's locked app.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub use crate::variables::VariableDeclaration;

/// An application: its variables, triggers and components.
#[derive(Debug, Clone)]
pub struct App {
    /// The application's name.
    pub name: String,
    /// `[variables]`, by name.
    pub variables: BTreeMap<String, VariableDeclaration>,
    /// Every trigger, of every type, in the order of the file.
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
    /// The rest of the trigger's table (route, topics, …), without `id` and `component`.
    pub config: serde_json::Value,
}

/// A component and what it may see and reach.
#[derive(Debug, Clone)]
pub struct ComponentSpec {
    /// Its name in the application.
    pub id: String,
    /// The WebAssembly component.
    pub source: PathBuf,
    /// What it finds in its file system, read-only.
    pub files: Vec<FileMount>,
    /// Where it may connect to; templates unresolved.
    pub allowed_outbound_hosts: Vec<String>,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// What `fermyon:spin/variables` gives it, as templates.
    pub variables: BTreeMap<String, String>,
}

/// A file or a directory of the host that a component sees.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The file is not what it should be.
    #[error("{path}: {reason}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl App {
    /// Reads a manifest (`spin.toml`, version 2).
    pub fn from_manifest(path: &Path) -> Result<App, AppError> {
        Err(AppError::Invalid { path: path.to_owned(), reason: "not built yet".into() })
    }

    /// Reads a locked app (`spin.lock`, version 0 or 1).
    pub fn from_locked(path: &Path) -> Result<App, AppError> {
        Err(AppError::Invalid { path: path.to_owned(), reason: "not built yet".into() })
    }

    /// Reads either, by its content, from a path or a `file://` URL.
    pub fn load(source: &str) -> Result<App, AppError> {
        Self::from_manifest(Path::new(source))
    }

    /// The triggers of one type.
    pub fn triggers_of<'a>(&'a self, trigger_type: &'a str) -> impl Iterator<Item = &'a Trigger> {
        self.triggers.iter().filter(move |trigger| trigger.trigger_type == trigger_type)
    }
}
