//! Where mail goes if no mail provider is named: a server on loopback that takes it as SendGrid does, keeps it in a folder as
//! files that mail programs open, and shows it in a browser.

mod folder;
mod mail_send;
mod message;
mod pages;
mod server;

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::process::kept_port;
use folder::Folder;

/// The server, before it serves.
pub struct Outbox {
    listener: TcpListener,
    site: Arc<server::Site>,
    /// Its address, where its pages are and `/v3/mail/send`.
    pub url: String,
    /// Lets mail in; new at each start.
    pub key: String,
}

impl Outbox {
    /// Takes the port that it had at the last start, if nobody else has it.
    pub async fn open(data: &Path) -> Result<Self> {
        let folder = Folder::open(data.join("outbox"))?;
        let port = kept_port(&data.join("outbox.port")).await?;
        let address = ("127.0.0.1", port);
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("can't listen on port {port} for mail"))?;
        let key = format!("SG.{}", uuid::Uuid::new_v4().simple());
        let site = Arc::new(server::Site::new(folder, &key));
        Ok(Self { listener, site, url: format!("http://127.0.0.1:{port}"), key })
    }

    /// Serves until `stop`, then ends what is under way.
    pub async fn serve(self, stop: CancellationToken) -> Result<()> {
        server::serve(self.site, self.listener, stop).await;
        Ok(())
    }
}
