//! Requests that guests make.

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
