//! By what a due reminder is told to a person: e-mail, Web Push, a webhook, ntfy. It makes the requests, and judges what
//! became of them.
//!
//! It does no I/O, natively and in components: no clock, no randomness, no sockets. What time it is on the user's wall, it is
//! told; it has no time zones. Cryptography is RustCrypto's: no C.

mod email;
mod encrypt;
mod error;
mod notice;
mod ntfy;
mod outcome;
mod push;
mod request;
mod text;
mod webhook;
mod words;

pub use email::{MailSettings, MailSettingsError, email};
pub use error::Error;
pub use notice::{Due, Language, Notice};
pub use outcome::{Channel, Outcome, Silence, refusal};
pub use push::{Randomness, Subscription, push};
pub use request::Request;
pub use webhook::webhook;

#[cfg(test)]
mod tests;
