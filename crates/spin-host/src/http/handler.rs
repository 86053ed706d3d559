//! One request: to its component and back.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderValue};
use http::uri::{Authority, PathAndQuery};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};

use super::body::{self, Unfinished};
use super::headers::{self, CORRELATION_ID, TRACEPARENT};
use super::problem::Problem;
use super::{Body, Site, Target};
use crate::call::{self, CallError, Progress};
use crate::component::Component;
use crate::telemetry::{Kind, Place, Span};

/// How long a component that has given its response may take to end, before the response begins without its length.
const LAST_STEPS: Duration = Duration::from_millis(2);

/// Components that are still at work after their response began.
#[derive(Clone)]
pub(super) struct Tails {
    pub tasks: TaskTracker,
    /// The server has waited long enough.
    pub stop: CancellationToken,
    /// The server is about to stop: what goes on for long, by its manifest, ends now. Clients of such a stream resume it.
    pub closing: CancellationToken,
}

/// A call under way. Dropped with its request, or on its own once the response has begun.
type Guest = Pin<Box<dyn Future<Output = Result<(), CallError>> + Send>>;
type Answer = Result<Response<Body>, ErrorCode>;

/// Answers a request: by a component, or with a problem.
pub(super) async fn handle(
    site: &Site,
    tails: &Tails,
    client: &HeaderValue,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let began = Instant::now();
    headers::strip(request.headers_mut());
    let (correlation_id, at) = headers::correlation_id(request.headers_mut());
    let method = request.method().clone();
    let mut span = Span::begin(Kind::Server, at, || method.to_string());
    if let Some(place) = span.place()
        && let Ok(place) = HeaderValue::from_str(&place.to_string())
    {
        request.headers_mut().insert(TRACEPARENT, place);
    }
    let mut target = None;
    let answer = answer(site, tails, client, request, &correlation_id, &mut target).await;
    let response = match answer {
        Ok(mut response) => {
            response.headers_mut().entry(CORRELATION_ID).or_insert(correlation_id.clone());
            response
        }
        Err(problem) => problem.response(&correlation_id),
    };
    let component = target.map_or("", |target| target.component.id());
    site.metrics.answered(component, response.status(), began.elapsed());
    if let Some(target) = target {
        span.rename(|| format!("{method} {}", target.headers.route()));
    }
    describe(&mut span, &method, component, response.status(), &correlation_id);
    response
}

/// By the names of OpenTelemetry's conventions for HTTP servers.
fn describe(
    span: &mut Span,
    method: &Method,
    component: &str,
    status: StatusCode,
    correlation_id: &HeaderValue,
) {
    span.set("http.request.method", || method.as_str().to_owned());
    span.set("http.response.status_code", || i64::from(status.as_u16()));
    span.set("spin.component", || component.to_owned());
    span.set("correlation_id", || correlation_id.to_str().unwrap_or_default().to_owned());
    if status.is_server_error() {
        span.failed("");
    }
}

