//! A component that a Kafka trigger calls, as one function.
//!
//! ```
//! use kafka_guest::{Failure, Message, Reason};
//!
//! kafka_guest::handler!(handle);
//!
//! fn handle(batch: Vec<Message>) -> Result<(), Failure> {
//!     kafka_guest::each(&batch, |message| {
//!         let value = message.value.as_deref().ok_or_else(|| Reason::reject("the value is null"))?;
//!         println!("{} bytes at offset {}", value.len(), message.offset);
//!         Ok(())
//!     })
//! }
//! # fn main() {}
//! ```
//!
//! The crate of the component is a `cdylib`. It also compiles natively, where [`handler!`] only checks the function's
//! type: a handler's logic is tested like any other function's.
//!
//! This crate knows the interface (`wit/kafka.wit`) and nothing of what a record means.

mod failure;

#[doc(hidden)]
#[allow(missing_docs, reason = "generated")]
pub mod bindings {
    wit_bindgen::generate!({
        world: "consumer",
        path: "wit",
        pub_export_macro: true,
        additional_derives: [PartialEq],
    });
}

pub use bindings::spindle::kafka::types::{Failure, Message, Reason};
pub use failure::{each, together};

/// A record without a topic, key, value or headers, at its first attempt: for tests to fill in.
impl Default for Message {
    fn default() -> Self {
        Self {
            topic: String::new(),
            partition: 0,
            offset: 0,
            timestamp_ms: None,
            key: None,
            value: None,
            headers: Vec::new(),
            attempt: 1,
        }
    }
}

/// The trace that a record belongs to (W3C Trace Context), for a request that is sent on its behalf alone. None where all
/// records of the batch have the same: the host adds that to every request.
pub fn traceparent(message: &Message) -> Option<&str> {
    if std::env::var_os("TRACEPARENT").is_some() {
        return None;
    }
    let (_, value) = message.headers.iter().rev().find(|(name, _)| name == "traceparent")?;
    std::str::from_utf8(value.as_deref()?).ok()
}

/// Makes a function `fn(Vec<Message>) -> Result<(), Failure>` this component's handler.
///
/// The function gets records of one partition, in order. `Ok` says that all of them are done, and their offsets are
/// committed; a [`Failure`] names the first that is not. A record can arrive more than once, so its effect must be the
/// same when it does. A panic is a trap: no record of the batch counts as done.
#[macro_export]
macro_rules! handler {
    ($handle:path) => {
        const _: fn(
            ::std::vec::Vec<$crate::Message>,
        ) -> ::std::result::Result<(), $crate::Failure> = $handle;

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;

            impl $crate::bindings::exports::spindle::kafka::handler::Guest for Component {
                fn handle(
                    batch: ::std::vec::Vec<$crate::Message>,
                ) -> ::std::result::Result<(), $crate::Failure> {
                    $handle(batch)
                }
            }

            $crate::bindings::export! { Component with_types_in $crate::bindings }
        };
    };
}
