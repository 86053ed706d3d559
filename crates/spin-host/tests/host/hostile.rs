//! Guests and clients that don't keep to the rules of HTTP.

use std::time::Duration;

use spin_host::Limits;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::client::{get, get_again, raw, read_head, read_reply, send};
use crate::support::log;
use crate::support::site::{Setup, limits};

#[tokio::test]
async fn a_response_of_another_length_than_declared_is_not_sent() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    let reply = get(site.address, "/probe/lie?5,5").await;
    assert_eq!((reply.status, reply.body.as_str(), reply.whole), (200, "xxxxx", true));
    for lengths in ["5,10", "10,5", "5,0", "0,5"] {
        let path = format!("/probe/lie?{lengths}");
        let id = format!("lie-{lengths}");
        let reply = send(site.address, "GET", &path, &[("x-correlation-id", &id)], b"").await;
        assert_eq!((reply.status, reply.whole), (500, true), "{lengths}: {reply:?}");
        assert!(!reply.body.contains("xxxxx"), "{lengths}: {reply:?}");
        let told = log::lines_with(&id);
        assert!(
            told.iter().any(|line| line.contains("ERROR") && line.contains("body size")),
            "{told:?}"
        );
    }
    // What follows on the same connection is the next response.
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    assert_eq!(get_again(&mut stream, "/probe/lie?5,10").await.status, 500);
    assert_eq!(get_again(&mut stream, "/probe/string").await.body, "hello");
}

#[tokio::test]
async fn a_head_tells_the_length_of_what_is_not_sent() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    let mut stream = TcpStream::connect(site.address).await.unwrap();
    for lengths in ["5,0", "5,5", "5,10"] {
        let head = format!("HEAD /probe/lie?{lengths} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        read_head(&mut stream).await;
        assert_eq!(get_again(&mut stream, "/probe/string").await.body, "hello");
    }
    let reply = send(site.address, "HEAD", "/probe/lie?5,0", &[], b"").await;
    assert_eq!((reply.status, reply.header("content-length")), (200, Some("5")));
}

#[tokio::test]
async fn a_slow_body_keeps_no_instance() {
    let limits = Limits { instances: 1, queue: Duration::from_millis(100), ..limits() };
    let site = Setup { limits, ..Setup::default() }.serve().await;
    let mut slow = TcpStream::connect(site.address).await.unwrap();
    slow.write_all(b"POST /probe/count HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345")
        .await
        .unwrap();
    assert_eq!(get(site.address, "/probe/string").await.body, "hello");
    slow.write_all(b"67890").await.unwrap();
    assert_eq!(read_reply(&mut slow).await.body, "10");
}

#[tokio::test]
async fn a_body_that_does_not_come_or_can_not_be_read_is_refused() {
    let limits = Limits { deadline: Duration::from_millis(200), ..limits() };
    let site = Setup { limits, ..Setup::default() }.serve().await;
    let head = "POST /probe/count HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    let late = raw(site.address, format!("{head}Content-Length: 10\r\n\r\n12345").as_bytes()).await;
    assert_eq!(late.status, 408, "{late:?}");
    assert_eq!(late.json()["type"], "/problems/body-timed-out");
    let nonsense = format!("{head}Transfer-Encoding: chunked\r\n\r\nnonsense\r\n");
    let nonsense = raw(site.address, nonsense.as_bytes()).await;
    assert_eq!(nonsense.status, 400, "{nonsense:?}");
}

#[tokio::test]
async fn a_head_is_bounded() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    let status = async |fields: String| {
        let head =
            format!("GET /probe/string HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{fields}\r\n");
        raw(site.address, head.as_bytes()).await.status
    };
    assert_eq!(status("a: b\r\n".repeat(98)).await, 200);
    assert_eq!(status("a: b\r\n".repeat(99)).await, 431);
    assert_eq!(status(format!("a: {}\r\n", "b".repeat(60 << 10))).await, 200);
    // Somewhat more is taken if it comes at once.
    assert_eq!(status(format!("a: {}\r\n", "b".repeat(128 << 10))).await, 431);
}

#[tokio::test]
async fn connections_over_the_limit_wait() {
    let site = Setup { limits: Limits { connections: 2, ..limits() }, ..Setup::default() };
    let site = site.serve().await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(site.address).await.unwrap();
        assert_eq!(get_again(&mut stream, "/probe/string").await.body, "hello");
        held.push(stream);
    }
    // The system takes it, and the server doesn't yet: others are answered before.
    let mut third = TcpStream::connect(site.address).await.unwrap();
    third.write_all(b"GET /probe/string HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    for _ in 0..5 {
        assert_eq!(get_again(&mut held[0], "/probe/string").await.body, "hello");
    }
    let nothing = third.try_read(&mut [0; 1]).unwrap_err();
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
    held.pop();
    assert_eq!(read_reply(&mut third).await.body, "hello");
}

#[tokio::test]
async fn what_a_guest_holds_of_the_host_is_bounded() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    assert_eq!(get(site.address, "/probe/hoard?300").await.body, "hoarded");
    assert_eq!(get(site.address, "/probe/hoard?600").await.status, 500);
    assert_eq!(get(site.address, "/probe/string").await.body, "hello");
}
