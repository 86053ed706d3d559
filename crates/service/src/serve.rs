use spin_sdk::http::{
    Fields, IncomingRequest, Method, OutgoingResponse, Response, ResponseOutparam,
};

use crate::event_stream::EventStream;
use crate::log::{self, Answered};
use crate::problem::Problem;
use crate::{Error, Request, Result, correlation_id, limits};

/// What a handler gives where it may go on with its answer.
pub enum Answer {
    /// All of it.
    Whole(Response),
    /// Its beginning: what sends the events, once the client has the head of the response.
    Events(Box<dyn FnOnce(EventStream)>),
}

/// Answers a request: by `handler` if its method is one of `methods` and its body not announced too
/// large, by a problem document if anything goes wrong.
///
/// HEAD goes where GET goes; OPTIONS tells what is allowed. `service` is the component's name in
/// logs and events.
pub async fn serve(
    service: &'static str,
    methods: &[Method],
    incoming: IncomingRequest,
    handler: impl AsyncFnOnce(Request) -> Result<Response>,
) -> Response {
    let request = Request::incoming(service, incoming);
    let (origin, method) = (request.origin.clone(), request.method.to_string());
    let path = request.path().to_owned();
    let (response, error) = answer(methods, limits::bytes("body_limit"), request, handler).await;
    let answered = Answered { method: &method, path: &path, status: *response.status() };
    log::answered(&origin, answered, error.as_ref());
    response
}

/// As [`serve`], for a component that streams events.
pub async fn serve_stream(
    service: &'static str,
    methods: &[Method],
    incoming: IncomingRequest,
    out: ResponseOutparam,
    handler: impl AsyncFnOnce(Request) -> Result<Answer>,
) {
    let mut events = None;
    let begin = async |request: Request| match handler(request).await? {
        Answer::Whole(response) => Ok(response),
        Answer::Events(send) => {
            events = Some(send);
            let mut response = Response::new(200, ());
            response.set_header("content-type", "text/event-stream");
            // nginx, and ingresses made of it, would keep events until they fill a buffer.
            response.set_header("x-accel-buffering", "no");
            Ok(response)
        }
    };
    let is_head = incoming.method() == Method::Head;
    let response = serve(service, methods, incoming, begin).await;
    let headers =
        response.headers().filter(|(name, _)| events.is_none() || *name != "content-length");
    let headers: Vec<_> =
        headers.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect();
    // Our own headers, of which none is refused.
    let headers = Fields::from_list(&headers).unwrap_or_else(|_| Fields::new());
    let outgoing = OutgoingResponse::new(headers);
    let _ = outgoing.set_status_code(*response.status());
    match events.filter(|_| !is_head) {
        None => {
            // A client that has gone needs no answer.
            let _ = out.set_with_body(outgoing, response.into_body()).await;
        }
        Some(send) => {
            let Ok(body) = outgoing.body() else { return };
            let stream = EventStream::of(body);
            out.set(outgoing);
            send(stream);
        }
    }
}

async fn answer(
    methods: &[Method],
    most_bytes: Result<usize>,
    mut request: Request,
    handler: impl AsyncFnOnce(Request) -> Result<Response>,
) -> (Response, Option<Error>) {
    let correlation_id = request.origin.correlation_id.clone();
    let is_head = request.method == Method::Head;
    if is_head {
        request.method = Method::Get;
    }
    let limited = most_bytes.and_then(|most_bytes| request.limit_body(most_bytes));
    let result = if let Err(error) = limited {
        Err(error)
    } else if methods.contains(&request.method) {
        handler(request).await
    } else if request.method == Method::Options {
        Ok(Response::builder().status(204).header("allow", allowed(methods)).build())
    } else {
        Err(Error::MethodNotAllowed(allowed(methods)))
    };
    let (mut response, error) = match result {
        Ok(response) => (response, None),
        Err(error) => (Problem::from(&error).into_response(&correlation_id), Some(error)),
    };
    response.set_header(correlation_id::HEADER, correlation_id);
    if response.header("cache-control").is_none() {
        response.set_header("cache-control", "no-store");
    }
    if is_head {
        response.body_mut().clear();
    } else if ![204, 304].contains(response.status()) {
        let length = response.body().len();
        response.set_header("content-length", length.to_string());
    }
    (response, error)
}

/// The methods of a resource, for `Allow`.
fn allowed(methods: &[Method]) -> String {
    let mut names: Vec<String> = methods.iter().map(ToString::to_string).collect();
    if methods.contains(&Method::Get) {
        names.push("HEAD".to_owned());
    }
    names.push("OPTIONS".to_owned());
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::request;

    const METHODS: [Method; 2] = [Method::Get, Method::Post];

    fn ask(
        line: &str,
        headers: &[(&str, &str)],
        handler: impl AsyncFnOnce(Request) -> Result<Response>,
    ) -> Response {
        let request = request(line, headers, "");
        spin_sdk::http::run(async { answer(&METHODS, Ok(1000), request, handler).await.0 })
    }

    async fn hello(_: Request) -> Result<Response> {
        crate::json(&"hello")
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response.header(name).and_then(|value| value.as_str())
    }

    #[test]
    fn an_answer_carries_the_correlation_id_and_is_not_cached() {
        let response = ask("GET /", &[("X-Correlation-ID", "c1")], hello);
        assert_eq!((*response.status(), response.body()), (200, &b"\"hello\""[..]));
        assert_eq!(header(&response, "x-correlation-id"), Some("c1"));
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
        assert_eq!(header(&response, "content-type"), Some("application/json"));
        assert_eq!(header(&response, "content-length"), Some("7"));
    }

    #[test]
    fn a_problem_carries_the_id_that_was_made_for_its_request() {
        let response = ask("GET /", &[], async |_| Err(Error::NotFound("Task")));
        let problem: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(*response.status(), 404);
        assert_eq!(problem["correlation_id"].as_str(), header(&response, "x-correlation-id"));
        assert_eq!(problem["detail"], "Task not found");
    }

    #[test]
    fn a_method_that_the_resource_does_not_have_is_refused_with_those_that_it_has() {
        let response = ask("PUT /", &[], hello);
        assert_eq!(*response.status(), 405);
        assert_eq!(header(&response, "allow"), Some("GET, POST, HEAD, OPTIONS"));
    }

    #[test]
    fn a_body_that_is_announced_too_large_is_refused_whatever_the_method() {
        for line in ["GET /", "HEAD /", "POST /", "PUT /", "OPTIONS /"] {
            let response =
                ask(line, &[("content-length", "1001")], async |_| panic!("{line} is handled"));
            assert_eq!(*response.status(), 413, "{line}");
        }
        let response = ask("POST /", &[("content-length", "1000")], hello);
        assert_eq!(*response.status(), 200);
    }

    #[test]
    fn options_tells_what_is_allowed() {
        let response = ask("OPTIONS /", &[], hello);
        assert_eq!((*response.status(), response.body().len()), (204, 0));
        assert_eq!(header(&response, "allow"), Some("GET, POST, HEAD, OPTIONS"));
        assert_eq!(header(&response, "content-length"), None);
    }

    #[test]
    fn head_is_answered_like_get_without_a_body() {
        let response = ask("HEAD /", &[], async |request| {
            assert_eq!(request.method, Method::Get);
            hello(request).await
        });
        assert_eq!((*response.status(), response.body().len()), (200, 0));
        assert_eq!(header(&response, "content-type"), Some("application/json"));
    }
}
