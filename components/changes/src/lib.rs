//! `/api/changes`: what changed since a place, as a page, as a page that waits, or as a stream.

use std::thread::sleep;
use std::time::{Duration, Instant};

use domain::{ChangeQuery, Changes, ChangesAfter, Scope};
use service::{Answer, Caller, ClientGone, Error, EventStream, Method, Request, Result};
use spin_sdk::http::{IncomingRequest, ResponseOutparam};
use spin_sdk::http_component;

/// How often Postgres is asked while nothing changes: a change is told within a second. No connection is held in between.
const PAUSE: Duration = Duration::from_millis(500);
/// How often a stream says that it is there, and looks whether its client may still listen.
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
        return stream(caller, request, wanted);
    }
    let mut changes = list(&caller, wanted.after, wanted.limit)?;
    if changes.items.is_empty() && wanted.wait > 0 {
        match limit(&caller, &request) {
            Ok(()) => changes = wait(&caller, changes, &wanted)?,
            // Answered as though it didn't wait.
            Err(Error::TooMany(_)) => {}
            Err(error) => return Err(error),
        }
    }
    service::json(&changes).map(Answer::Whole)
}

/// "Now" is when the client asked, and not when we look again.
fn wait(caller: &Caller, mut changes: Changes, wanted: &ChangeQuery) -> Result<Changes> {
    let deadline = Instant::now() + Duration::from_secs(wanted.wait.into());
    while changes.items.is_empty() && Instant::now() < deadline {
        sleep(PAUSE.min(deadline.saturating_duration_since(Instant::now())));
        changes = list(caller, ChangesAfter::Position(changes.next), wanted.limit)?;
    }
    Ok(changes)
}

/// Counts what takes an instance for a while: nobody is to have them all.
fn limit(caller: &Caller, request: &Request) -> Result<()> {
    service::limit_user(request, "stream_rate", caller)
}

/// Goes on after `Last-Event-ID`, or after the cursor, or with the next change.
fn stream(caller: Caller, request: Request, wanted: ChangeQuery) -> Result<Answer> {
    limit(&caller, &request)?;
    let last = request.header("last-event-id").and_then(|id| str::from_utf8(id).ok());
    let after = match (last.and_then(ChangesAfter::parse), wanted.after) {
        (Some(after), _) => after,
        (None, ChangesAfter::Beginning) => ChangesAfter::Now,
        (None, after) => after,
    };
    // Before the answer begins: what is wrong can still be told.
    let first = list(&caller, after, BATCH)?;
    Ok(Answer::Events(Box::new(move |events| {
        // A client that has gone was not told, and comes back for it.
        let _: std::result::Result<(), ClientGone> = send(caller, &request, first, &events);
    })))
}

/// Ends early where it can't go on: the client resumes a second later, and then hears what is wrong.
fn send(
    caller: Caller,
    request: &Request,
    first: Changes,
    events: &EventStream,
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
        }
        if Instant::now() >= end {
            return Ok(());
        }
        if changes.items.len() < BATCH as usize {
            sleep(PAUSE);
        }
        events.check()?;
        let mut may_listen = Ok(());
        if said.elapsed() >= HEARTBEAT {
            events.heartbeat()?;
            said = Instant::now();
            may_listen = look_again(caller, request);
        }
        let after = ChangesAfter::Position(changes.next);
        match may_listen.and_then(|()| list(&caller, after, BATCH)) {
            Ok(next) => changes = next,
            // Whoever logs out is not worth a warning.
            Err(Error::Unauthenticated | Error::InvalidToken(_)) => return Ok(()),
            Err(error) => {
                service::warn(&request.origin, "a stream could not go on", &error);
                return Ok(());
            }
        }
    }
}

/// That the client is still let in, as who it was and to do what it could.
fn look_again(caller: Caller, request: &Request) -> Result<()> {
    if service::identify(request)? == caller { Ok(()) } else { Err(Error::Unauthenticated) }
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
