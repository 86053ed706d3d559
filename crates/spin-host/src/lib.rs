//! Runs Spin components on wasmtime, without Spin.
//!
//! It knows Spin's application formats, its HTTP routing and headers, and the interfaces that Spindle's components
//! import: WASI 0.2, `wasi:http`, `spin:postgres@4.0.0` and `fermyon:spin/variables@2.0.0`. A component that imports
//! anything else is refused at load, by name. It knows nothing of tasks, Kafka or Spindle's schema.

mod allowed_hosts;
pub mod app;
mod blocked_networks;
mod call;
mod component;
mod engine;
mod host;
pub mod http;
mod imports;
pub mod logging;
pub mod monitor;
mod mounts;
mod outbound;
mod output;
mod postgres;
mod request;
pub mod runtime_config;
mod sink;
pub mod telemetry;
pub mod variables;

pub use allowed_hosts::AllowedHostError;
pub use blocked_networks::{BlockedNetworkError, BlockedNetworks};
pub use call::{CallContext, CallError, CallState};
pub use component::{Calling, Component};
pub use host::{Host, HostError, HostOptions, Limits};
pub use mounts::MountsError;
pub use sink::OutputOptions;
