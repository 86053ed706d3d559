//! The engine and its components, ready to be called.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::InstancePre;

use crate::app::App;
use crate::call::{CallContext, CallError, CallState};
use crate::variables::Variables;

/// How to run components.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// Where compiled components are kept. Must be writable by this user only: what is in it is executed.
    pub cache_dir: Option<PathBuf>,
    /// What every call may use.
    pub limits: Limits,
}

/// What every call may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a call's linear memory.
    pub memory: usize,
    /// How long a call may take, waiting included.
    pub deadline: Duration,
    /// How long a call may compute, waiting excluded.
    pub compute: Duration,
    /// Bytes of a request's body; over it, 413.
    pub request_body: u64,
    /// Calls at one time.
    pub instances: u32,
    /// Connections to each Postgres address.
    pub postgres_connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            deadline: Duration::from_secs(30),
            compute: Duration::from_secs(10),
            request_body: 2 << 20,
            instances: 256,
            postgres_connections: 16,
        }
    }
}

/// Why a host can't be made.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A trigger names a component that the application doesn't have.
    #[error("the application has no component {0}")]
    NoSuchComponent(String),
}

/// The engine and its components.
pub struct Host {}

impl Host {
    /// Compiles the components (or takes them from the cache) and checks everything that can be checked without a call:
    /// imports, files, variables, allowed hosts.
    pub async fn load(
        app: &App,
        component_ids: impl Iterator<Item = &str>,
        variables: Arc<Variables>,
        options: HostOptions,
    ) -> Result<Arc<Host>, HostError> {
        let _ = (app, component_ids, variables, options);
        Ok(Arc::new(Host {}))
    }

    /// A loaded component.
    pub fn component(&self, id: &str) -> Option<&Arc<Component>> {
        let _ = id;
        None
    }
}

/// A component, compiled and linked.
pub struct Component {
    id: String,
    pre: InstancePre<CallState>,
}

/// What a caller does with the store of a call: instantiate, and call an export.
pub type Calling<'a, R> = Pin<Box<dyn Future<Output = wasmtime::Result<R>> + Send + 'a>>;

impl Component {
    /// Its name in the application.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// For `bindgen!`'s `XPre::new(component.pre().clone())`: make it once, at start.
    pub fn pre(&self) -> &InstancePre<CallState> {
        &self.pre
    }

    /// The store of one call, with all limits but the deadline and the number of instances, which are [`Self::call`]'s.
    pub fn new_call(&self, call: CallContext) -> Store<CallState> {
        let _ = call;
        unimplemented!("skeleton")
    }

    /// Runs one call in a fresh store: waits for a free instance (bounded), applies the deadline, tells a trap from a
    /// time-out, logs each failure once, and throws away everything of a call that did not end well.
    pub async fn call<R>(
        &self,
        context: CallContext,
        calling: impl for<'a> FnOnce(&'a mut Store<CallState>) -> Calling<'a, R> + Send,
    ) -> Result<R, CallError> {
        let mut store = self.new_call(context);
        calling(&mut store).await.map_err(CallError::Trap)
    }
}
