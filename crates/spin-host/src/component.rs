//! A component: compiled, linked, and what every call of it shares.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use wasmtime::Store;
use wasmtime::component::{InstancePre, Linker};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::allowed_hosts::AllowedHosts;
use crate::app::ComponentSpec;
use crate::blocked_networks::BlockedNetworks;
use crate::call::{self, CallContext, CallError, CallState, Progress};
use crate::engine::{self, Cache};
use crate::host::{HostError, Runtime};
use crate::imports;
use crate::mounts::Mounts;
use crate::output::GuestOutput;
use crate::sink::{OutputOptions, Sink};
use crate::variables::Variables;

/// A component, compiled and linked.
pub struct Component {
    pub(crate) shared: Arc<Shared>,
    pre: InstancePre<CallState>,
    /// If it exports `wasi:http/incoming-handler`.
    pub(crate) http: Option<ProxyPre<CallState>>,
}

/// What a component may see and reach, resolved: what its calls share.
pub(crate) struct Shared {
    pub id: Arc<str>,
    pub runtime: Arc<Runtime>,
    /// How long a call may take, waiting included.
    pub deadline: Duration,
    /// One permit for each call that may run: its own, or those of all.
    slots: Arc<Semaphore>,
    pub allowed_hosts: Arc<AllowedHosts>,
    /// By the component's own names.
    pub variables: BTreeMap<String, String>,
    environment: Vec<(String, String)>,
    mounts: Mounts,
    stdout: Arc<Sink>,
    stderr: Arc<Sink>,
}

/// What [`Component::call`] runs: instantiate in this store, and call an export.
pub type Calling<'a, R> = std::pin::Pin<Box<dyn Future<Output = wasmtime::Result<R>> + Send + 'a>>;

impl Component {
    /// Its name in the application.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// For `bindgen!`'s `XPre::new(component.pre().clone())`: make it once, at start.
    pub fn pre(&self) -> &InstancePre<CallState> {
        &self.pre
    }

    /// Runs one call in a fresh store: waits for a free instance (for `Limits::queue` at most), applies the deadline,
    /// tells a trap from a time-out, logs each failure once, and throws away everything of a call that did not end well,
    /// its Postgres connections too.
    pub async fn call<R>(
        &self,
        context: CallContext,
        calling: impl for<'a> FnOnce(&'a mut Store<CallState>) -> Calling<'a, R> + Send,
    ) -> Result<R, CallError> {
        let limit = context.deadline.unwrap_or(self.shared.deadline);
        let deadline = Instant::now() + limit;
        let _slot = self.shared.slot().await?;
        let progress = Arc::<Progress>::default();
        let correlation_id = context.correlation_id.map(Into::into);
        let traceparent = context.traceparent.map(Into::into);
        let blocked = context.blocked_networks;
        let mut store =
            call::new_store(&self.shared, correlation_id, traceparent, blocked, progress.clone());
        let compute = self.shared.runtime.limits.compute;
        let result = call::run(&progress, limit, deadline, compute, calling(&mut store)).await;
        store.data_mut().end(&result);
        result
    }

    /// Compiles and links a component, or says in its terms why it can't run here.
    pub(crate) fn load(
        shared: Shared,
        path: &Path,
        linker: &Linker<CallState>,
        cache: Option<&Cache>,
    ) -> Result<Self, HostError> {
        let component = || shared.id.to_string();
        let broken = |source| HostError::Component { component: component(), source };
        let bytes = std::fs::read(path).map_err(|source| HostError::Source {
            component: component(),
            path: path.to_owned(),
            source,
        })?;
        let compiled = engine::compile(&shared.runtime.engine, &bytes, cache).map_err(broken)?;
        let imports = imports::unavailable(&compiled);
        if !imports.is_empty() {
            return Err(HostError::Imports { component: component(), imports });
        }
        let pre = linker.instantiate_pre(&compiled).map_err(broken)?;
        let http = ProxyPre::new(pre.clone()).ok();
        Ok(Self { shared: Arc::new(shared), pre, http })
    }
}

impl Shared {
    /// Resolves what the manifest gives a component.
    pub fn new(
        spec: &ComponentSpec,
        variables: &Variables,
        runtime: Arc<Runtime>,
        output: &OutputOptions,
    ) -> Result<Self, HostError> {
        let component = || spec.id.clone();
        let sink = |stream| Sink::open(spec.id.as_str().into(), stream, output);
        let resolve =
            |(name, template): (&String, &String)| Ok((name.clone(), variables.resolve(template)?));
        Ok(Self {
            id: spec.id.as_str().into(),
            deadline: spec.limits.deadline.unwrap_or(runtime.limits.deadline),
            slots: match spec.limits.instances {
                Some(instances) => Arc::new(Semaphore::new(instances as usize)),
                None => runtime.slots.clone(),
            },
            runtime,
            allowed_hosts: AllowedHosts::parse(&spec.allowed_outbound_hosts, variables)
                .map_err(|source| HostError::AllowedHosts { component: component(), source })?
                .into(),
            variables: spec
                .variables
                .iter()
                .map(resolve)
                .collect::<Result<_, _>>()
                .map_err(|source| HostError::Variable { component: component(), source })?,
            environment: spec.environment.clone().into_iter().collect(),
            mounts: Mounts::new(&spec.files)
                .map_err(|source| HostError::Files { component: component(), source })?,
            stdout: sink("stdout")?,
            stderr: sink("stderr")?,
        })
    }

