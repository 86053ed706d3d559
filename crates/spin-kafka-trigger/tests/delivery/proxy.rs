//! A stretch of network between the trigger and its broker that can be cut.

use std::net::Ipv4Addr;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub struct Proxy {
    port: u16,
    target: u16,
    running: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Forwards what comes to `port`, once it is mended.
    pub fn cut_off(port: u16, target: u16) -> Proxy {
        Proxy { port, target, running: None }
    }

    pub async fn mend(&mut self) {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await.expect("the port is free");
        let target = self.target;
        self.running = Some(tokio::spawn(async move {
            // Ends with this task, and with it every connection.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                connections.spawn(async move {
                    if let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await
                    {
                        // A connection that breaks is what this is for.
                        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    }
                });
            }
        }));
    }

    pub async fn cut(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
            let _ = running.await;
        }
    }
}
