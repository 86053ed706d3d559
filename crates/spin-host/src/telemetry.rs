//! Traces: spans, exported by OTLP over HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says; without it, there are none.
//!
//! A correlation id names its trace, so that all that one request causes is found by it, also what happens days later in
//! another process that was told nothing but the id: a UUID's bytes are the trace's id, its last eight the id of the span
//! that began it. Whether a trace is sampled follows from its id alone, so that all processes agree.

use std::cell::Cell;
use std::fmt;
use std::sync::OnceLock;

use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingDecision, SdkTracer, SdkTracerProvider,
    ShouldSample,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

pub use opentelemetry::trace::SpanKind as Kind;

static TRACES: OnceLock<Traces> = OnceLock::new();

struct Traces {
    tracer: SdkTracer,
    sampler: Sampler,
}

/// Why there can't be traces.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The exporter can't be made.
    #[error("can't export traces")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// `OTEL_TRACES_SAMPLER_ARG` is no share.
    #[error("OTEL_TRACES_SAMPLER_ARG is {0}, and not a share from 0 to 1")]
    Ratio(String),
    /// `OTEL_TRACES_SAMPLER` is none that we know.
    #[error("OTEL_TRACES_SAMPLER is {0}; it can be always_on, always_off or traceidratio")]
    Sampler(String),
}

/// Sends what is left when it is dropped, at the end of the process.
pub struct Exporting(SdkTracerProvider);

impl Drop for Exporting {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last spans were not exported");
        }
    }
}

/// Begins to export, if the environment says where to. `service` is the name of this process among others, unless
/// `OTEL_SERVICE_NAME` gives it another.
pub fn init(service: &'static str) -> Result<Option<Exporting>, TelemetryError> {
    let said = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let endpoint =
        said("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or(said("OTEL_EXPORTER_OTLP_ENDPOINT"));
    if endpoint.is_none() || said("OTEL_SDK_DISABLED").is_some_and(|value| value == "true") {
        return Ok(None);
    }
    let sampler = sampler(said("OTEL_TRACES_SAMPLER"), said("OTEL_TRACES_SAMPLER_ARG"))?;
    let resource = Resource::builder();
    let resource = match said("OTEL_SERVICE_NAME") {
        Some(_) => resource,
        None => resource.with_service_name(service),
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(SpanExporter::builder().with_http().build()?)
        .with_sampler(sampler.clone())
        .with_id_generator(Ids::default())
        .with_resource(resource.build())
        .build();
    let scope = InstrumentationScope::builder("spindle").with_version(env!("CARGO_PKG_VERSION"));
    let tracer = provider.tracer_with_scope(scope.build());
    let _made_before = TRACES.set(Traces { tracer, sampler });
    Ok(Some(Exporting(provider)))
}

/// By the trace's id, with or without `parentbased_` before it: what a client thinks of its trace doesn't reach the other
/// processes.
fn sampler(name: Option<String>, argument: Option<String>) -> Result<Sampler, TelemetryError> {
    let name = name.unwrap_or_else(|| "always_on".to_owned());
    match name.trim_start_matches("parentbased_") {
        "always_on" => Ok(Sampler::AlwaysOn),
        "always_off" => Ok(Sampler::AlwaysOff),
        "traceidratio" => {
            let argument = argument.unwrap_or_else(|| "1".to_owned());
            match argument.parse() {
                Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(Sampler::TraceIdRatioBased(ratio)),
                _ => Err(TelemetryError::Ratio(argument)),
            }
        }
        _ => Err(TelemetryError::Sampler(name)),
    }
}

/// Whether there are traces at all.
pub fn is_on() -> bool {
    TRACES.get().is_some()
}

/// A place in a trace: what spans can be under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    trace: TraceId,
    span: SpanId,
    sampled: bool,
}

impl Place {
    /// Where everything begins that has this correlation id.
    pub fn of_correlation(id: &str) -> Self {
        let mut trace = [0; 16];
        let mut span = [0; 8];
        match Uuid::try_parse(id) {
            Ok(uuid) if uuid.as_bytes()[8..] != [0; 8] => {
                trace.copy_from_slice(uuid.as_bytes());
                span.copy_from_slice(&trace[8..]);
            }
            _ => {
                let hash = Sha256::digest(id);
                trace.copy_from_slice(&hash[..16]);
                span.copy_from_slice(&hash[16..24]);
            }
        }
        let trace = TraceId::from_bytes(trace);
        Self { trace, span: SpanId::from_bytes(span), sampled: is_sampled(trace) }
    }

    /// As a header has it (W3C Trace Context 3.2): a version, a trace, a parent and flags in lower-case hexadecimal.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let parts: Vec<&str> = traceparent.split('-').collect();
        let [version, trace, span, flags] = parts.as_slice() else { return None };
        let is_hexadecimal =
            |part: &&str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let lengths = (version.len(), trace.len(), span.len(), flags.len());
        if lengths != (2, 32, 16, 2) || *version == "ff" || !parts.iter().all(is_hexadecimal) {
            return None;
        }
        let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
        let flags = u8::from_str_radix(flags, 16).ok()?;
        (trace != TraceId::INVALID && span != SpanId::INVALID).then_some(Self {
            trace,
            span,
            sampled: flags & 1 == 1,
        })
    }

    /// The trace's id in the form of a correlation id.
    pub fn correlation_id(&self) -> String {
        Uuid::from_bytes(self.trace.to_bytes()).to_string()
    }

    fn context(self) -> SpanContext {
        let flags = TraceFlags::default().with_sampled(self.sampled);
        SpanContext::new(self.trace, self.span, flags, true, TraceState::NONE)
    }
}

