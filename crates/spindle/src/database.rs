//! Connections to Postgres for what runs outside a component: migrations and the relay.

use std::time::Duration;

use anyhow::{Context as _, Result};
use native_tls::TlsConnector;
use postgres_native_tls::MakeTlsConnector;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tracing::debug;

/// A parsed `DATABASE_URL`.
///
/// `Debug` and `Display` leave the password out.
#[derive(Clone)]
pub struct Database {
    url: String,
    config: Config,
}

impl Database {
    /// Parses a `postgres://` URL or a libpq key-value string.
    ///
    /// # Errors
    /// If it is neither, or names no host: components reach Postgres over TCP alone.
    pub fn parse(url: &str) -> Result<Self> {
        let mut config: Config = url
            .parse()
            .context("DATABASE_URL is not a Postgres address, such as postgres://me:secret@127.0.0.1:5432/todo?sslmode=disable")?;
        config.connect_timeout(Duration::from_secs(10));
        // A server that fell silent (a power cut, a firewall that forgot us) is noticed within half a minute, whether
        // we wait for its answer or for it to take what we sent.
        config
            .keepalives_idle(Duration::from_secs(15))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(30));
        let database = Self { url: url.to_owned(), config };
        database.address()?;
        Ok(database)
    }

    /// The address as it was given, password included.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same database as another role sees it.
    ///
    /// # Errors
    /// If the address is no URL.
    pub fn as_role(&self, role: &str, password: &str) -> Result<Self> {
        let mut url = url::Url::parse(&self.url).context("the address is no URL")?;
        let set = url.set_username(role).and_then(|()| url.set_password(Some(password)));
        set.map_err(|()| anyhow::anyhow!("the address takes no user"))?;
        Self::parse(url.as_str())
    }

    /// Host and port of the first server that the address names.
    ///
    /// # Errors
    /// If the address names a Unix socket, or no host.
    pub fn address(&self) -> Result<(String, u16)> {
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => Ok((host.clone(), port)),
            _ => anyhow::bail!("DATABASE_URL names no host; components reach Postgres over TCP"),
        }
    }

    /// Opens a connection, encrypted unless the address says `sslmode=disable`.
    ///
    /// The connection's task ends when the client is dropped.
    pub async fn connect(&self) -> Result<Client> {
        let unreachable = || format!("can't connect to {self}");
        if self.config.get_ssl_mode() == SslMode::Disable {
            let (client, connection) =
                self.config.connect(NoTls).await.with_context(unreachable)?;
            tokio::spawn(async move { log_end(connection.await) });
            return Ok(client);
        }
        let tls = MakeTlsConnector::new(TlsConnector::new()?);
        let (client, connection) = self.config.connect(tls).await.with_context(unreachable)?;
        tokio::spawn(async move { log_end(connection.await) });
        Ok(client)
    }
}

fn log_end(outcome: Result<(), tokio_postgres::Error>) {
    if let Err(error) = outcome {
        // Whoever uses the client learns of it by its next statement, and says so.
        debug!(%error, "a connection to Postgres ended");
    }
}

impl std::fmt::Display for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.config.get_dbname().unwrap_or("postgres");
        match self.address() {
            Ok((host, port)) => write!(f, "Postgres at {host}:{port} (database {name})"),
            Err(_) => write!(f, "Postgres (database {name})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let database = Database::parse("postgres://me:hunter2@db.example:6543/todo").unwrap();
        assert_eq!(database.to_string(), "Postgres at db.example:6543 (database todo)");
        assert_eq!(database.address().unwrap(), ("db.example".to_owned(), 6543));
    }

    #[test]
    fn another_role_sees_the_same_database() {
        let database = Database::parse("postgres://me:hunter2@db.example:6543/todo").unwrap();
        let other = database.as_role("app", "s3").unwrap();
        assert_eq!(other.url(), "postgres://app:s3@db.example:6543/todo");
    }

    #[test]
    fn a_socket_or_a_sentence_is_no_address() {
        for bad in ["postgres:///todo?host=/var/run/postgresql", "not an address"] {
            assert!(Database::parse(bad).is_err(), "{bad}");
        }
    }
}
