//! One request of a guest: connect, ask, hand over the answer.
//!
//! The name is resolved here, and connected is to what was checked, so that a name which has another address by then gains
//! nothing. Certificates are checked against the system's authorities, as those of Postgres are. How long an answer may pause
//! is for the call's deadline to say.

use std::net::SocketAddr;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::blocked_networks::BlockedNetworks;
use crate::outbound::Sent;

/// How long each step may take if the guest says nothing else.
const PATIENCE: Duration = Duration::from_secs(600);

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Sends it, unless every address of its host is blocked.
pub(crate) async fn send(
    mut request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
    blocked: &BlockedNetworks,
) -> Result<Sent, Error> {
    let limit =
        |of: fn(RequestOptions) -> Option<Duration>| options.and_then(of).unwrap_or(PATIENCE);
    let stream = timeout(limit(|it| it.connect_timeout), connect(request.uri(), blocked))
        .await
        .map_err(|_| Error::ConnectionTimeout)??;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(http::Uri::default, http::Uri::from);

    let mut connection = Box::pin(connection);
    let mut has_ended = false;
    let answered = async {
        let mut answer = std::pin::pin!(sender.send_request(request));
        tokio::select! {
            biased;
            answer = &mut answer => answer,
            ended = &mut connection => {
                has_ended = true;
                // What comes behind an answer ends the connection, and takes nothing from the answer.
                match (answer.await, ended) {
                    (Err(_), Err(why)) => Err(why),
                    (answer, _) => answer,
                }
            }
        }
    };
    let answer = timeout(limit(|it| it.first_byte_timeout), answered)
        .await
        .map_err(|_| Error::ConnectionReadTimeout)??;
    let rest =
        async move { if has_ended { Ok(()) } else { connection.await.map_err(Error::from) } };
    Ok((answer.map(|body| body.map_err(Error::from).boxed_unsync()), Box::new(rest)))
}

async fn connect(uri: &http::Uri, blocked: &BlockedNetworks) -> Result<Box<dyn Stream>, Error> {
    let is_tls = uri.scheme_str() == Some("https");
    // An address of version 6 stands in brackets.
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
    let unknown = |_| Error::DnsError { rcode: None, info_code: None };
    let found: Vec<SocketAddr> = lookup_host((host, port)).await.map_err(unknown)?.collect();
    let open: Vec<_> = found.into_iter().filter(|address| !blocked.block(address.ip())).collect();
    if open.is_empty() {
        return Err(Error::DestinationIpProhibited);
    }
    let stream = TcpStream::connect(open.as_slice()).await.map_err(Error::Connect)?;
    if !is_tls {
        return Ok(Box::new(stream));
    }
    let tls = native_tls::TlsConnector::new().map_err(tls_error)?;
    let stream = tokio_native_tls::TlsConnector::from(tls).connect(host, stream).await;
    Ok(Box::new(stream.map_err(tls_error)?))
}

/// What native-tls tells of a certificate that it refuses is the text of the library under it.
fn tls_error(error: native_tls::Error) -> Error {
    let refuses = error.to_string().to_ascii_lowercase().contains("certificate");
    if refuses { Error::TlsCertificateError } else { Error::TlsProtocolError }
}
