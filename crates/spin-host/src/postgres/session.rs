//! One session with Postgres, driven by whoever uses it.
//!
//! tokio-postgres splits a session into a client and a connection that moves its bytes, and expects the latter to run in a
//! task of its own. Here the connection is polled by the call that waits for it: no task is woken, no thread is crossed,
//! and what happened to an idle session is noticed when it is next used.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::TryStreamExt;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Statement};

use super::address::Tls;
use super::parameters::Parameter;
use super::statement::{Effect, effect};
use super::values;
use crate::imports::postgres::{Column, DbValue, ParameterValue, Row, RowSet};

/// The bytes of a session. Completes when the session is over.
type Connection = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

/// Statements that a session keeps prepared. Over it, all are forgotten: an application has fewer, unless it writes its
/// values into them.
const STATEMENTS: usize = 256;
/// Bytes of a statement that is kept: nor is a longer one an application's own.
const STATEMENT: usize = 16 << 10;

/// A session and what is known of its state.
pub(super) struct Session {
    client: Client,
    /// None when the session is over.
    connection: Option<Connection>,
    statements: HashMap<Box<str>, Arc<Prepared>>,
    /// A transaction may be open.
    in_transaction: bool,
    /// It can't be given to another call: something else than a transaction was left in it, or a statement was cut short.
    spoiled: bool,
    /// A statement is under way: if the session is dropped now, Postgres is told to stop.
    busy: bool,
    tls: Tls,
}

struct Prepared {
    statement: Statement,
    columns: Vec<Column>,
    effect: Effect,
}

