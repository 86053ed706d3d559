//! Requests that guests make.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::client::{get, send};
use crate::support::log;
use crate::support::site::{Setup, Site, limits};

async fn site(component: &'static str) -> Site {
    Setup { component, limits: limits(), ..Setup::default() }.serve().await
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_not_reached() {
    let target = site("").await;
    let url = format!("http://{}/probe/string", target.address);
    let caller =
        site("allowed_outbound_hosts = [\"http://localhost:1\", \"https://127.0.0.1:*\"]").await;
    let id = [("x-correlation-id", "denied-fetch")];
    let reply = send(caller.address, "GET", &format!("/probe/fetch?{url}"), &id, b"").await;
    assert_eq!(reply.status, 502);
    assert!(reply.body.contains("HttpRequestDenied"), "{}", reply.body);
    let told = log::lines_with(&format!("http://{}", target.address));
    assert!(
        told.iter()
            .any(|line| line.contains("allowed_outbound_hosts") && line.contains("denied-fetch")),
        "{told:?}"
    );
}

#[tokio::test]
async fn an_allowed_host_is_reached() {
    let target = site("").await;
    let caller = site("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]").await;
    let reply =
        get(caller.address, &format!("/probe/fetch?http://{}/probe/string", target.address)).await;
    assert_eq!((reply.status, reply.body.as_str()), (200, "hello"));
    let reply = get(caller.address, "/probe/fetch?http://127.0.0.1:1/").await;
    assert_eq!(
        (reply.status, reply.body.contains("ConnectionRefused")),
        (502, true),
        "{}",
        reply.body
    );
}

/// A server that reads a request's head, sends this, and hangs up.
async fn server_that_says(text: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(text.as_bytes()).await.unwrap();
    });
    format!("/probe/fetch?http://{address}/")
}

#[tokio::test]
async fn the_first_of_two_answers_counts() {
    let caller = site("allowed_outbound_hosts = [\"http://127.0.0.1:*\"]").await;
    for (said, status, body) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\noneHTTP/1.1 500 No\r\ncontent-length: 3\r\n\r\ntwo",
            200,
            "one",
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\n\r\n", 200, ""),
        ("", 502, "HttpProtocolError"),
        ("nonsense\r\n\r\n", 502, "HttpProtocolError"),
    ] {
        let reply = get(caller.address, &server_that_says(said).await).await;
        assert!(reply.status == status && reply.body.contains(body), "{said}: {reply:?}");
    }
}

#[tokio::test]
async fn a_request_to_the_application_itself_is_an_error() {
    let caller = site("allowed_outbound_hosts = [\"http://self\"]").await;
    let reply = get(caller.address, "/probe/fetch?/probe/string").await;
    assert_eq!(reply.status, 502, "{}", reply.body);
}

#[tokio::test]
async fn sockets_reach_what_is_allowed_as_tcp_only() {
    let target = site("").await;
    let connect = format!("/probe/connect?{}", target.address);
    for (allowed, status, body) in [
        ("", 502, "access-denied"),
        ("allowed_outbound_hosts = [\"http://*:*\"]", 502, "access-denied"),
        ("allowed_outbound_hosts = [\"tcp://127.0.0.1:1\"]", 502, "access-denied"),
        ("allowed_outbound_hosts = [\"tcp://127.0.0.1:*\"]", 200, "connected"),
    ] {
        let reply = get(site(allowed).await.address, &connect).await;
        assert!(reply.status == status && reply.body.contains(body), "{allowed}: {reply:?}");
    }
}
