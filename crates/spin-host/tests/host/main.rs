//! The host, seen from outside: a real component (`tests/guests/probe`) called over real connections.

mod http;
mod isolation;
mod load;
mod outbound;
mod postgres;
mod support;