/// Why a statement failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Postgres or the driver said so.
    Postgres(tokio_postgres::Error),
    /// The number of parameters is wrong.
    Parameters { expected: usize, given: usize },
    /// A column can't be converted.
    Conversion { column: String, error: tokio_postgres::Error },
    /// The result is longer than this many bytes.
    TooLong(usize),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl Session {
    pub fn new(client: Client, connection: Connection, tls: Tls) -> Self {
        Self {
            client,
            connection: Some(connection),
            statements: HashMap::new(),
            in_transaction: false,
            spoiled: false,
            busy: false,
            tls,
        }
    }

    /// Whether the session still lives, as far as this side has heard. It doesn't wait.
    pub fn is_alive(&mut self) -> bool {
        let mut context = Context::from_waker(std::task::Waker::noop());
        poll_connection(&mut self.connection, &mut context);
        self.connection.is_some()
    }

    /// Whether another session would do as well: nothing is open in this one.
    pub fn is_clean(&self) -> bool {
        !self.in_transaction && !self.spoiled && !self.busy
    }

    /// Whether no call may use it after this one, even if what is open is rolled back.
    pub fn is_spent(&self) -> bool {
        self.spoiled || self.busy
    }

    /// Rolls back what a guest left open. An error means that the session is of no use any more.
    pub async fn roll_back(&mut self) -> Result<(), Failure> {
        if self.in_transaction {
            self.busy = true;
            drive(&mut self.connection, self.client.batch_execute("rollback")).await?;
            self.busy = false;
            self.in_transaction = false;
        }
        Ok(())
    }

    /// Runs a statement for its rows.
    pub async fn query(
        &mut self,
        statement: &str,
        parameters: &[ParameterValue],
        limit: usize,
    ) -> Result<RowSet, Failure> {
        let mut set = RowSet { columns: Vec::new(), rows: Vec::new() };
        self.run(statement, parameters, |prepared, row, bytes| {
            if bytes > limit {
                return Err(Failure::TooLong(limit));
            }
            let value = |(index, column): (usize, &Column)| {
                values::value(row, index, &column.data_type)
                    .map_err(|error| Failure::Conversion { column: column.name.clone(), error })
            };
            set.rows
                .push(prepared.columns.iter().enumerate().map(value).collect::<Result<Row, _>>()?);
            if set.columns.is_empty() {
                set.columns.clone_from(&prepared.columns);
            }
            Ok(())
        })
        .await?;
        Ok(set)
    }

    /// Runs a statement for the number of rows that it changed or returned.
    pub async fn execute(
        &mut self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<u64, Failure> {
        self.run(statement, parameters, |_, _, _| Ok(())).await
    }

    /// Runs a statement, prepared if it is not yet, and once again if what was prepared no longer fits the schema.
    async fn run(
        &mut self,
        text: &str,
        parameters: &[ParameterValue],
        mut each: impl FnMut(&Prepared, &tokio_postgres::Row, usize) -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        self.busy = true;
        let mut result = self.attempt(text, parameters, &mut each).await;
        if !self.in_transaction && matches!(&result, Err(failure) if is_stale(failure)) {
            self.statements.clear();
            result = self.attempt(text, parameters, &mut each).await;
        }
        // What comes after a conversion that failed, or after too many bytes, is still on its way.
        self.spoiled |= matches!(result, Err(Failure::Conversion { .. } | Failure::TooLong(_)));
        self.busy = false;
        result
    }

    async fn attempt(
        &mut self,
        text: &str,
        parameters: &[ParameterValue],
        each: &mut impl FnMut(&Prepared, &tokio_postgres::Row, usize) -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        let prepared = self.prepare(text).await?;
        let expected = prepared.statement.params().len();
        if expected != parameters.len() {
            return Err(Failure::Parameters { expected, given: parameters.len() });
        }
        match prepared.effect {
            Effect::Opens => self.in_transaction = true,
            Effect::Dirties => self.spoiled = true,
            Effect::None | Effect::Closes => {}
        }
        let rows = async {
            let rows = self
                .client
                .query_raw(&prepared.statement, parameters.iter().map(Parameter))
                .await?;
            let mut rows = pin!(rows);
            let mut bytes = 0;
            while let Some(row) = rows.try_next().await? {
                // What came, and what becomes of it: a row may be of nulls, or of nothing.
                bytes += row.raw_size_bytes() + size_of::<Row>() + row.len() * size_of::<DbValue>();
                each(&prepared, &row, bytes)?;
            }
            Ok::<_, Failure>(rows.rows_affected().unwrap_or(0))
        };
        let affected = drive(&mut self.connection, rows).await?;
        if prepared.effect == Effect::Closes {
            self.in_transaction = false;
        }
        Ok(affected)
    }

    async fn prepare(&mut self, text: &str) -> Result<Arc<Prepared>, Failure> {
        if let Some(prepared) = self.statements.get(text) {
            return Ok(prepared.clone());
        }
        let statement = drive(&mut self.connection, self.client.prepare(text)).await?;
        let columns = statement.columns().iter();
        let columns = columns.map(|column| Column {
            name: column.name().to_owned(),
            data_type: values::data_type(column.type_()),
        });
        let prepared =
            Arc::new(Prepared { columns: columns.collect(), statement, effect: effect(text) });
        if text.len() <= STATEMENT {
            if self.statements.len() >= STATEMENTS {
                self.statements.clear();
            }
            self.statements.insert(text.into(), prepared.clone());
        }
        Ok(prepared)
    }
}

/// A statement that is cut short would go on in the server: it is asked to stop, by a connection of its own.
impl Drop for Session {
    fn drop(&mut self) {
        if self.busy && self.connection.is_some() {
            let (token, tls) = (self.client.cancel_token(), self.tls.clone());
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move {
                    let cancel = tls.cancel(token);
                    // Whether it comes in time, or at all, changes nothing for us: the session is gone.
                    let _ = tokio::time::timeout(std::time::Duration::from_secs(5), cancel).await;
                });
            }
        }
    }
}

/// Whether a prepared statement was refused because the schema changed (0A000, "cached plan must not change result type")
/// or because the server forgot it (26000: a `deallocate`, a pooler between).
fn is_stale(failure: &Failure) -> bool {
    let Failure::Postgres(error) = failure else { return false };
    match error.as_db_error() {
        Some(error) if *error.code() == SqlState::FEATURE_NOT_SUPPORTED => {
            error.routine() == Some("RevalidateCachedQuery")
        }
        Some(error) => *error.code() == SqlState::INVALID_SQL_STATEMENT_NAME,
        None => false,
    }
}

/// Waits for what the client side waits for, moving the connection's bytes meanwhile.
async fn drive<T>(connection: &mut Option<Connection>, waiting: impl Future<Output = T>) -> T {
    let mut waiting = pin!(waiting);
    poll_fn(|context| {
        if let Poll::Ready(result) = waiting.as_mut().poll(context) {
            return Poll::Ready(result);
        }
        poll_connection(connection, context);
        // What has just arrived, or the end of the session.
        waiting.as_mut().poll(context)
    })
    .await
}

fn poll_connection(connection: &mut Option<Connection>, context: &mut Context<'_>) {
    if let Some(live) = connection
        && let Poll::Ready(end) = live.as_mut().poll(context)
    {
        if let Err(error) = end {
            tracing::debug!(%error, "a Postgres session ended");
        }
        *connection = None;
    }
}
