//! Statements as a request says.

use serde::Deserialize;
use spin_sdk::pg4::{Connection, DbValue, ParameterValue, PgError as Error, QueryError, RowSet};
use spin_sdk::variables;

use crate::Answer;

/// A script: its statements run in one connection, until one fails.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    statements: Vec<String>,
    /// Parameters of the last statement, as text.
    #[serde(default)]
    parameters: Vec<String>,
    /// Instead of the variable.
    address: Option<String>,
    /// The connection is still open when the call ends.
    #[serde(default)]
    leak: bool,
    /// Panics after the last statement.
    #[serde(default)]
    panic: bool,
    /// Milliseconds between two statements.
    #[serde(default)]
    pause: u64,
}

/// One round trip.
pub fn select() -> Answer {
    let run = || -> Result<RowSet, Error> {
        let address =
            variables::get("database_url").map_err(|error| Error::Other(error.to_string()))?;
        Connection::open(&address)?
            .query("select $1::int4 + 1 as n, 'text' as t", &[ParameterValue::Int32(41)])
    };
    answer(run())
}

/// Opens so many connections, and tells how many there were when the first could not be had, and why.
pub fn connections(count: usize) -> Answer {
    let address = variables::get("database_url").unwrap_or_default();
    let mut held = Vec::new();
    for _ in 0..count {
        match Connection::open(&address) {
            Ok(connection) => held.push(connection),
            Err(error) => return (500, format!("{} {error:?}", held.len())),
        }
    }
    (200, held.len().to_string())
}

/// Runs a script and answers with the rows of the last statement.
pub fn run(script: &[u8]) -> Answer {
    let script: Script = match serde_json::from_slice(script) {
        Ok(script) => script,
        Err(error) => return (400, error.to_string()),
    };
    answer(execute(&script))
}

fn execute(script: &Script) -> Result<RowSet, Error> {
    let address = match &script.address {
        Some(address) => address.clone(),
        None => variables::get("database_url").map_err(|error| Error::Other(error.to_string()))?,
    };
    let connection = Connection::open(&address)?;
    let parameters: Vec<_> = script.parameters.iter().cloned().map(ParameterValue::Str).collect();
    let mut rows = RowSet { columns: Vec::new(), rows: Vec::new() };
    for (index, statement) in script.statements.iter().enumerate() {
        if index > 0 && script.pause > 0 {
            std::thread::sleep(std::time::Duration::from_millis(script.pause));
        }
        let last = index + 1 == script.statements.len();
        rows = connection.query(statement, if last { &parameters } else { &[] })?;
    }
    assert!(!script.panic, "as the script says");
    if script.leak {
        std::mem::forget(connection);
    }
    Ok(rows)
}

fn answer(result: Result<RowSet, Error>) -> Answer {
    match result {
        Ok(set) => {
            let rows =
                set.rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join("|"));
            (200, rows.collect::<Vec<_>>().join("\n"))
        }
        Err(Error::QueryFailed(QueryError::DbError(error))) => {
            let constraint = error
                .extras
                .iter()
                .find(|(name, _)| name == "constraint")
                .map_or("", |(_, value)| value);
            (500, format!("{} {} {constraint}", error.code, error.message).trim_end().to_owned())
        }
        Err(error) => (500, format!("{error:?}")),
    }
}

fn text(value: &DbValue) -> String {
    match value {
        DbValue::Str(text) | DbValue::Uuid(text) | DbValue::Decimal(text) => text.clone(),
        DbValue::Int32(number) => number.to_string(),
        DbValue::Int64(number) => number.to_string(),
        DbValue::Boolean(truth) => truth.to_string(),
        DbValue::Jsonb(json) => String::from_utf8_lossy(json).into_owned(),
        DbValue::DbNull => "null".to_owned(),
        other => format!("{other:?}"),
    }
}
