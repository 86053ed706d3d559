//! What the tests share.

pub mod client;
pub mod log;
pub mod postgres;
pub mod site;
