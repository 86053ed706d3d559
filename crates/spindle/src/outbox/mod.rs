//! Where mail goes if no mail provider is named: a server on loopback that takes it as SendGrid does, keeps it in a folder as
//! files that mail programs open, and shows it in a browser. Alone (`spindle outbox`), it hands all to a Mailpit instead.

mod folder;
mod mail_send;
mod mailpit;
mod message;
mod pages;
mod server;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::process::kept_port;
use folder::Folder;
use mailpit::Mailpit;

/// Take mail as SendGrid does, and hand it to a Mailpit.
///
/// For those who have one: components speak to SendGrid's POST /v3/mail/send, and Mailpit doesn't take that.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  MAIL_KEY=secret spindle outbox --listen 127.0.0.1:8026 --forward http://127.0.0.1:8025"
)]
pub struct Options {
    /// Address to listen on: the components' variable mail_url.
    #[arg(long, default_value = "127.0.0.1:8026")]
    listen: SocketAddr,

    /// Where the Mailpit is.
    #[arg(long, value_name = "URL")]
    forward: Mailpit,

    /// What lets mail in: the components' variable mail_key.
    #[arg(long, env = "MAIL_KEY", hide_env_values = true)]
    key: String,
}

/// Serves until it is told to stop.
pub async fn run(options: Options) -> Result<()> {
    let stop = crate::up::stop_signal()?;
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("can't listen on {} for mail", options.listen))?;
    info!(address = %listener.local_addr()?, "takes mail");
    let site = server::Site::new(server::Keeper::Mailpit(options.forward), &options.key);
    server::serve(Arc::new(site), listener, stop).await;
    Ok(())
}

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
        let site = Arc::new(server::Site::new(server::Keeper::Folder(Arc::new(folder)), &key));
        Ok(Self { listener, site, url: format!("http://127.0.0.1:{port}"), key })
    }

    /// Serves until `stop`, then ends what is under way.
    pub async fn serve(self, stop: CancellationToken) -> Result<()> {
        server::serve(self.site, self.listener, stop).await;
        Ok(())
    }
}
