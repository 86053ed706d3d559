//! Connections: taken, bounded, drained.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::handler::{self, Tails};
use super::{Body, Site, headers};

/// Bytes of a request's head. That it has at most 100 fields, and comes within 30 seconds from the connection's or the last
/// response's end on, is hyper's own rule (and 100 is what fits its stack).
const HEAD_SIZE: usize = 64 << 10;
/// How long a client may leave what we send unread.
#[cfg(target_os = "linux")]
const UNREAD: Duration = Duration::from_secs(30);

/// Serves until `stop`, then drains.
pub(super) async fn serve(site: Arc<Site>, listener: TcpListener, stop: CancellationToken) {
    let tails = Tails {
        tasks: TaskTracker::new(),
        stop: CancellationToken::new(),
        closing: CancellationToken::new(),
    };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(ended) = connections.join_next(), if !connections.is_empty() => {
                if let Err(panic) = ended {
                    tracing::error!(%panic, "a connection panicked");
                }
            }
            accepted = listener.accept(), if connections.len() < site.connections => match accepted {
                Ok((stream, client)) => {
                    // A token of its own: every connection looks at it each time that it wakes.
                    let stop = stop.child_token();
                    connections.spawn(connection(site.clone(), tails.clone(), stream, client, stop));
                }
                Err(error) => {
                    // Usually this process has no file descriptor left. There is no event to wait for: one of its
                    // connections will end sooner or later.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    tails.closing.cancel();
    tails.tasks.close();
    let drained = async {
        while connections.join_next().await.is_some() {}
        tails.tasks.wait().await;
    };
    if tokio::time::timeout(site.drain, drained).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "connections were cut: they did not finish in time"
        );
        connections.shutdown().await;
        tails.stop.cancel();
        tails.tasks.wait().await;
    }
}

async fn connection(
    site: Arc<Site>,
    tails: Tails,
    stream: TcpStream,
    client: SocketAddr,
    stop: CancellationToken,
) {
    // A response is written whole: waiting for more to send with it would only delay it.
    let _ = stream.set_nodelay(true);
    give_up_on_a_client_that_never_reads(&stream);
    let client = headers::client(client);
    let service = service_fn(|request: Request<Incoming>| {
        let answered = handler::handle(&site, &tails, &client, request);
        async { Ok::<Response<Body>, std::convert::Infallible>(answered.await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .max_buf_size(HEAD_SIZE)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients go away, send nonsense or are too slow: that is theirs.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Else the response, and the connection with it, would be kept for as long as the client likes.
fn give_up_on_a_client_that_never_reads(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    if let Ok(unread) = u32::try_from(UNREAD.as_millis()) {
        let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, unread);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_client_may_leave_a_response_unread_for_half_a_minute() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        give_up_on_a_client_that_never_reads(&stream);
        assert_eq!(rustix::net::sockopt::tcp_user_timeout(&stream).unwrap(), 30_000);
    }
}
