//! What every HTTP component shares, so that a handler is a list of steps: who, what, one
//! statement, answer.
//!
//! ```text
//! #[http_component]
//! async fn handle(request: IncomingRequest) -> Response {
//!     service::serve("tasks", &[Method::Post], request, create).await
//! }
//! ```
//!
//! [`serve`] gives each request its correlation id, refuses methods that the resource doesn't have,
//! and turns whatever goes wrong into a problem document. No error ever reaches the SDK, which
//! would show it to the client with a backtrace. This crate knows HTTP; it knows no table, and
//! nothing of what a task may be.

mod authenticate;
mod batch;
mod bearer;
mod correlation_id;
mod error;
mod event_stream;
mod fetch_json;
mod item;
mod limits;
mod log;
mod ollama;
mod origin;
mod problem;
mod provider;
mod rate;
mod reminder;
mod request;
mod response;
mod serve;
mod session;
mod step;

pub use authenticate::{Caller, authenticate, identify, identify_and_renew};
pub use batch::{in_parts, perform};
pub use bearer::{AccessJwt, issue, require_log_ins};
pub use error::{Error, Result};
pub use event_stream::{ClientGone, EventStream};
pub use fetch_json::FetchError;
pub use item::Item;
pub use limits::count;
pub use log::warn;
pub use ollama::{Ollama, OllamaError};
pub use origin::is_from_own_page;
pub use problem::Problem;
pub use rate::{limit, limit_user, rate_key};
pub use reminder::{remind, snooze};
pub use request::{Request, path_of};
pub use response::{created, json, json_with_status, not_modified, task, unchanging};
pub use serve::{Answer, serve, serve_stream};
pub use session::{begin_session, end_session, require_own_page, sessions_of};
pub use spin_sdk::http::{Method, Response};
pub use step::take_step;
pub use store::tasks::Step;