    /// The right to run one call. It is fair: who waits longest is next.
    pub async fn slot(&self) -> Result<OwnedSemaphorePermit, CallError> {
        let slots = &self.slots;
        if let Ok(slot) = slots.clone().try_acquire_owned() {
            return Ok(slot);
        }
        match tokio::time::timeout(self.runtime.limits.queue, slots.clone().acquire_owned()).await {
            Ok(Ok(slot)) => Ok(slot),
            _ => Err(CallError::Overloaded),
        }
    }

    /// What WASI shows a guest.
    pub fn wasi(
        &self,
        correlation_id: Option<Arc<str>>,
        traceparent: Option<&str>,
        blocked: Arc<BlockedNetworks>,
    ) -> WasiCtx {
        let output = |sink: &Arc<Sink>| GuestOutput::new(sink.clone(), correlation_id.clone());
        let mut wasi = WasiCtx::builder();
        wasi.stdout(output(&self.stdout)).stderr(output(&self.stderr)).envs(&self.environment);
        if let Some(traceparent) = traceparent {
            // OpenTelemetry's name for it where there are no headers ("Environment Variables as Context Propagation
            // Carriers").
            wasi.env("TRACEPARENT", traceparent);
        }
        self.mounts.open(&mut wasi);
        let hosts = self.allowed_hosts.clone();
        wasi.allow_tcp(hosts.any_for(&["tcp"]))
            .allow_udp(hosts.any_for(&["udp"]))
            .allow_ip_name_lookup(hosts.any_for(&["tcp", "udp"]))
            .socket_addr_check(move |address, purpose| {
                let may = !blocked.block(address.ip()) && may_use_socket(&hosts, address, purpose);
                Box::pin(std::future::ready(may))
            });
        wasi.build()
    }

    /// Tells the operator, who may have forgotten an entry of `allowed_outbound_hosts`.
    pub fn log_denied(&self, url: &str, correlation_id: Option<&str>) {
        tracing::warn!(
            component = &*self.id,
            correlation_id = correlation_id.unwrap_or_default(),
            url,
            "an outbound connection was denied: it is not in allowed_outbound_hosts"
        );
    }
}

/// Sockets are allowed as `tcp://` and `udp://` hosts; none listens.
fn may_use_socket(hosts: &AllowedHosts, address: SocketAddr, purpose: SocketAddrUse) -> bool {
    let to = |scheme| hosts.allow(scheme, &address.ip().to_string(), Some(address.port()));
    match purpose {
        SocketAddrUse::TcpConnect => to("tcp"),
        SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => to("udp"),
        // A socket that connects or sends is bound by the system first: to any address, any port.
        SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => {
            address.ip().is_unspecified() && address.port() == 0
        }
        SocketAddrUse::TcpListen | SocketAddrUse::TcpAccept => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_reach_only_allowed_hosts_and_never_listen() {
        let variables = Variables::new(&BTreeMap::new(), &[]).unwrap();
        let hosts =
            AllowedHosts::parse(&["tcp://10.0.0.1:99".into(), "udp://*:53".into()], &variables)
                .unwrap();
        let check = |purpose, address: &str, expected| {
            assert_eq!(
                may_use_socket(&hosts, address.parse().unwrap(), purpose),
                expected,
                "{address}"
            );
        };
        check(SocketAddrUse::TcpConnect, "10.0.0.1:99", true);
        check(SocketAddrUse::TcpConnect, "10.0.0.1:53", false);
        check(SocketAddrUse::TcpConnect, "[::1]:99", false);
        check(SocketAddrUse::UdpSend, "[::1]:53", true);
        check(SocketAddrUse::UdpSend, "10.0.0.1:99", false);
        check(SocketAddrUse::TcpBind, "0.0.0.0:0", true);
        check(SocketAddrUse::UdpBind, "[::]:0", true);
        check(SocketAddrUse::UdpBind, "127.0.0.1:53", false);
        check(SocketAddrUse::TcpListen, "10.0.0.1:99", false);
        check(SocketAddrUse::TcpAccept, "10.0.0.1:99", false);
    }
}
