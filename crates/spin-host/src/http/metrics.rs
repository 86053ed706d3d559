//! What is counted of requests, for Prometheus.

use std::time::Duration;

use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The metrics of all routes.
pub(super) struct Metrics {
    requests: Family<Answered, Counter>,
    seconds: Family<Whose, Histogram, fn() -> Histogram>,
}

/// `component` is empty where no route leads to one.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Answered {
    component: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Whose {
    component: String,
}

impl Metrics {
    /// Registers them, each with `spin_http_` before its name.
    pub fn new(registry: &mut Registry) -> Self {
        // Half a millisecond to 16 seconds.
        let seconds: fn() -> Histogram = || Histogram::new(exponential_buckets(0.0005, 2.0, 16));
        let metrics =
            Self { requests: Family::default(), seconds: Family::new_with_constructor(seconds) };
        let registry = registry.sub_registry_with_prefix("spin_http");
        registry.register("requests", "Requests that were answered", metrics.requests.clone());
        registry.register(
            "request_seconds",
            "How long it took until an answer began",
            metrics.seconds.clone(),
        );
        metrics
    }

    /// A request was answered, so long after it came.
    pub fn answered(&self, component: &str, status: StatusCode, took: Duration) {
        let labels = Answered { component: component.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&labels).inc();
        let whose = Whose { component: component.to_owned() };
        self.seconds.get_or_create(&whose).observe(took.as_secs_f64());
    }
}
