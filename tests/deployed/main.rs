//! What runs in a cluster, as processes on this machine: pods as spin-operator starts them, relays and triggers that are
//! cut off, traces from one to the other.

mod mail;
#[cfg(target_os = "linux")]
mod network;
mod operations;
#[cfg(target_os = "linux")]
mod partition;
mod pull;
mod serve;
mod trace;
