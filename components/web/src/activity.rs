//! Who changed what: the audit trail.

use std::borrow::Cow;

use domain::{AuditEntry, AuditQuery, User};
use maud::{Markup, html};
use serde_json::Value;
use service::{Request, Response, Result};

use crate::page::page;
use crate::site::Site;
use crate::when;

/// GET /activity?correlation_id=&cursor=
pub fn show(site: &Site, request: &Request) -> Result<Response> {
    let words = site.words;
    let wanted = |name: &&str| matches!(*name, "correlation_id" | "cursor");
    let given: Vec<(Cow<'_, str>, Cow<'_, str>)> =
        request.query().filter(|(name, _)| wanted(&&**name)).collect();
    let query = AuditQuery::parse(given)?;
    let found = store::audit_logs::list_by_user(&site.user, &query)?;
    let is_story = query.correlation_id.is_some();
    let mut entries = found.items;
    if is_story {
        // A story is told from its beginning.
        entries.reverse();
    }
    let content = html! {
        div.narrow {
            h1 { (words.activity) }
            @if let Some(id) = &query.correlation_id {
                p { (words.one_story) }
                p.muted { code { (id) } " · " a href="/activity" { (words.whole_trail) } }
            }
            ol #activity data-keyed data-live {
                @for entry in &entries { (line(site, entry, !is_story)) }
                @if entries.is_empty() { li.none data-key="none" { (words.no_activity) } }
            }
            @if let Some(next) = found.next.filter(|_| !is_story) {
                p { a.more href={ "/activity?cursor=" (next) } { (words.more) } }
            }
        }
    };
    page(site, "activity", words.activity, content)
}

/// A task's newest entries.
pub fn of_task(user: &User, id: &str) -> Result<Vec<AuditEntry>> {
    let query = AuditQuery { entity_id: Some(id.to_owned()), ..AuditQuery::default() };
    Ok(store::audit_logs::list_by_user(user, &query)?.items)
}

/// One entry: `Task “Buy milk” completed · today, 5 pm`.
pub fn line(site: &Site, entry: &AuditEntry, follows: bool) -> Markup {
    let words = site.words;
    let entity = match entry.entity_type.as_str() {
        "task" => words.of_task,
        "reminder" => words.of_reminder,
        "session" => words.of_session,
        "token" => words.of_token,
        "user" => words.of_user,
        "webhook" => words.of_webhook,
        "conversation" => words.of_conversation,
        other => other,
    };
    let title = entry.new_values.as_ref().and_then(|it| it.get("title")).and_then(Value::as_str);
    let is_task = entry.entity_type == "task" && entry.action != "purged";
    html! {
        li data-key=(entry.id) data-action={ (entry.entity_type) "." (entry.action) } {
            span { (entity) " " }
            @if let Some(title) = title {
                @if is_task { a href={ "/tasks/" (entry.entity_id) } dir="auto" { (title) } } @else { bdi { (title) } }
                " "
            }
            b { (action(site, &entry.action)) }
            @let changed = changes(site, entry);
            @if !changed.is_empty() { span.muted { ": " (changed.join(", ")) } }
            @if entry.actor_type == "system" { span.muted { " " (words.by_system) } }
            span.muted { " · " time datetime=(entry.timestamp) { (when::moment(site, entry.timestamp)) } }
            @if follows {
                " " a.follow href={ "/activity?" (story(&entry.correlation_id)) } { (words.follow) }
            }
        }
    }
}

/// A client chose the id, and may have chosen `a&b`.
fn story(correlation_id: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("correlation_id", correlation_id).finish()
}

fn action<'a>(site: &Site, action: &'a str) -> &'a str {
    let words = site.words;
    match action {
        "created" => words.was_created,
        "updated" | "password_changed" => words.was_updated,
        "completed" => words.was_completed,
        "reopened" => words.was_reopened,
        "deleted" => words.was_deleted,
        "purged" => words.was_purged,
        "scheduled" => words.was_scheduled,
        "due" => words.was_due,
        "sent" => words.was_sent,
        "failed" | "login_failed" => words.was_failed,
        "cancelled" | "deactivated" => words.was_cancelled,
        "snoozed" => words.was_snoozed,
        "ended" => words.was_ended,
        "revoked" => words.was_revoked,
        other => other,
    }
}

/// Which fields that people know are others than before.
fn changes(site: &Site, entry: &AuditEntry) -> Vec<&'static str> {
    let (Some(old), Some(new)) = (&entry.old_values, &entry.new_values) else { return Vec::new() };
    let words = site.words;
    let known = [
        ("title", words.title),
        ("description", words.notes),
        ("due_date", words.due),
        ("priority", words.priority),
        ("tags", words.tags),
        ("recurrence_rule", words.repeat),
        ("reminder_config", words.reminders),
        ("timezone", words.time_zone),
    ];
    let differs = |name: &str| old.get(name).is_some() && old.get(name) != new.get(name);
    known.into_iter().filter(|(name, _)| differs(name)).map(|(_, word)| word).collect()
}
