//! One call of a component: its state, its limits and its end.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wasmtime::component::ResourceTable;
use wasmtime::{ResourceLimiter, Store, StoreContextMut, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::blocked_networks::BlockedNetworks;
use crate::component::Shared;
use crate::outbound::Outbound;
use crate::postgres::Connections;

/// What a trigger knows of a call.
#[derive(Debug, Clone, Default)]
pub struct CallContext {
    /// Goes into every log line of the call.
    pub correlation_id: Option<String>,
    /// The trace that the call belongs to, as W3C's Trace Context writes it in the header of that name. The guest finds it
    /// in its environment as `TRACEPARENT`, and its outbound requests carry it if they say nothing else.
    pub traceparent: Option<String>,
    /// Instead of `Limits::deadline`.
    pub deadline: Option<Duration>,
    /// Where its HTTP requests and its sockets don't reach, beside what `allowed_outbound_hosts` leaves out.
    pub blocked_networks: Arc<BlockedNetworks>,
}

/// What the host holds for one call; dropped with its store.
pub struct CallState {
    pub(crate) shared: Arc<Shared>,
    pub(crate) correlation_id: Option<Arc<str>>,
    traceparent: Option<Arc<str>>,
    pub(crate) postgres: Connections,
    pub(crate) progress: Arc<Progress>,
    table: ResourceTable,
    /// Made when a guest first asks for anything of WASI.
    wasi: Option<WasiCtx>,
    http: WasiHttpCtx,
    outbound: Outbound,
    blocked: Arc<BlockedNetworks>,
    memory: MemoryLimit,
}

/// Why a call has no result. It was logged already, once, with the component and the correlation id.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// Every instance was busy for as long as a call may wait for one.
    #[error("every instance is busy")]
    Overloaded,
    /// The call took longer than its deadline.
    #[error("the component did not finish in {0:?}")]
    Deadline(Duration),
    /// The component computed for longer than `Limits::compute`.
    #[error("the component computed for longer than {0:?}")]
    Compute(Duration),
    /// The component trapped: a panic, a limit of memory, a bad access.
    #[error("the component trapped")]
    Trap(#[source] wasmtime::Error),
}

/// What the epoch callback ends a guest with.
#[derive(Debug, thiserror::Error)]
#[error("computed for too long")]
struct ComputedTooLong;

/// Things of the host that one call may hold: headers, bodies, streams, open files, …
const HANDLES: usize = 512;

/// The store of one call, with every limit but the deadline and the number of calls.
pub(crate) fn new_store(
    shared: &Arc<Shared>,
    correlation_id: Option<Arc<str>>,
    traceparent: Option<Arc<str>>,
    blocked: Arc<BlockedNetworks>,
    progress: Arc<Progress>,
) -> Store<CallState> {
    let mut table = ResourceTable::with_capacity(16);
    table.set_max_capacity(HANDLES);
    let mut store = Store::new(
        &shared.runtime.engine,
        CallState {
            outbound: Outbound::new(
                shared.clone(),
                correlation_id.clone(),
                traceparent.clone(),
                blocked.clone(),
            ),
            blocked,
            correlation_id,
            traceparent,
            postgres: Connections::default(),
            progress,
            table,
            wasi: None,
            http: WasiHttpCtx::new(),
            memory: MemoryLimit { left: shared.runtime.limits.memory, refused: false },
            shared: shared.clone(),
        },
    );
    store.limiter(|state| &mut state.memory);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store: StoreContextMut<CallState>| {
        let state = store.data();
        if state.progress.computed() > state.shared.runtime.limits.compute {
            return Err(ComputedTooLong.into());
        }
        // Tokio's own way to yield lets it look for events, too; any other would starve them.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}

/// Runs a call's future under its deadline and says how it ended. The future borrows the store, so that what the store
/// holds is still there afterwards to be kept (it ended well) or thrown away (dropped with the store).
pub(crate) async fn run<R>(
    progress: &Progress,
    limit: Duration,
    deadline: tokio::time::Instant,
    compute: Duration,
    call: impl Future<Output = wasmtime::Result<R>>,
) -> Result<R, CallError> {
    match tokio::time::timeout_at(deadline, measured(progress, call)).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(error)) if error.is::<ComputedTooLong>() => Err(CallError::Compute(compute)),
        Ok(Err(error)) => Err(CallError::Trap(error)),
        Err(_) => Err(CallError::Deadline(limit)),
    }
}

impl CallState {
    /// Settles a call: what it still holds of a call that ended well may be used again; how it failed is logged, once.
    pub(crate) fn end<R>(&mut self, result: &Result<R, CallError>) {
        match result {
            Ok(_) => self.postgres.keep(),
            Err(error) => self.log(error),
        }
    }

    /// The guest's own words about a failure are in its stderr.
    fn log(&self, error: &CallError) {
        let component = &*self.shared.id;
        let correlation_id = self.correlation_id.as_deref().unwrap_or_default();
        let memory_refused = self.memory.refused;
        match error {
            CallError::Trap(cause) => {
                // The chain without wasmtime's backtrace, which is for a debugger.
                let cause = cause.root_cause();
                tracing::error!(component, correlation_id, memory_refused, %cause, "the component trapped");
            }
            error => tracing::error!(component, correlation_id, "{error}"),
        }
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| {
            self.shared.wasi(
                self.correlation_id.clone(),
                self.traceparent.as_deref(),
                self.blocked.clone(),
            )
        });
        WasiCtxView { ctx, table: &mut self.table }
    }
}

