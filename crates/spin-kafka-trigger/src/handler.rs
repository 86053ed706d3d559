//! Calling a component.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use spin_host::telemetry::{self, At, Kind as SpanKind, Place, Span};
use spin_host::{BlockedNetworks, CallContext, CallError, CallState, Component};
use wasmtime::Store;

use crate::settings::Settings;

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

/// The header by which a record joins a trace.
const TRACE_HEADER: &str = "traceparent";

/// A component's handler, ready to be called.
pub(crate) struct Handler {
    component: Arc<Component>,
    pre: bindings::ConsumerPre<CallState>,
    group: String,
    timeout: Duration,
    blocked_networks: Arc<BlockedNetworks>,
}

/// Why a batch is not done.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The handler says so.
    Failed(Failure),
    /// The handler didn't come to an end.
    Broke(CallError),
}

/// What a failure means for the record, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// What the handler needs is away.
    Unavailable,
    /// The handler asks for another attempt.
    Retry,
    /// The handler won't have the record.
    Reject,
    /// The handler panicked, or was refused memory, or did what it may not.
    Trap,
    /// The handler took too long.
    Timeout,
}

impl Kind {
    /// As headers and metrics have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Retry => "retry",
            Self::Reject => "reject",
            Self::Trap => "trap",
            Self::Timeout => "timeout",
        }
    }
}

impl Fault {
    /// Which record of the batch is the first that is not done, if the handler said it.
    pub(crate) fn index(&self) -> Option<usize> {
        match self {
            Self::Failed(failure) => usize::try_from(failure.index).ok(),
            Self::Broke(_) => None,
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Failed(failure) => match failure.reason {
                Reason::Unavailable(_) => Kind::Unavailable,
                Reason::Retry(_) => Kind::Retry,
                Reason::Reject(_) => Kind::Reject,
            },
            // The handler was never called.
            Self::Broke(CallError::Overloaded) => Kind::Unavailable,
            Self::Broke(CallError::Deadline(_) | CallError::Compute(_)) => Kind::Timeout,
            Self::Broke(CallError::Trap(_)) => Kind::Trap,
        }
    }

    /// For people, without the kind.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Failed(failure) => match &failure.reason {
                Reason::Unavailable(why) | Reason::Retry(why) | Reason::Reject(why) => why.clone(),
            },
            Self::Broke(CallError::Trap(cause)) => cause.root_cause().to_string(),
            Self::Broke(error) => error.to_string(),
        }
    }
}

impl Handler {
    /// Fails if the component doesn't export the interface.
    pub(crate) fn new(component: Arc<Component>, settings: &Settings) -> wasmtime::Result<Self> {
        let pre = bindings::ConsumerPre::new(component.pre().clone())?;
        let blocked_networks = Arc::new(settings.blocked_networks.clone());
        let group = settings.group.clone();
        Ok(Self { component, pre, group, timeout: settings.timeout, blocked_networks })
    }

    /// Gives a batch to a fresh instance, for at most the trigger's time limit.
    pub(crate) async fn call(&self, batch: &Arc<Vec<Message>>) -> Result<(), Fault> {
        let mut spans = self.spans(batch);
        let trace = match spans.as_slice() {
            [span] => span.place().map(|place| place.to_string()),
            _ => None,
        };
        let context = CallContext {
            correlation_id: correlation_id(batch),
            traceparent: trace.or_else(|| traceparent(batch)),
            deadline: Some(self.timeout),
            blocked_networks: self.blocked_networks.clone(),
        };
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
            .await;
        let outcome = answer.map_err(Fault::Broke).and_then(|done| done.map_err(Fault::Failed));
        if let Err(fault) = &outcome {
            spans.iter_mut().for_each(|span| span.failed(fault.kind().as_str()));
        }
        outcome
    }

    /// One for each trace that records of the batch belong to, for as long as the batch takes.
    fn spans(&self, batch: &[Message]) -> Vec<Span> {
        if !telemetry::is_on() {
            return Vec::new();
        }
        let places: HashSet<Place> = batch.iter().filter_map(place).collect();
        let topic = batch.first().map_or("", |message| message.topic.as_str());
        let begin = |place| {
            let mut span =
                Span::begin(SpanKind::Consumer, At::Under(place), || format!("process {topic}"));
            span.set("messaging.system", || "kafka");
            span.set("messaging.destination.name", || topic.to_owned());
            span.set("messaging.consumer.group.name", || self.group.clone());
            span.set("spin.component", || self.component.id().to_owned());
            span
        };
        places.into_iter().map(begin).collect()
    }
}

/// A batch of one record belongs to one request.
fn correlation_id(batch: &[Message]) -> Option<String> {
    let [message] = batch else { return None };
    header(message, CORRELATION_HEADER).map(str::to_owned)
}

/// The trace of a batch, if all of its records belong to the same. Each record has its own among its headers.
fn traceparent(batch: &[Message]) -> Option<String> {
    let trace = place(batch.first()?)?;
    batch.iter().all(|message| place(message) == Some(trace)).then(|| trace.to_string())
}

/// Where a record stands in which trace.
fn place(message: &Message) -> Option<Place> {
    Place::parse(header(message, TRACE_HEADER)?)
}

/// The last header of that name, if it is a text.
fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let (_, value) = message.headers.iter().rev().find(|(other, _)| other == name)?;
    std::str::from_utf8(value.as_deref()?).ok()
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

    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_batch_has_the_trace_that_all_its_records_have() {
        let traced = |trace: &str| Message {
            headers: vec![(TRACE_HEADER.into(), Some(trace.into()))],
            ..message(None)
        };
        let other = TRACE.replace("4736", "4737");
        assert_eq!(traceparent(&[traced(TRACE), traced(TRACE)]).as_deref(), Some(TRACE));
        assert_eq!(traceparent(&[traced(TRACE), traced(&other)]), None);
        assert_eq!(traceparent(&[traced(TRACE), message(None)]), None);
        assert_eq!(traceparent(&[]), None);
        for wrong in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473\n-00f067aa0ba902b7-01",
        ] {
            assert_eq!(traceparent(&[traced(wrong)]), None, "{wrong:?}");
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
