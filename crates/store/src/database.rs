use domain::{Origin, Page, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;
use spin_sdk::pg4::{Connection, DbValue, ParameterValue};
use spin_sdk::variables;
use uuid::Uuid;

use crate::{Error, Result};

/// Runs one statement that answers one row of one column: a document as text, or null if there is
/// none.
///
/// One row always: Spin 4.0.0 to 4.0.2 never returns from a query without rows
/// (spinframework/spin#3671).
pub(crate) fn document<T: DeserializeOwned>(
    statement: &str,
    parameters: &[ParameterValue],
) -> Result<Option<T>> {
    let rows = connect()?.query(statement, parameters)?.rows;
    match rows.first().map(Vec::as_slice) {
        Some([DbValue::Str(document)]) => Ok(Some(serde_json::from_str(document)?)),
        Some([DbValue::DbNull]) => Ok(None),
        _ => Err(Error::Failed("expected one row of one text column".to_owned())),
    }
}

/// As [`document`], of a statement that answers an array.
pub(crate) fn list<T: DeserializeOwned>(
    statement: &str,
    parameters: &[ParameterValue],
) -> Result<Vec<T>> {
    Ok(document(statement, parameters)?.unwrap_or_default())
}

/// Runs one statement and says how many rows it wrote or selected.
pub(crate) fn execute(statement: &str, parameters: &[ParameterValue]) -> Result<u64> {
    Ok(connect()?.execute(statement, parameters)?)
}

/// Takes a connection of the host's pool; it goes back when it is dropped.
fn connect() -> Result<Connection> {
    let url = variables::get("database_url").map_err(Error::Unconfigured)?;
    Ok(Connection::open(&url)?)
}

pub(crate) fn uuid(id: Uuid) -> ParameterValue {
    ParameterValue::Uuid(id.to_string())
}

pub(crate) fn text(text: impl ToString) -> ParameterValue {
    ParameterValue::Str(text.to_string())
}

/// The value, or null.
pub(crate) fn nullable<T>(
    value: Option<T>,
    parameter: impl FnOnce(T) -> ParameterValue,
) -> ParameterValue {
    value.map_or(ParameterValue::DbNull, parameter)
}

/// A document as text, which the statement casts.
///
/// What we write are our own types with text for names, so this doesn't fail; if it did, Postgres
/// would refuse the empty text.
pub(crate) fn json(document: &impl Serialize) -> ParameterValue {
    ParameterValue::Str(serde_json::to_string(document).unwrap_or_default())
}

/// Where a page starts and how many rows to fetch: time and id of the row before, and one row more
/// than the page holds, which tells whether there is a next one.
pub(crate) fn page(page: &Page) -> [ParameterValue; 3] {
    let (time, id) = match page.after {
        Some(cursor) => (text(cursor.time), uuid(cursor.id)),
        None => (text("infinity"), uuid(Uuid::max())),
    };
    [time, id, ParameterValue::Int64(i64::from(page.limit) + 1)]
}

/// What ends the parameters of every change: when it is, its event's id, and where it comes from.
pub(crate) fn event(origin: &Origin) -> [ParameterValue; 4] {
    [text(Time::now()), uuid(Uuid::now_v7()), text(&origin.correlation_id), text(origin.service)]
}
