//! Connection strings: which hosts they name, and how to connect to them.

use std::time::Duration;

use native_tls::TlsConnector;
use postgres_native_tls::MakeTlsConnector;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{CancelToken, Config, NoTls};

use super::session::Session;
use crate::allowed_hosts::AllowedHosts;

/// Why an address is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum AddressError {
    /// Not a connection string. The driver's words are not repeated: they may hold a part of it, and so of a password.
    #[error("the address is no Postgres connection string")]
    Malformed,
    /// A socket in the file system.
    #[error("Unix sockets are not supported")]
    UnixSocket,
    /// Not in `allowed_outbound_hosts`.
    #[error("address {0} is not permitted")]
    Denied(String),
    /// The TLS library can't be set up.
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] native_tls::Error),
}

/// Checks every host that an address names: the driver tries them in turn.
pub(super) fn check(config: &Config, allowed: &AllowedHosts) -> Result<(), AddressError> {
    let names = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => Ok(name.clone()),
        Host::Unix(_) => Err(AddressError::UnixSocket),
    });
    // A `hostaddr` is where the driver connects to, whatever the host's name is.
    let addresses = config.get_hostaddrs().iter().map(|address| Ok(address.to_string()));
    let ports = config.get_ports();
    let mut named = false;
    for (index, host) in names.enumerate().chain(addresses.enumerate()) {
        let host = host?;
        named = true;
        let port =
            ports.get(index).or(if ports.len() == 1 { ports.first() } else { None }).copied();
        if !allowed.allow("postgres", &host, port) {
            return Err(AddressError::Denied(format!(
                "postgres://{host}:{}",
                port.unwrap_or(5432)
            )));
        }
    }
    if named { Ok(()) } else { Err(AddressError::Malformed) }
}

/// How sessions to an address are secured.
#[derive(Clone)]
pub(super) enum Tls {
    Off,
    /// If the server has TLS, the certificate and its name are verified, whatever the mode. With `prefer`, which is the
    /// default, a server without TLS is spoken to in the clear, and so is whoever pretends to be one; with `require` it is
    /// not. As in Spin.
    On(MakeTlsConnector),
}

impl Tls {
    pub fn new(mode: SslMode) -> Result<Self, AddressError> {
        if mode == SslMode::Disable {
            return Ok(Self::Off);
        }
        Ok(Self::On(MakeTlsConnector::new(TlsConnector::builder().build()?)))
    }

    /// Opens a session.
    pub async fn connect(&self, config: &Config) -> Result<Session, tokio_postgres::Error> {
        match self {
            Self::Off => {
                let (client, connection) = config.connect(NoTls).await?;
                Ok(Session::new(client, Box::pin(connection), self.clone()))
            }
            Self::On(tls) => {
                let (client, connection) = config.connect(tls.clone()).await?;
                Ok(Session::new(client, Box::pin(connection), self.clone()))
            }
        }
    }

    /// Asks the server to stop what a session does.
    pub async fn cancel(self, token: CancelToken) -> Result<(), tokio_postgres::Error> {
        match self {
            Self::Off => token.cancel_query(NoTls).await,
            Self::On(tls) => token.cancel_query(tls).await,
        }
    }
}

/// Parses an address. A peer that is gone is noticed within half a minute, whether it owes us an answer or an
/// acknowledgement, rather than after the hours that TCP would wait.
pub(super) fn parse(address: &str) -> Result<Config, AddressError> {
    let mut config: Config = address.parse().map_err(|_| AddressError::Malformed)?;
    config
        .keepalives_idle(Duration::from_secs(15))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3)
        .tcp_user_timeout(Duration::from_secs(30));
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::Variables;

    #[test]
    fn every_host_of_an_address_is_checked() {
        let variables = Variables::new(&Default::default(), &[]).unwrap();
        let hosts = ["postgres://db:5432".to_owned(), "postgres://10.0.0.0/8:*".to_owned()];
        let allowed = AllowedHosts::parse(&hosts, &variables).unwrap();
        let check = |address: &str| {
            parse(address)
                .and_then(|config| check(&config, &allowed))
                .map_err(|error| error.to_string())
        };
        for address in [
            "postgres://u:p@db/x",
            "host=db",
            "host=db port=5432",
            "host=db,10.1.1.1 port=5432,99",
            "host=db hostaddr=10.0.0.1",
        ] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
        let denied = |what: &str| Err(format!("address {what} is not permitted"));
        assert_eq!(check("postgres://u:p@db:5433/x"), denied("postgres://db:5433"));
        assert_eq!(check("host=db,evil"), denied("postgres://evil:5432"));
        assert_eq!(check("host=db hostaddr=11.0.0.1"), denied("postgres://11.0.0.1:5432"));
        assert_eq!(check("host=/var/run/postgresql"), Err("Unix sockets are not supported".into()));
        assert_eq!(
            check("postgres://u:secret@[/x"),
            Err("the address is no Postgres connection string".into())
        );
        assert_eq!(check("user=x"), Err("the address is no Postgres connection string".into()));
    }
}
