//! What happened to what a user has, in order.

use domain::{Changes, ChangesAfter, User};
use spin_sdk::pg4::ParameterValue;

use crate::database::{document, uuid};
use crate::statements::CHANGE_LIST_BY_USER;
use crate::{Error, Result};

/// The changes after a place, `limit` at most; all of them, or without what only the audit trail tells.
pub fn list_by_user(user: &User, after: ChangesAfter, limit: u32, is_all: bool) -> Result<Changes> {
    let position = match after {
        ChangesAfter::Beginning => ParameterValue::Int64(0),
        ChangesAfter::Now => ParameterValue::DbNull,
        ChangesAfter::Position(position) => ParameterValue::Int64(position),
    };
    let limit = ParameterValue::Int64(limit.into());
    let parameters = [uuid(user.id), position, limit, ParameterValue::Boolean(is_all)];
    document(CHANGE_LIST_BY_USER, &parameters)?
        .ok_or_else(|| Error::Failed("no changes came back".to_owned()))
}