/// As [`Place::parse`] reads it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// Where a span stands.
#[derive(Debug, Clone, Copy)]
pub enum At {
    /// It is that place.
    Beginning(Place),
    /// Below it.
    Under(Place),
}

/// Something that takes time. It ends when it is dropped; none where there are no traces, or not of this.
#[derive(Default)]
pub struct Span(Option<opentelemetry_sdk::trace::Span>);

impl Span {
    /// Begins one. `name` is asked for only if there are traces.
    pub fn begin(kind: SpanKind, at: At, name: impl FnOnce() -> String) -> Self {
        let Some(Traces { tracer, .. }) = TRACES.get() else { return Self(None) };
        let (place, parent) = match at {
            At::Beginning(place) => (Some((place.trace, place.span)), Context::new()),
            At::Under(place) => (None, Context::new().with_remote_span_context(place.context())),
        };
        NEXT.set(place);
        let builder = tracer.span_builder(name()).with_kind(kind);
        let span = tracer.build_with_context(builder, &parent);
        NEXT.set(None);
        Self(Some(span).filter(opentelemetry::trace::Span::is_recording))
    }

    /// Says something of it, by one of OpenTelemetry's names (semantic conventions) where there is one. The value is asked
    /// for only if there is a span.
    pub fn set<V: Into<opentelemetry::Value>>(
        &mut self,
        name: &'static str,
        value: impl FnOnce() -> V,
    ) {
        if let Some(span) = &mut self.0 {
            span.set_attribute(KeyValue::new(name, value()));
        }
    }

    /// Another name, once more is known.
    pub fn rename(&mut self, name: impl FnOnce() -> String) {
        if let Some(span) = &mut self.0 {
            span.update_name(name());
        }
    }

    /// It went wrong.
    pub fn failed(&mut self, why: impl Into<std::borrow::Cow<'static, str>>) {
        if let Some(span) = &mut self.0 {
            span.set_status(Status::error(why));
        }
    }

    /// Where it is.
    pub fn place(&self) -> Option<Place> {
        let context = self.0.as_ref()?.span_context();
        let (trace, span) = (context.trace_id(), context.span_id());
        Some(Place { trace, span, sampled: context.is_sampled() })
    }
}

/// Whether a trace is exported from here.
fn is_sampled(trace: TraceId) -> bool {
    TRACES.get().is_some_and(|Traces { sampler, .. }| {
        let result = sampler.should_sample(None, trace, "", &SpanKind::Internal, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    })
}

thread_local! {
    /// The ids of the next span that this thread begins, where they are given.
    static NEXT: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Gives the ids that were chosen, else random ones.
#[derive(Debug, Default)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        NEXT.get().map_or_else(|| self.0.new_trace_id(), |(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        NEXT.get().map_or_else(|| self.0.new_span_id(), |(_, span)| span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_id_names_its_trace() {
        let place = Place::of_correlation("019ac0de-0000-7000-8000-00000000abcd");
        assert_eq!(place.to_string(), "00-019ac0de00007000800000000000abcd-800000000000abcd-00");
        assert_eq!(place.correlation_id(), "019ac0de-0000-7000-8000-00000000abcd");
        // Whatever else somebody calls it.
        for id in ["click-1", "", "00000000-0000-0000-0000-000000000000"] {
            let place = Place::of_correlation(id);
            assert_eq!(Place::parse(&place.to_string()), Some(place), "{id}");
            assert_eq!(Place::of_correlation(id), place);
        }
        assert_ne!(Place::of_correlation("click-1"), Place::of_correlation("click-2"));
    }

    #[test]
    fn a_traceparent_is_read_as_the_standard_says() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(Place::parse(text).map(|place| place.to_string()).as_deref(), Some(text));
        for wrong in [
            "",
            "nonsense",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        ] {
            assert_eq!(Place::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sampler_is_known_or_refused() {
        let check = |name: Option<&str>, argument: Option<&str>| {
            sampler(name.map(str::to_owned), argument.map(str::to_owned))
                .map(|sampler| format!("{sampler:?}"))
                .map_err(|error| error.to_string())
        };
        assert_eq!(check(None, None).unwrap(), "AlwaysOn");
        assert_eq!(check(Some("parentbased_always_off"), None).unwrap(), "AlwaysOff");
        assert_eq!(check(Some("traceidratio"), Some("0.25")).unwrap(), "TraceIdRatioBased(0.25)");
        assert!(check(Some("traceidratio"), Some("2")).is_err());
        assert!(check(Some("jaeger_remote"), None).unwrap_err().contains("jaeger_remote"));
    }
}
