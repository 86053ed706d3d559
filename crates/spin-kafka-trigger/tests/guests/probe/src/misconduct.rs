//! What a handler must not do, and what must not come of it.

use kafka_guest::{Failure, Reason};
use spin_sdk::http::{Request, Response};
use spin_sdk::pg4::Connection;

/// Misbehaves in the way of that name.
pub fn of(kind: &str) -> Result<(), Failure> {
    match kind {
        "loop" => loop {
            std::hint::black_box(());
        },
        "allocate" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
            }
        }
        "connect" => {
            let request = Request::get("http://127.0.0.2:9/").build();
            let sent: Result<Response, _> = spin_sdk::http::run(spin_sdk::http::send(request));
            match sent {
                Ok(response) => panic!("it was let through: {}", response.status()),
                Err(error) => Err(Reason::reject(format!("not let through: {error:?}")).at(0)),
            }
        }
        "insert" => sql(&["insert into effects values ('insert')"]),
        "transaction" => {
            sql(&["begin", "insert into effects values ('transaction')"])?;
            panic!("in the middle of a transaction")
        }
        "forgotten transaction" => {
            sql(&["begin", "insert into effects values ('forgotten transaction')"])
        }
        other => Err(Reason::reject(format!("unknown misconduct: {other}")).at(0)),
    }
}

/// Runs statements in one connection, which is open until the call ends.
fn sql(statements: &[&str]) -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Debug| Reason::unavailable(format!("{error:?}")).at(0);
    let address = std::env::var("DATABASE_URL").map_err(|error| failed(&error))?;
    let connection = Connection::open(&address).map_err(|error| failed(&error))?;
    for statement in statements {
        connection.execute(statement, &[]).map_err(|error| failed(&error))?;
    }
    std::mem::forget(connection);
    Ok(())
}
