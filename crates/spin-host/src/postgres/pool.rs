//! Sessions that are kept, one pool for each address.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::Config;

use super::address::{self, AddressError, Tls};
use super::session::Session;
use crate::allowed_hosts::AllowedHosts;
use crate::host::Limits;

/// Addresses that are remembered. Over it, one is forgotten (its sessions in use are not disturbed): an application has one
/// or two, unless its guests make them up.
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
    /// When a session was last taken, as a count of all that were; 0 if there never was one.
    used: AtomicU64,
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
            used: AtomicU64::new(0),
            patience: self.patience,
        });
        let mut pools = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if pools.len() >= ADDRESSES {
            let used = |(_, pool): &(_, &Arc<Pool>)| pool.used.load(Ordering::Relaxed);
            if let Some(least) = pools.iter().min_by_key(used).map(|(address, _)| address.clone()) {
                pools.remove(&least);
            }
        }
        Ok(pools.entry(address.into()).or_insert(pool).clone())
    }
}

impl Pool {
    /// An idle session, or a new one. Whether it lives is asked when it is used.
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
        static TAKEN: AtomicU64 = AtomicU64::new(1);
        self.used.store(TAKEN.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Ok(Lease { session: Some(session), pool: self, _permit: permit })
    }

    fn take_idle(&self) -> Option<Session> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
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
        while let Some(mut session) = self.session.take().or_else(|| self.pool.take_idle()) {
            if !session.is_clean() || session.is_alive() {
                return Ok(self.session.insert(session));
            }
        }
        let session = self.pool.connect().await?;
        Ok(self.session.insert(session))
    }

    /// Ends the use of a session by its guest: a transaction that was left open is rolled back.
    pub async fn close(mut self) {
        if let Some(session) = self.session.as_mut().filter(|session| !session.is_spent()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::Variables;

    #[test]
    fn addresses_that_are_made_up_displace_only_each_other() {
        let variables = Variables::new(&Default::default(), &[]).unwrap();
        let allowed = AllowedHosts::parse(&["postgres://*:*".to_owned()], &variables).unwrap();
        let pools = Pools::new(&Limits::default());
        let pool =
            |host: &str| pools.pool(&format!("host={host} sslmode=disable"), &allowed).unwrap();
        let real = pool("real");
        real.used.store(1, Ordering::Relaxed);
        for number in 0..3 * ADDRESSES {
            pool(&format!("made-up-{number}"));
        }
        assert!(Arc::ptr_eq(&real, &pool("real")));
        assert_eq!(pools.by_address.lock().unwrap().len(), ADDRESSES);
    }
}
