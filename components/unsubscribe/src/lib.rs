//! `/unsubscribe`: where the links in reminders' mails lead, for people who are not logged in.

use service::{Error, Method, Request, Response, Result};
use spin_sdk::http::IncomingRequest;
use spin_sdk::http_component;
use uuid::Uuid;

#[http_component]
async fn handle(request: IncomingRequest) -> Response {
    let methods = [Method::Get, Method::Post];
    service::serve("unsubscribe", &methods, request, async |request| match request.method {
        Method::Post => unsubscribe(&request),
        _ => ask(&request),
    })
    .await
}

/// GET /unsubscribe?token=
///
/// It changes nothing: programs that look through mail follow every link.
fn ask(request: &Request) -> Result<Response> {
    token(request)?;
    // To the same address, with its token.
    Ok(page(
        "Reminders by mail",
        "<form method=\"post\"><button>Send me no more reminders by mail</button></form>\
         <p dir=\"rtl\" lang=\"ur\">بٹن دبانے کے بعد ای میل سے یاد دہانیاں نہیں آئیں گی۔</p>",
    ))
}

/// POST /unsubscribe?token=, as the button does, and mail programs in one click (RFC 8058).
fn unsubscribe(request: &Request) -> Result<Response> {
    if !store::users::unsubscribe(&request.origin, token(request)?)? {
        return Err(NOT_FOUND);
    }
    Ok(page(
        "No more reminders by mail",
        "<p>No more reminders come by mail. In your account you can turn them on again.</p>\
         <p dir=\"rtl\" lang=\"ur\">اب ای میل سے یاد دہانیاں نہیں آئیں گی۔ آپ انہیں اپنے اکاؤنٹ میں دوبارہ چالو کر سکتے ہیں۔</p>",
    ))
}

fn token(request: &Request) -> Result<Uuid> {
    let given = request.query().find(|(name, _)| name == "token");
    given.and_then(|(_, value)| value.parse().ok()).ok_or(NOT_FOUND)
}

const NOT_FOUND: Error = Error::NotFound("Subscription");

fn page(title: &str, body: &str) -> Response {
    let head = "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">";
    let html = format!(
        "<!doctype html><html lang=\"en\"><head>{head}<title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    );
    let mut response = Response::new(200, html);
    response.set_header("content-type", "text/html; charset=utf-8");
    response.set_header("content-security-policy", "default-src 'none'; form-action 'self'");
    // The address lets whoever has it do this.
    response.set_header("referrer-policy", "no-referrer");
    response
}