impl WasiHttpView for CallState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

/// The linear memory of a call: of all its memories together. Tables are bounded by the pool.
struct MemoryLimit {
    /// Bytes.
    left: usize,
    /// For the log: a guest that is refused memory usually traps a moment later, without a word why.
    refused: bool,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            // It would fail after it was granted.
            return Ok(false);
        }
        let left = self.left.checked_sub(desired.saturating_sub(current));
        self.refused |= left.is_none();
        self.left = left.unwrap_or(self.left);
        Ok(left.is_some())
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

/// What a call has used and how it ended, seen from inside its store and from outside.
#[derive(Default)]
pub(crate) struct Progress {
    /// Nanoseconds spent in polls that ended.
    spent: AtomicU64,
    /// When the poll that is under way began, in nanoseconds since `ORIGIN`.
    polled_at: AtomicU64,
    /// The call failed after its response began: what was sent of the body is not all of it.
    pub failed: AtomicBool,
}

impl Progress {
    /// How long the call has computed. What it waited for is not in it.
    fn computed(&self) -> Duration {
        let under_way = now().saturating_sub(self.polled_at.load(Ordering::Relaxed));
        Duration::from_nanos(self.spent.load(Ordering::Relaxed) + under_way)
    }
}

/// Nanoseconds since the first call of this process.
fn now() -> u64 {
    static ORIGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    u64::try_from(ORIGIN.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Counts the time that a future spends in its polls.
async fn measured<F: Future>(progress: &Progress, call: F) -> F::Output {
    let mut call = pin!(call);
    poll_fn(|context| {
        let start = now();
        progress.polled_at.store(start, Ordering::Relaxed);
        let poll = call.as_mut().poll(context);
        progress.spent.fetch_add(now().saturating_sub(start), Ordering::Relaxed);
        poll
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memories_of_a_call_share_its_limit() {
        let mut limit = MemoryLimit { left: 100, refused: false };
        assert!(limit.memory_growing(0, 40, None).unwrap());
        assert!(limit.memory_growing(0, 40, Some(60)).unwrap());
        assert!(!limit.memory_growing(40, 61, Some(60)).unwrap());
        assert!(limit.memory_growing(40, 60, Some(60)).unwrap() && !limit.refused);
        assert!(!limit.memory_growing(40, 41, None).unwrap() && limit.refused);
    }
}
