//! One call of a component: its state, its limits and its end.

use std::time::Duration;

/// What a trigger knows of a call.
#[derive(Debug, Clone, Default)]
pub struct CallContext {
    /// Goes into every log line of the call.
    pub correlation_id: Option<String>,
    /// Instead of `Limits::deadline`.
    pub deadline: Option<Duration>,
}

/// What the host holds for one call; dropped with its store.
pub struct CallState {}

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
