//! Requests and responses.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use spin_host::Limits;
use spin_host::http::{HttpOptions, LocalMode};

use crate::support::client::{Reply, get, raw, send};
use crate::support::log;
use crate::support::site::{Setup, limits};

const ROUTES: &str = r#"
[[trigger.http]]
route = "/probe/..."
component = "probe"
[[trigger.http]]
route = "/things/:thing_id/echo"
component = "probe"
[[trigger.http]]
route = { private = true }
component = "probe"
"#;

/// A header as the guest saw it.
fn seen(reply: &Reply, name: &str) -> Vec<String> {
    let json = reply.json();
    let headers = json["headers"].as_array().unwrap().iter();
    headers
        .filter(|header| header[0] == name)
        .map(|header| header[1].as_str().unwrap().to_owned())
        .collect()
}

fn is_problem(reply: &Reply, status: u16, kind: &str) {
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (status, Some("application/problem+json")),
        "{reply:?}"
    );
    let document = reply.json();
    assert_eq!(
        (document["type"].as_str(), document["status"].as_u64()),
        (Some(kind), Some(status.into()))
    );
    assert_eq!(document["correlation_id"].as_str(), reply.header("x-correlation-id"));
    assert!(reply.header("x-correlation-id").is_some_and(|id| !id.is_empty()));
}

#[tokio::test]
async fn a_request_reaches_its_component_with_spins_headers() {
    let site = Setup { triggers: ROUTES, limits: limits(), ..Setup::default() }.serve().await;
    let reply = get(site.address, "/things/a%20b/echo?x=1").await;
    assert_eq!(
        (reply.status, reply.json()["path"].as_str()),
        (200, Some("/things/a%20b/echo?x=1"))
    );
    assert_eq!(seen(&reply, "spin-path-match-thing-id"), ["a%20b"]);
    assert_eq!(
        seen(&reply, "spin-full-url"),
        [format!("http://{}/things/a%20b/echo?x=1", site.address)]
    );
    assert_eq!(seen(&reply, "spin-component-route"), ["/things/:thing_id/echo"]);
    assert!(seen(&reply, "spin-client-addr")[0].starts_with("127.0.0.1:"));
    let reply = get(site.address, "/probe/a/echo").await;
    assert_eq!(
        (seen(&reply, "spin-path-info"), seen(&reply, "spin-component-route")),
        (vec!["/a/echo".to_owned()], vec!["/probe".to_owned()])
    );
    let reply = get(site.address, "/probe/string").await;
    assert_eq!(
        (reply.status, reply.body.as_str(), reply.header("content-length")),
        (200, "hello", Some("5"))
    );
}

#[tokio::test]
async fn a_client_can_not_say_what_only_the_host_may() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    let forged = [
        ("Spin-Path-Info", "/forged"),
        ("spin-client-addr", "1.2.3.4:5"),
        ("spin-path-match-id", "1"),
        ("X-Spindle-Local", "guess"),
        ("x-mine", "kept"),
    ];
    let reply = send(site.address, "GET", "/probe/echo", &forged, b"").await;
    assert_eq!(seen(&reply, "spin-path-info"), ["/echo"]);
    assert!(seen(&reply, "spin-client-addr")[0].starts_with("127.0.0.1:"));
    assert!(
        seen(&reply, "spin-path-match-id").is_empty() && seen(&reply, "x-spindle-local").is_empty()
    );
    assert_eq!(seen(&reply, "x-mine"), ["kept"]);
}

#[tokio::test]
async fn guest_and_client_agree_on_the_correlation_id() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    let reply =
        send(site.address, "GET", "/probe/echo", &[("X-Correlation-ID", "mine-1")], b"").await;
    assert_eq!(
        (seen(&reply, "x-correlation-id"), reply.header("x-correlation-id")),
        (vec!["mine-1".to_owned()], Some("mine-1"))
    );
    let reply =
        send(site.address, "GET", "/probe/echo", &[("X-Correlation-ID", "not sane")], b"").await;
    let [made] = &seen(&reply, "x-correlation-id")[..] else { panic!("{reply:?}") };
    assert_eq!((reply.header("x-correlation-id"), made.len()), (Some(made.as_str()), 36));
}

