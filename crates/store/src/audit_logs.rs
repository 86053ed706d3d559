//! Who changed what.

use domain::{AuditEntry, AuditQuery, Cursor, Listing, User};

use crate::Result;
use crate::database::{execute, json, list, nullable, page, text, uuid};
use crate::statements::{
    AUDIT_LOG_LIST_BY_CORRELATION_ID, AUDIT_LOG_LIST_BY_ENTITY, AUDIT_LOG_LIST_BY_USER,
};
use crate::system::AUDIT_LOG_INSERT_MANY;

/// A page of a user's audit rows, the newest first. Each way to look has its statement and its
/// index.
pub fn list_by_user(user: &User, wanted: &AuditQuery) -> Result<Listing<AuditEntry>> {
    let mut parameters = vec![
        uuid(user.id),
        nullable(wanted.entity_type.as_ref(), text),
        nullable(wanted.action.as_ref(), text),
        nullable(wanted.actor_id.as_ref(), text),
        nullable(wanted.since, text),
        nullable(wanted.until, text),
    ];
    parameters.extend(page(&wanted.page));
    let statement = match (&wanted.entity_id, &wanted.correlation_id) {
        (Some(entity_id), correlation_id) => {
            parameters.push(text(entity_id));
            parameters.push(nullable(correlation_id.as_ref(), text));
            AUDIT_LOG_LIST_BY_ENTITY
        }
        (None, Some(correlation_id)) => {
            parameters.push(text(correlation_id));
            AUDIT_LOG_LIST_BY_CORRELATION_ID
        }
        (None, None) => AUDIT_LOG_LIST_BY_USER,
    };
    let entries = list(statement, &parameters)?;
    Ok(Listing::new(&wanted.page, entries, |entry: &AuditEntry| Cursor {
        time: entry.timestamp,
        id: entry.id,
    }))
}

/// Writes rows of any users; one that is there already stays as it is.
///
/// # Errors
/// [`Rejected`](crate::Error::Rejected) if one of them can't be stored: then none is.
pub fn insert_many(entries: &[AuditEntry]) -> Result<()> {
    execute(AUDIT_LOG_INSERT_MANY, &[json(&entries)]).map(drop)
}
