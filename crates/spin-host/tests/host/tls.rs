//! Postgres with TLS and without, by `sslmode`.

use serde_json::json;

use crate::support::client::send;
use crate::support::postgres::{Postgres, shared};
use crate::support::site::{Setup, limits};

/// What `select 1` answers at this server, for each mode.
async fn check(postgres: &Postgres, expected: [(&str, &str); 4]) {
    let component = "allowed_outbound_hosts = [\"postgres://127.0.0.1:*\"]";
    let site = Setup { component, limits: limits(), ..Setup::default() }.serve().await;
    let url = postgres.url();
    let (base, _) = url.split_once('?').unwrap();
    for (mode, expected) in expected {
        let script = json!({ "statements": ["select 1"], "address": format!("{base}{mode}") });
        let reply =
            send(site.address, "POST", "/probe/sql", &[], script.to_string().as_bytes()).await;
        assert!(reply.body.contains(expected), "{mode}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_server_without_tls_is_refused_only_if_tls_is_required() {
    let required =
        "Error::ConnectionFailed(\"error performing TLS handshake: server does not support TLS\")";
    let expected = [
        ("", "1"),
        ("?sslmode=disable", "1"),
        ("?sslmode=prefer", "1"),
        ("?sslmode=require", required),
    ];
    check(&shared(), expected).await;
}

/// Spin verifies, too, in every mode that comes to TLS.
#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let refused = "certificate verify failed";
    let expected = [
        ("", refused),
        ("?sslmode=disable", "1"),
        ("?sslmode=prefer", refused),
        ("?sslmode=require", refused),
    ];
    check(&Postgres::start_with_tls(), expected).await;
}