async fn answer<'site>(
    site: &'site Site,
    tails: &Tails,
    client: &HeaderValue,
    mut request: Request<Incoming>,
    correlation_id: &HeaderValue,
    target: &mut Option<&'site Target>,
) -> Result<Response<Body>, Problem> {
    check_host(&request)?;
    if let Some(gate) = &site.gate {
        gate.pass(request.headers_mut()).map_err(Problem::Forbidden)?;
    }
    if let Some(name) = request.uri().path().strip_prefix("/.well-known/spin/") {
        return well_known(site, name);
    }
    // The URI is kept, cheaply, for what is borrowed from it while headers are added.
    let uri = request.uri().clone();
    let found = site.router.find(uri.path()).ok_or(Problem::NotFound)?;
    *target = Some(found.target);
    let path = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    found.target.headers.add(request.headers_mut(), path, &found.captures, found.trailing, client);

    let limits = &found.target.component.shared.runtime.limits;
    let (parts, body) = request.into_parts();
    let gathered = body::gather(body, limits.request_body, limits.deadline, &site.room).await?;
    let request = Request::from_parts(parts, gathered.bytes);
    let deadline = Instant::now() + found.target.component.shared.deadline;
    let slot = found.target.component.shared.slot().await.map_err(|_| Problem::Overloaded)?;
    drop(gathered.room);
    let is_head = request.method() == Method::HEAD;
    let progress = Arc::<Progress>::default();
    let (sender, mut receiver) = oneshot::channel();
    let wrote = Wrote(if request.method().is_safe() { None } else { site.on_write.clone() });
    let call = Call {
        component: found.target.component.clone(),
        progress: progress.clone(),
        deadline,
        _slot: slot,
        _wrote: wrote,
    };
    let mut guest: Guest = Box::pin(call.run(request, correlation_id.clone(), sender));

    // The guest runs here, in the connection's own task. It sets its response at some point of its run, and usually ends
    // soon after; only if it waits for something then, it goes on beside.
    let ended = poll_fn(|context| {
        let ended = guest.as_mut().poll(context);
        match ended {
            Poll::Ready(ended) => Poll::Ready((Some(ended), receiver.try_recv().ok())),
            Poll::Pending => match receiver.try_recv() {
                Ok(answer) => Poll::Ready((None, Some(answer))),
                Err(_) => Poll::Pending,
            },
        }
    });
    let (mut ended, answer) = ended.await;
    if ended.is_none() {
        // It may only have been interrupted on its last steps. Once it has ended, the length of its answer is known.
        ended = tokio::time::timeout(LAST_STEPS, guest.as_mut()).await.ok();
    }
    if let Some(Err(error)) = ended {
        return Err(match error {
            CallError::Overloaded => Problem::Overloaded,
            CallError::Deadline(_) | CallError::Compute(_) => Problem::TimedOut,
            CallError::Trap(_) => Problem::Failed,
        });
    }
    let failed = |reason: &str| {
        let component = found.target.component.id();
        tracing::error!(
            component,
            correlation_id = correlation_id.to_str().unwrap_or_default(),
            reason,
            "the component gave no response"
        );
        Problem::Failed
    };
    let response = answer
        .ok_or_else(|| failed("it ended before"))?
        .map_err(|code| failed(&format!("{code:?}")))?;
    let (parts, body) = response.into_parts();
    let declared = parts.headers.get(CONTENT_LENGTH);
    let body = if ended.is_none() {
        let goes_on = found.target.component.shared.deadline > limits.deadline;
        let stop = if goes_on { tails.closing.clone() } else { tails.stop.clone() };
        tails.tasks.spawn(async move { stop.run_until_cancelled(guest).await });
        Unfinished { body, progress }.boxed_unsync()
    } else if declared.is_some() && (is_head || parts.status == StatusCode::NOT_MODIFIED) {
        // The length is that of a body which is not sent.
        body::empty()
    } else {
        body::finished(body, declared).map_err(|error| failed(&error.to_string()))?
    };
    Ok(Response::from_parts(parts, body))
}

/// Everything that a call needs for as long as it runs.
struct Call {
    component: Arc<Component>,
    progress: Arc<Progress>,
    deadline: Instant,
    _slot: OwnedSemaphorePermit,
    _wrote: Wrote,
}

impl Call {
    async fn run(
        self,
        request: Request<Bytes>,
        correlation_id: HeaderValue,
        sender: oneshot::Sender<Answer>,
    ) -> Result<(), CallError> {
        let shared = &self.component.shared;
        let limits = &shared.runtime.limits;
        let text = |value: &HeaderValue| value.to_str().ok().map(Arc::from);
        let traceparent = request.headers().get(TRACEPARENT).and_then(text);
        let traceparent = traceparent.filter(|said: &Arc<str>| Place::parse(said).is_some());
        let mut store = call::new_store(
            shared,
            text(&correlation_id),
            traceparent,
            Arc::default(),
            self.progress.clone(),
        );
        let guest = async {
            let mut view = store.data_mut().http();
            let request = view.new_incoming_request(Scheme::Http, request.map(body::of))?;
            let response = view.new_response_outparam(sender)?;
            let pre = self
                .component
                .http
                .as_ref()
                .ok_or_else(|| wasmtime::format_err!("no HTTP component"))?;
            let proxy = pre.instantiate_async(&mut store).await?;
            proxy.wasi_http_incoming_handler().call_handle(&mut store, request, response).await
        };
        let result =
            call::run(&self.progress, shared.deadline, self.deadline, limits.compute, guest).await;
        if result.is_err() {
            // Before the store goes, and with it the sender of the body.
            self.progress.failed.store(true, Ordering::Release);
        }
        store.data_mut().end(&result);
        result
    }
}

/// Tells that something may have been written: when the call is over, however it ended.
struct Wrote(Option<Arc<dyn Fn() + Send + Sync>>);

impl Drop for Wrote {
    fn drop(&mut self) {
        if let Some(on_write) = &self.0 {
            on_write();
        }
    }
}

/// A request must say which host it is for, once: in its `Host`, or the same in its request line.
fn check_host(request: &Request<Incoming>) -> Result<(), Problem> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => {
            Some(Authority::try_from(host.as_bytes()).map_err(|_| Problem::BadHost)?)
        }
        (None, _) => None,
        (Some(_), Some(_)) => return Err(Problem::BadHost),
    };
    match (host, request.uri().authority()) {
        (Some(host), Some(authority)) if host != *authority => Err(Problem::BadHost),
        (None, None) => Err(Problem::BadHost),
        _ => Ok(()),
    }
}

fn well_known(site: &Site, name: &str) -> Result<Response<Body>, Problem> {
    match name {
        "health" => Ok(Response::new(body::full(Bytes::from_static(b"OK")))),
        "info" => {
            let mut response = Response::new(body::full(site.info.clone()));
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Ok(response)
        }
        _ => Err(Problem::NotFound),
    }
}
