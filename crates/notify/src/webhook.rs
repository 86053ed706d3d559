use serde_json::json;

use crate::request::{address, link};
use crate::{Error, Notice, Request, ntfy};

/// A POST to where somebody wants to be told: JSON to an `https://` or `http://` address, and to `ntfys://host/topic` or
/// `ntfy://host/topic` what ntfy publishes.
///
/// # Errors
/// If the address is none of them.
pub fn webhook(notice: &Notice, url: &str) -> Result<Request, Error> {
    let (scheme, rest) = url.split_once("://").ok_or(Error::Address)?;
    match scheme.to_ascii_lowercase().as_str() {
        "https" | "http" => json(notice, url),
        "ntfys" => ntfy::publish(notice, &format!("https://{rest}")),
        "ntfy" => ntfy::publish(notice, &format!("http://{rest}")),
        _ => Err(Error::Address),
    }
}

fn json(notice: &Notice, url: &str) -> Result<Request, Error> {
    address(url).ok_or(Error::Address)?;
    let due = notice.due.as_ref();
    let day_or_time = due.map(|due| match due.all_day {
        true => due.at.date().to_string(),
        false => due.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
    });
    let told = json!({
        "type": "reminder.due",
        "reminder_id": notice.reminder_id,
        "title": notice.title,
        "description": notice.description,
        // On the wall of this time zone.
        "due_date": day_or_time,
        "all_day": due.is_some_and(|due| due.all_day),
        "timezone": due.map(|due| &due.timezone),
        "url": link(notice.link.as_ref()),
        "language": notice.language.tag(),
        "late": notice.late,
        "repeated": notice.repeated,
    });
    let request = Request::new(url.to_owned(), "application/json", told.to_string().into_bytes());
    // By which Standard Webhooks' receivers tell one that comes twice.
    Ok(request.with("webhook-id", notice.delivery_id.to_string()))
}
