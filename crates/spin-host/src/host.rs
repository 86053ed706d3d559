//! The engine and its components, ready to be called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::sync::Semaphore;
use wasmtime::Engine;

use crate::allowed_hosts::AllowedHostError;
use crate::app::App;
use crate::component::{Component, Shared};
use crate::engine::{self, Cache};
use crate::imports;
use crate::mounts::MountsError;
use crate::postgres::Pools;
use crate::sink::OutputOptions;
use crate::variables::{VariableError, Variables};

/// How to run components.
#[derive(Debug, Clone, Default)]
pub struct HostOptions {
    /// Where compiled components are kept. Must be writable by this user only: what is in it is executed.
    pub cache_dir: Option<PathBuf>,
    /// What every call may use.
    pub limits: Limits,
    /// What becomes of what components write.
    pub output: OutputOptions,
}

/// What every call may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a call's linear memory, or memories.
    pub memory: usize,
    /// Connections of HTTP clients at one time; more wait in the system's queue. As many as the files that this process may
    /// have open leave room for, which usually are 1024.
    pub connections: usize,
    /// How long a call may take, waiting included.
    pub deadline: Duration,
    /// How long a call may compute, waiting excluded.
    pub compute: Duration,
    /// Bytes of a request's body; over it, 413.
    pub request_body: u64,
    /// Calls at one time. Each reserves 8 GiB of address space, and of real memory only what it touches; after a burst, up
    /// to 4 MiB of that stay with each instance that was used.
    pub instances: u32,
    /// How long a call may wait for an instance; after it, 503.
    pub queue: Duration,
    /// Connections to each Postgres address. Spin has 64; Postgres itself is fastest with a few per core, and its
    /// default `max_connections` is 100 for everyone.
    pub postgres_connections: usize,
    /// How long a guest may wait for a Postgres connection, new or pooled.
    pub postgres_connect: Duration,
    /// Bytes of one result set: as it comes from Postgres, and what holding it takes. It is counted row by row, and each
    /// row is there as a whole before: up to 1 GiB, if a guest asks for one like that.
    pub postgres_result: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            connections: connections(),
            deadline: Duration::from_secs(30),
            compute: Duration::from_secs(10),
            request_body: 2 << 20,
            instances: 256,
            queue: Duration::from_secs(2),
            postgres_connections: 16,
            postgres_connect: Duration::from_secs(10),
            postgres_result: 32 << 20,
        }
    }
}

/// All files that may be open but those for Postgres, Kafka and what components ask of others.
fn connections() -> usize {
    const OTHERS: u64 = 124;
    const MOST: u64 = 8192;
    let files = getrlimit(Resource::Nofile).current.unwrap_or(MOST);
    files.saturating_sub(OTHERS).clamp(1, MOST) as usize
}

/// Why a host can't be made.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A trigger names a component that the application doesn't have.
    #[error("the application has no component {0}")]
    NoSuchComponent(String),
    /// The engine can't be made: usually the address space is limited.
    #[error("can't start the WebAssembly engine")]
    Engine(#[source] wasmtime::Error),
    /// The component's file can't be read.
    #[error("component {component}: can't read {path}")]
    Source {
        /// Whose.
        component: String,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no component, or needs more memory from its start than a call may have, or can't be linked.
    #[error("component {component} can't be loaded")]
    Component {
        /// Which.
        component: String,
        /// Why.
        #[source]
        source: wasmtime::Error,
    },
    /// The component asks for what this host does not have.
    #[error("component {component} imports {}, which this host does not have; it has {}", .imports.join(" and "), imports::AVAILABLE)]
    Imports {
        /// Which.
        component: String,
        /// What it asks for.
        imports: Vec<String>,
    },
    /// One of its variables has no value.
    #[error("component {component}")]
    Variable {
        /// Whose.
        component: String,
        /// Why.
        #[source]
        source: VariableError,
    },
    /// Its `allowed_outbound_hosts` can't be understood.
    #[error("component {component}")]
    AllowedHosts {
        /// Whose.
        component: String,
        /// Why.
        #[source]
        source: AllowedHostError,
    },
    /// Its files can't be shown to it.
    #[error("component {component}")]
    Files {
        /// Whose.
        component: String,
        /// Why.
        #[source]
        source: MountsError,
    },
    /// What it writes can't be kept in its file.
    #[error("can't write what component {component} says to {path}")]
    Output {
        /// Whose.
        component: String,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// The engine and its components.
pub struct Host {
    pub(crate) runtime: Arc<Runtime>,
    components: BTreeMap<String, Arc<Component>>,
}

/// What the components of a host have in common.
pub(crate) struct Runtime {
    pub engine: Engine,
    pub limits: Limits,
    /// One permit for each call that may run, but for components that have their own.
    pub slots: Arc<Semaphore>,
    pub pools: Pools,
}

impl Host {
    /// Compiles the components (or takes them from the cache), in parallel, and checks everything that can be checked
    /// without a call: imports, files, variables, allowed hosts.
    pub async fn load(
        app: &App,
        component_ids: impl Iterator<Item = &str>,
        variables: Arc<Variables>,
        options: HostOptions,
    ) -> Result<Arc<Host>, HostError> {
        let limits = options.limits;
        let ids: BTreeSet<&str> = component_ids.collect();
        let of = |id: &str| app.components.iter().find(|component| component.id == id);
        let own: u32 = ids.iter().filter_map(|id| of(id)?.limits.instances).sum();
        let instances = limits.instances.saturating_add(own);
        let engine = engine::new(&limits, instances).map_err(HostError::Engine)?;
        let linker = Arc::new(imports::linker(&engine).map_err(HostError::Engine)?);
        let runtime = Arc::new(Runtime {
            engine,
            slots: Arc::new(Semaphore::new(limits.instances as usize)),
            pools: Pools::new(&limits),
            limits,
        });
        let cache = options.cache_dir.and_then(|folder| {
            Cache::open(&folder)
                .inspect_err(|reason| tracing::warn!(%reason, "compiled components are not kept"))
                .ok()
        });
        let cache = Arc::new(cache);

        let mut loading = BTreeMap::new();
        for id in ids {
            let spec = of(id).ok_or_else(|| HostError::NoSuchComponent(id.into()))?;
            let shared = Shared::new(spec, &variables, runtime.clone(), &options.output)?;
            let (path, linker, cache) = (spec.source.clone(), linker.clone(), cache.clone());
            let load = move || Component::load(shared, &path, &linker, (*cache).as_ref());
            loading.insert(id.to_owned(), tokio::task::spawn_blocking(load));
        }
        let mut components = BTreeMap::new();
        for (id, loading) in loading {
            let component = loading
                .await
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))?;
            components.insert(id, Arc::new(component));
        }
        Ok(Arc::new(Host { runtime, components }))
    }

    /// A loaded component.
    pub fn component(&self, id: &str) -> Option<&Arc<Component>> {
        self.components.get(id)
    }
}
