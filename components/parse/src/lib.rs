//! `/api/parse`: what a line would become, to be looked at before it does.

use domain::{QuickAdd, Scope, Time};
use service::{Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    service::serve("parse", &[Method::Post], request, parse).await
}

/// POST /api/parse
///
/// Nothing is written, and nothing is read but what time it is for the user: whoever may read their tasks may ask.
async fn parse(mut request: Request) -> Result<Response> {
    let caller = service::identify(&request)?;
    let user = caller.may(Scope::TasksRead)?;
    service::limit_user(&request, "parse_rate", &caller)?;
    let line = QuickAdd::parse(request.json().await?, Time::now())?;
    let clock = store::users::clock_at(&user, line.timezone.as_deref(), line.now)?;
    let instants = |walls: &[_]| store::users::instants(&user, &clock.timezone, walls);
    service::json(&assistant::draft::tasks(&line, &clock, instants)?)
}
