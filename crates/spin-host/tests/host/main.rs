//! The host, seen from outside: a real component (`tests/guests/probe`) called over real connections.

// What the tests stand on fails loudly, too.
#![allow(clippy::unwrap_used)]

mod hostile;
mod http;
mod isolation;
mod load;
mod outbound;
mod postgres;
mod support;
mod tls;
