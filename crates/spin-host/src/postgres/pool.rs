//! Sessions that are kept, one pool for each address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::Config;

use super::address::{self, AddressError, Tls};
use super::session::Session;
use crate::allowed_hosts::AllowedHosts;
use crate::host::Limits;

/// Addresses that are remembered. Over it, all pools are forgotten (their sessions in use are not disturbed): an
/// application has one or two, unless its guests make them up.
const ADDRESSES: usize = 64;

/// Every pool of a host.
pub(crate) struct Pools {
    by_address: Mutex<HashMap<Box<str>, Arc<Pool>>>,
    size: usize,
    patience: Duration,
}

/// The sessions of one address.
pub(super) struct Pool {
    config: Config,
    tls: Tls,
    /// One permit for each session that may be in use.
    permits: Arc<Semaphore>,
    /// The one that was used last is used next.
    idle: Mutex<Vec<Session>>,
    patience: Duration,
}

/// A session in use by one call.
pub(super) struct Lease {
    session: Option<Session>,
    pool: Arc<Pool>,
    _permit: OwnedSemaphorePermit,
}

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
pub(super) enum PoolError {
    #[error("{0}")]
    Address(#[from] AddressError),
    #[error("no connection became free in {0:?}")]
    Exhausted(Duration),
    #[error("no connection in {0:?}")]
    TimedOut(Duration),
    #[error("{}", chain(.0))]
    Connect(#[from] tokio_postgres::Error),
}

impl Pools {
    pub fn new(limits: &Limits) -> Self {
        Self {
            by_address: Mutex::default(),
            size: limits.postgres_connections,
            patience: limits.postgres_connect,
        }
    }

    /// A session with the address, if the component may have one.
    pub(super) async fn open(
        &self,
        address: &str,
        allowed: &AllowedHosts,
    ) -> Result<Lease, PoolError> {
        self.pool(address, allowed)?.lease().await
    }

    /// A pool is for one address, but a component is not for every pool: who may use it is checked each time.
    fn pool(&self, address: &str, allowed: &AllowedHosts) -> Result<Arc<Pool>, PoolError> {
        let known =
            self.by_address.lock().unwrap_or_else(PoisonError::into_inner).get(address).cloned();
        if let Some(pool) = known {
            address::check(&pool.config, allowed)?;
            return Ok(pool);
        }
        let config = address::parse(address)?;
        address::check(&config, allowed)?;
        let pool = Arc::new(Pool {
            tls: Tls::new(config.get_ssl_mode())?,
            config,
            permits: Arc::new(Semaphore::new(self.size)),
            idle: Mutex::default(),
            patience: self.patience,
        });
        let mut pools = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if pools.len() >= ADDRESSES {
            pools.clear();
        }
        Ok(pools.entry(address.into()).or_insert(pool).clone())
    }
}

impl Pool {
    /// An idle session that lives, else a new one.
    async fn lease(self: Arc<Self>) -> Result<Lease, PoolError> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                match tokio::time::timeout(self.patience, self.permits.clone().acquire_owned())
                    .await
                {
                    Ok(Ok(permit)) => permit,
                    _ => return Err(PoolError::Exhausted(self.patience)),
                }
            }
        };
        let session = match self.take_idle() {
            Some(session) => session,
            None => self.connect().await?,
        };
        Ok(Lease { session: Some(session), pool: self, _permit: permit })
    }

    fn take_idle(&self) -> Option<Session> {
        loop {
            let mut session = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if session.is_alive() {
                return Some(session);
            }
        }
    }

    async fn connect(&self) -> Result<Session, PoolError> {
        let connect = self.tls.connect(&self.config);
        tokio::time::timeout(self.patience, connect)
            .await
            .map_err(|_| PoolError::TimedOut(self.patience))?
            .map_err(Into::into)
    }
}

impl Lease {
    /// The session, for one statement. One that died while nothing was open in it is replaced first: a guest doesn't
    /// notice that Postgres was restarted since its last statement.
    pub async fn session(&mut self) -> Result<&mut Session, PoolError> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => self.pool.connect().await?,
        };
        if session.is_clean() && !session.is_alive() {
            session = self.pool.connect().await?;
        }
        Ok(self.session.insert(session))
    }

    /// Ends the use of a session by its guest: a transaction that was left open is rolled back.
    pub async fn close(mut self) {
        if let Some(session) = &mut self.session {
            let rolled_back = tokio::time::timeout(self.pool.patience, session.roll_back()).await;
            if matches!(rolled_back, Ok(Ok(()))) {
                self.keep();
            }
        }
    }

    /// Gives the session to the next call, if nothing is left in it. A lease that is only dropped ends its session.
    pub fn keep(mut self) {
        if let Some(session) = self.session.take_if(|session| session.is_clean()) {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        }
    }
}

/// An error with its causes.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
