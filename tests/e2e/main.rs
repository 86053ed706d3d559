//! Spindle as its users meet it: over HTTP, with a real Postgres and a real broker, each test on a system of its own,
//! under either host.

mod audit;
mod bad_input;
mod tasks;