#[tokio::test]
async fn what_no_component_answers() {
    let site = Setup { triggers: ROUTES, limits: limits(), ..Setup::default() }.serve().await;
    is_problem(&get(site.address, "/nowhere").await, 404, "/problems/not-found");
    is_problem(&get(site.address, "/.well-known/spin/other").await, 404, "/problems/not-found");
    assert_eq!(get(site.address, "/.well-known/spin/health").await.body, "OK");
    assert_eq!(
        get(site.address, "/.well-known/spin/info").await.json(),
        serde_json::json!({"name": "probes", "version": "1.2.3"})
    );
    for head in [
        "GET /probe/string HTTP/1.1\r\n",
        "GET /probe/string HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
        "GET http://a/probe/string HTTP/1.1\r\nHost: b\r\n",
    ] {
        is_problem(
            &raw(site.address, format!("{head}Connection: close\r\n\r\n").as_bytes()).await,
            400,
            "/problems/bad-host",
        );
    }
}

#[tokio::test]
async fn a_long_body_is_refused() {
    let limits = Limits { request_body: 1000, ..limits() };
    let site = Setup { limits, ..Setup::default() }.serve().await;
    assert_eq!(send(site.address, "POST", "/probe/count", &[], &[b'x'; 1000]).await.body, "1000");
    is_problem(
        &send(site.address, "POST", "/probe/count", &[], &[b'x'; 1001]).await,
        413,
        "/problems/body-too-large",
    );
    let chunks = |count: usize| {
        let head = "POST /probe/count HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{}0\r\n\r\n", format!("64\r\n{}\r\n", "x".repeat(100)).repeat(count))
    };
    assert_eq!(raw(site.address, chunks(10).as_bytes()).await.body, "1000");
    is_problem(&raw(site.address, chunks(11).as_bytes()).await, 413, "/problems/body-too-large");
}

#[tokio::test]
async fn a_response_that_fails_in_the_middle_does_not_look_whole() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    let reply = get(site.address, "/probe/stream").await;
    assert_eq!((reply.status, reply.body.as_str(), reply.whole), (200, "first,second", true));
    let reply = get(site.address, "/probe/stream?trap").await;
    assert_eq!((reply.status, reply.body.as_str(), reply.whole), (200, "first,", false));
}

#[tokio::test]
async fn local_mode_vouches_for_this_machine_only() {
    let http = HttpOptions {
        local_mode: Some(LocalMode { secret: "s3cret".into() }),
        ..HttpOptions::default()
    };
    let site = Setup { http, limits: limits(), ..Setup::default() }.serve().await;
    let port = site.address.port();
    let echo = async |headers: &[(&str, &str)]| {
        send(site.address, "POST", "/probe/echo", headers, b"x").await
    };
    let host = format!("localhost:{port}");
    let origin = format!("http://localhost:{port}");

    assert_eq!(seen(&echo(&[("x-spindle-local", "guess")]).await, "x-spindle-local"), ["s3cret"]);
    assert_eq!(
        seen(&echo(&[("Host", &host), ("Origin", &origin)]).await, "x-spindle-local"),
        ["s3cret"]
    );
    assert!(seen(&echo(&[("Authorization", "Bearer t")]).await, "x-spindle-local").is_empty());
    is_problem(&echo(&[("Host", "evil.example")]).await, 403, "/problems/forbidden");
    is_problem(
        &echo(&[("Host", &host), ("Origin", "http://evil.example")]).await,
        403,
        "/problems/forbidden",
    );
}

