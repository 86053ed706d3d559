//! Times `language` where it runs: POST a table of commands, get what each took, in microseconds.

use std::time::Instant;

use chrono::NaiveDateTime;
use serde::Deserialize;
use spin_sdk::http::{Request, Response};
use spin_sdk::http_component;

#[derive(Deserialize)]
struct Row {
    input: String,
    reference: NaiveDateTime,
}

#[http_component]
fn handle(request: Request) -> anyhow::Result<Response> {
    let table = std::str::from_utf8(request.body())?;
    let rows: Vec<Row> = table.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let mut times = Vec::with_capacity(rows.len());
    for row in &rows {
        let begun = Instant::now();
        let commands = language::parse(&row.input, row.reference, None);
        let took = begun.elapsed();
        anyhow::ensure!(!commands.is_empty(), "no command");
        times.push(took.as_secs_f64() * 1e6);
    }
    Ok(Response::new(200, serde_json::to_vec(&times)?))
}
