//! `/api/changes`: what changed since a place, as a page, as a page that waits, or as a stream.

use std::thread::sleep;
use std::time::{Duration, Instant};

use domain::{ChangeQuery, Changes, ChangesAfter, Scope};
use service::{Answer, Caller, ClientGone, Error, EventStream, Method, Request, Result};
use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;

/// How often Postgres is asked while nothing changes. No connection is held in between.
const PAUSE: Duration = Duration::from_secs(1);
/// How often a stream says something while nothing changes.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a stream lasts; its client resumes it. The manifest gives a call a little more.
const STREAM: Duration = Duration::from_secs(300);
/// How long a client may wait before it resumes.
const RETRY_MS: u32 = 1000;
/// How many changes are read at once for a stream.
const BATCH: u32 = 100;

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    service::serve_stream("changes", &[Method::Get], request, out, changes).await;
}

/// GET /api/changes?cursor=&limit=&wait=
async fn changes(request: Request) -> Result<Answer> {
    let caller = service::identify(&request)?;
    caller.may(Scope::TasksRead)?;
    let wanted = ChangeQuery::parse(request.query())?;
    if request.accepts("text/event-stream") {
        return stream(caller, &request, wanted);
    }
    let deadline = Instant::now() + Duration::from_secs(wanted.wait.into());
    // "Now" is when the client asked, and not when we look again.
    let mut after = wanted.after;
    loop {
        let changes = list(&caller, after, wanted.limit)?;
        if !changes.items.is_empty() || Instant::now() >= deadline {
            return service::json(&changes).map(Answer::Whole);
        }
        after = ChangesAfter::Position(changes.next);
        sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now())));
    }
}

/// Goes on after `Last-Event-ID`, or after the cursor, or with the next change.
fn stream(caller: Caller, request: &Request, wanted: ChangeQuery) -> Result<Answer> {
    let last = request.header("last-event-id").and_then(|id| str::from_utf8(id).ok());
    let after = match (last.and_then(ChangesAfter::parse), wanted.after) {
        (Some(after), _) => after,
        (None, ChangesAfter::Beginning) => ChangesAfter::Now,
        (None, after) => after,
    };
    // Before the answer begins: what is wrong can still be told.
    let first = list(&caller, after, BATCH)?;
    let origin = request.origin.clone();
    Ok(Answer::Events(Box::new(move |events| {
        let failed = |error: &Error| service::warn(&origin, "a stream could not go on", error);
        // A client that has gone was not told, and comes back for it.
        let _: std::result::Result<(), ClientGone> = send(&caller, first, &events, failed);
    })))
}

fn send(
    caller: &Caller,
    first: Changes,
    events: &EventStream,
    failed: impl Fn(&Error),
) -> std::result::Result<(), ClientGone> {
    let end = Instant::now() + STREAM;
    let mut said = Instant::now();
    let mut changes = first;
    events.retry_after(RETRY_MS)?;
    loop {
        for change in &changes.items {
            // Our own types with text for names, of which none can fail to be written.
            let data = serde_json::to_string(change).unwrap_or_default();
            events.send(&change.position.to_string(), &change.event_type, &data)?;
            said = Instant::now();
        }
        if Instant::now() >= end {
            return Ok(());
        }
        if changes.items.len() < BATCH as usize {
            sleep(PAUSE);
        }
        events.check()?;
        if said.elapsed() >= HEARTBEAT {
            events.heartbeat()?;
            said = Instant::now();
        }
        match list(caller, ChangesAfter::Position(changes.next), BATCH) {
            Ok(next) => changes = next,
            // The client resumes a second later, and then hears what is wrong.
            Err(error) => {
                failed(&error);
                return Ok(());
            }
        }
    }
}

fn list(caller: &Caller, after: ChangesAfter, limit: u32) -> Result<Changes> {
    // Of log-ins and tokens only those hear who may read the audit trail.
    let is_all = caller.scopes.contains(Scope::Audit);
    let changes = store::changes::list_by_user(&caller.user, after, limit, is_all)?;
    match after {
        ChangesAfter::Position(position) if changes.are_gone_after(position) => Err(Error::Gone(
            "changes after this cursor are not kept any more; list what there is, and go on with cursor=now",
        )),
        _ => Ok(changes),
    }
}