#[tokio::test]
async fn each_write_is_told_of() {
    let writes = Arc::new(AtomicUsize::new(0));
    let counted = writes.clone();
    let on_write = Some(Arc::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
    }) as Arc<dyn Fn() + Send + Sync>);
    let site = Setup {
        http: HttpOptions { on_write, ..HttpOptions::default() },
        limits: limits(),
        ..Setup::default()
    }
    .serve()
    .await;
    get(site.address, "/probe/string").await;
    assert_eq!(writes.load(Ordering::SeqCst), 0);
    send(site.address, "POST", "/probe/count", &[], b"x").await;
    assert_eq!(writes.load(Ordering::SeqCst), 1);
    send(site.address, "DELETE", "/probe/panic", &[], b"").await;
    assert_eq!(writes.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_stopped_server_finishes_what_it_is_at() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    let slow = tokio::spawn(async move { get(site.address, "/probe/sleep?300").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    site.stop.cancel();
    assert_eq!(slow.await.unwrap().body, "slept");
    site.served.await.unwrap();
    assert!(tokio::net::TcpStream::connect(site.address).await.is_err());
}

#[tokio::test]
async fn a_drain_ends_at_its_time() {
    let http = HttpOptions { drain: Duration::from_millis(100), ..HttpOptions::default() };
    let site = Setup { http, limits: limits(), ..Setup::default() }.serve().await;
    let mut endless = tokio::net::TcpStream::connect(site.address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(
        &mut endless,
        b"GET /probe/sleep?60000 HTTP/1.1\r\nHost: x\r\n\r\n",
    )
    .await
    .unwrap();
    site.stop.cancel();
    tokio::time::timeout(Duration::from_secs(5), site.served).await.unwrap().unwrap();
}

/// Of a component whose answers go on for long.
const OF_ITS_OWN: &str = "environment = { SPINDLE_DEADLINE = \"1m\", SPINDLE_INSTANCES = \"1\" }";

#[tokio::test]
async fn a_component_with_limits_of_its_own_has_those() {
    let limits = Limits {
        deadline: Duration::from_millis(200),
        queue: Duration::from_millis(50),
        ..limits()
    };
    let site = Setup { component: OF_ITS_OWN, limits, ..Setup::default() }.serve().await;
    let slow = || get(site.address, "/probe/sleep?600");
    let (one, two) = tokio::join!(slow(), slow());
    let mut answers = [(one.status, one.body.as_str()), (two.status, "")];
    if one.status != 200 {
        answers = [(two.status, two.body.as_str()), (one.status, "")];
    }
    assert_eq!(answers, [(200, "slept"), (503, "")]);
}

#[tokio::test]
async fn what_goes_on_for_long_ends_when_the_server_is_told_to_stop() {
    let http = HttpOptions { drain: Duration::from_secs(60), ..HttpOptions::default() };
    let site = Setup { component: OF_ITS_OWN, http, limits: limits(), ..Setup::default() };
    let site = site.serve().await;
    let mut endless = tokio::net::TcpStream::connect(site.address).await.unwrap();
    let request = b"GET /probe/stream?endless HTTP/1.1\r\nHost: x\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut endless, request).await.unwrap();
    let mut read = String::new();
    while !read.contains(",more") {
        let mut bytes = [0; 1024];
        let count = tokio::io::AsyncReadExt::read(&mut endless, &mut bytes).await.unwrap();
        assert_ne!(count, 0, "{read}");
        read.push_str(str::from_utf8(&bytes[..count]).unwrap());
    }
    site.stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), site.served).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_guests_lines_are_logged_with_its_call() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    send(site.address, "GET", "/probe/log", &[("x-correlation-id", "log-test")], b"").await;
    let plain = log::lines_with("log-test");
    assert_eq!(plain.len(), 2, "{plain:?}");
    assert!(plain.iter().any(|line| line.contains("INFO")
        && line.contains("a plain line")
        && line.contains("\"probe\"")));
    assert!(plain.iter().any(|line| line.contains("INFO") && line.contains("an unfinished line")));
    let json = log::lines_with("its-own");
    assert!(
        json.len() == 1
            && json[0].contains("WARN")
            && json[0].contains("a JSON line")
            && !json[0].contains("liar"),
        "{json:?}"
    );
}

#[tokio::test]
async fn files_environment_and_variables() {
    let component = r#"files = ["note.txt", { source = "assets", destination = "/web" }]
environment = { COLOR = "blue" }"#;
    let site = Setup {
        component,
        variables: vec![("greeting", "salaam".into())],
        limits: limits(),
        ..Setup::default()
    }
    .serve()
    .await;
    let body = async |path: &str| get(site.address, &format!("/probe/{path}")).await.body;
    assert_eq!(body("read?/note.txt").await, "a note");
    assert_eq!(body("read?/web/page.html").await, "a page");
    assert_eq!(get(site.address, "/probe/read?/../../etc/hostname").await.status, 404);
    assert_ne!(body("write?/note.txt").await, "Ok(())");
    assert_eq!(std::fs::read_to_string(site.folder.path().join("note.txt")).unwrap(), "a note");
    assert_eq!(body("environment").await, r#"[["COLOR","blue"]]"#);
    assert_eq!(body("variable?greeting").await, "salaam");
    assert_eq!(body("variable?absent").await, "Error::Undefined(\"absent\")");
    assert_eq!(body("variable?No").await, "Error::InvalidName(\"No\")");
}
