//! Calling a component.

use std::sync::Arc;
use std::time::Duration;

use spin_host::{CallContext, CallError, CallState, Component};
use wasmtime::Store;

mod bindings {
    wasmtime::component::bindgen!({
        world: "consumer",
        path: "../kafka-guest/wit",
        exports: { default: async },
    });
}

pub(crate) use bindings::spindle::kafka::types::{Failure, Message, Reason};

/// The header of CloudEvents' extension of that name, by which a record joins the request that caused it.
const CORRELATION_HEADER: &str = "ce_correlationid";

/// A component's handler, ready to be called.
pub(crate) struct Handler {
    component: Arc<Component>,
    pre: bindings::ConsumerPre<CallState>,
    timeout: Duration,
}

/// Why a batch is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The handler says so.
    #[error("{}", describe(.0))]
    Failed(Failure),
    /// The handler didn't come to an end.
    #[error(transparent)]
    Broke(#[from] CallError),
}

impl Fault {
    /// Which record of the batch is the first that is not done, if the handler said it.
    pub(crate) fn index(&self) -> Option<usize> {
        match self {
            Self::Failed(failure) => usize::try_from(failure.index).ok(),
            Self::Broke(_) => None,
        }
    }
}

impl Handler {
    /// Fails if the component doesn't export the interface.
    pub(crate) fn new(component: Arc<Component>, timeout: Duration) -> wasmtime::Result<Self> {
        let pre = bindings::ConsumerPre::new(component.pre().clone())?;
        Ok(Self { component, pre, timeout })
    }

    /// Gives a batch to a fresh instance, for at most the trigger's time limit.
    pub(crate) async fn call(&self, batch: &Arc<Vec<Message>>) -> Result<(), Fault> {
        let context =
            CallContext { correlation_id: correlation_id(batch), deadline: Some(self.timeout) };
        let pre = self.pre.clone();
        let batch = Arc::clone(batch);
        let answer = self
            .component
            .call(context, move |store: &mut Store<CallState>| {
                Box::pin(async move {
                    let instance = pre.instantiate_async(&mut *store).await?;
                    instance.spindle_kafka_handler().call_handle(store, &batch).await
                })
            })
            .await?;
        answer.map_err(Fault::Failed)
    }
}

/// A batch of one record belongs to one request.
fn correlation_id(batch: &[Message]) -> Option<String> {
    let [message] = batch else { return None };
    let (_, value) = message.headers.iter().rev().find(|(name, _)| name == CORRELATION_HEADER)?;
    String::from_utf8(value.clone()?).ok()
}

fn describe(failure: &Failure) -> String {
    let (kind, why) = match &failure.reason {
        Reason::Unavailable(why) => ("unavailable", why),
        Reason::Retry(why) => ("retry", why),
        Reason::Reject(why) => ("reject", why),
    };
    format!("{kind}: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(correlation: Option<&[u8]>) -> Message {
        Message {
            topic: "t".into(),
            partition: 0,
            offset: 0,
            timestamp_ms: None,
            key: None,
            value: None,
            headers: vec![(CORRELATION_HEADER.into(), correlation.map(<[u8]>::to_vec))],
            attempt: 1,
        }
    }

    #[test]
    fn only_a_batch_of_one_record_has_its_correlation_id() {
        assert_eq!(correlation_id(&[message(Some(b"abc"))]), Some("abc".into()));
        assert_eq!(correlation_id(&[message(Some(b"abc")), message(Some(b"abc"))]), None);
        assert_eq!(correlation_id(&[message(None)]), None);
        assert_eq!(correlation_id(&[message(Some(b"\xff"))]), None);
    }
}
