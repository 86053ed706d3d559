//! `spin:postgres/postgres@4.0.0`.
//!
//! As Spin, but for what the design wants better: a transaction that a guest leaves open is rolled back, a session with
//! anything else left in it is thrown away and so is that of a call that failed, statements stay prepared, and no round
//! trip is spent on resetting what is clean.

mod address;
mod parameters;
mod pool;
mod range;
mod session;
mod statement;
mod values;

use std::error::Error as _;

use tokio_postgres::types::WrongType;
use wasmtime::component::Resource;

use crate::call::CallState;
use crate::imports::postgres::{self, DbError, Error, ParameterValue, QueryError, RowSet};
use parameters::BadValue;
use pool::{Lease, PoolError, chain};
use session::Failure;

pub(crate) use pool::Pools;

/// Connections that one call may hold: one is usual, and each is taken from the other calls.
const CONNECTIONS: usize = 8;

/// What a guest's connection resource stands for; its number is an index into [`Connections`].
pub struct Connection;

/// The connections of a call. Those that are still here when the call is dropped are thrown away.
#[derive(Default)]
pub(crate) struct Connections(Vec<Option<Lease>>);

impl Connections {
    /// The call ended well: what it left may be used again, if it is clean.
    pub fn keep(&mut self) {
        for lease in self.0.drain(..).flatten() {
            lease.keep();
        }
    }

    fn is_full(&self) -> bool {
        self.0.iter().flatten().count() >= CONNECTIONS
    }

    fn put(&mut self, lease: Lease) -> Resource<Connection> {
        let index = self.0.iter().position(Option::is_none).unwrap_or_else(|| {
            self.0.push(None);
            self.0.len() - 1
        });
        self.0[index] = Some(lease);
        // There are never more than `CONNECTIONS`.
        Resource::new_own(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn get(&mut self, connection: &Resource<Connection>) -> wasmtime::Result<&mut Lease> {
        let slot = self.0.get_mut(connection.rep() as usize).and_then(Option::as_mut);
        slot.ok_or_else(|| wasmtime::format_err!("no such Postgres connection"))
    }
}

impl postgres::Host for CallState {}

impl postgres::HostConnection for CallState {
    async fn open(
        &mut self,
        address: String,
    ) -> wasmtime::Result<Result<Resource<Connection>, Error>> {
        if self.postgres.is_full() {
            return Ok(Err(Error::Other(format!("a call may hold {CONNECTIONS} connections"))));
        }
        let shared = self.shared.clone();
        match shared.runtime.pools.open(&address, &shared.allowed_hosts).await {
            Ok(lease) => Ok(Ok(self.postgres.put(lease))),
            Err(error) => {
                if let PoolError::Address(address::AddressError::Denied(url)) = &error {
                    shared.log_denied(url, self.correlation_id.as_deref());
                }
                Ok(Err(Error::ConnectionFailed(error.to_string())))
            }
        }
    }

    async fn query(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<RowSet, Error>> {
        let limit = self.shared.runtime.limits.postgres_result;
        Ok(match self.postgres.get(&connection)?.session().await {
            Ok(session) => session.query(&statement, &parameters, limit).await.map_err(Into::into),
            Err(error) => Err(Error::ConnectionFailed(error.to_string())),
        })
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<ParameterValue>,
    ) -> wasmtime::Result<Result<u64, Error>> {
        Ok(match self.postgres.get(&connection)?.session().await {
            Ok(session) => session.execute(&statement, &parameters).await.map_err(Into::into),
            Err(error) => Err(Error::ConnectionFailed(error.to_string())),
        })
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        if let Some(lease) =
            self.postgres.0.get_mut(connection.rep() as usize).and_then(Option::take)
        {
            lease.close().await;
        }
        Ok(())
    }
}

/// As Spin, but that a lost connection is `connection-failed`, a parameter that doesn't fit is `bad-parameter`, and a
/// column that can't be converted is `value-conversion-failed`: Spin calls them all `query-failed(text)`.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Parameters { expected, given } => Error::BadParameter(format!(
                "the statement takes {expected} parameters, and {given} were given"
            )),
            Failure::Conversion { column, error } => {
                Error::ValueConversionFailed(format!("column {column}: {}", chain(&error)))
            }
            Failure::TooLong(limit) => Error::QueryFailed(QueryError::Text(format!(
                "the result is longer than {limit} bytes"
            ))),
            Failure::Postgres(error) => match (error.as_db_error(), error.source()) {
                (Some(db), _) => Error::QueryFailed(QueryError::DbError(db_error(db))),
                (None, Some(cause)) if cause.is::<BadValue>() || cause.is::<WrongType>() => {
                    Error::BadParameter(chain(&error))
                }
                (None, Some(cause)) if cause.is::<std::io::Error>() => {
                    Error::ConnectionFailed(chain(&error))
                }
                _ if error.is_closed() => Error::ConnectionFailed(chain(&error)),
                _ => Error::QueryFailed(QueryError::Text(chain(&error))),
            },
        }
    }
}

fn db_error(error: &tokio_postgres::error::DbError) -> DbError {
    let named = [
        ("column", error.column().map(str::to_owned)),
        ("constraint", error.constraint().map(str::to_owned)),
        ("routine", error.routine().map(str::to_owned)),
        ("hint", error.hint().map(str::to_owned)),
        ("table", error.table().map(str::to_owned)),
        ("datatype", error.datatype().map(str::to_owned)),
        ("schema", error.schema().map(str::to_owned)),
        ("file", error.file().map(str::to_owned)),
        ("line", error.line().map(|line| line.to_string())),
        ("where_", error.where_().map(str::to_owned)),
    ];
    DbError {
        as_text: error.to_string(),
        severity: error.severity().to_owned(),
        code: error.code().code().to_owned(),
        message: error.message().to_owned(),
        detail: error.detail().map(str::to_owned),
        extras: named
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
    }
}
