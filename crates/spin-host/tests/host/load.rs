//! What is refused, or not, before the first call.

use std::path::Path;
use std::sync::Arc;

use spin_host::app::App;
use spin_host::http::{HttpError, HttpOptions, HttpTrigger, LocalMode};
use spin_host::monitor::Monitor;
use spin_host::variables::Variables;
use spin_host::{Host, HostError, HostOptions, Limits};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::client::get;
use crate::support::site::{Setup, cache, limits, wasm};

/// An error with its causes.
fn message(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Loads an application whose component `probe` is this text instead.
async fn load_wat(wat: &str, limits: Limits) -> Result<(Arc<Host>, App), HostError> {
    let (folder, mut app) = Setup::default().app();
    let path = folder.path().join("component.wat");
    std::fs::write(&path, wat::parse_str(wat).unwrap_or_else(|_| wat.into())).unwrap();
    app.components[0].source = path;
    let variables = Arc::new(Variables::new(&app.variables, &[]).unwrap());
    let options = HostOptions { limits, ..HostOptions::default() };
    let host = Host::load(&app, ["probe"].into_iter(), variables, options).await?;
    Ok((host, app))
}

#[tokio::test]
async fn an_unknown_import_is_refused_by_name() {
    let wat = r#"(component
        (import "fermyon:spin/key-value@2.0.0" (instance (export "get" (func))))
        (import "wasi:io/poll@0.2.0" (instance))
        (import "spin:postgres/postgres@3.0.0" (instance (export "open" (func))))
        (import "somebody:else/types" (instance)))"#;
    let Err(error) = load_wat(wat, limits()).await else { panic!("it was loaded") };
    assert_eq!(
        error.to_string(),
        "component probe imports fermyon:spin/key-value@2.0.0 and spin:postgres/postgres@3.0.0, which this host does not have; \
         it has wasi:{cli,clocks,filesystem,http,io,random,sockets}@0.2, spin:postgres/postgres@4.0.0 and fermyon:spin/variables@2.0.0"
    );
}

#[tokio::test]
async fn an_unknown_function_of_a_known_interface_is_refused_by_name() {
    let wat = r#"(component (import "wasi:random/random@0.2.0" (instance (export "get-dice" (func (result u64))))))"#;
    let Err(error) = load_wat(wat, limits()).await else { panic!("it was loaded") };
    let message = message(&error);
    assert!(
        message.contains("wasi:random/random@0.2.0") && message.contains("get-dice"),
        "{message}"
    );
}

#[tokio::test]
async fn what_is_no_component_is_refused() {
    let Err(error) = load_wat("(module)", limits()).await else { panic!("it was loaded") };
    assert!(matches!(error, HostError::Component { .. }), "{error}");
    let Err(error) = load_wat("\0asm nonsense", limits()).await else { panic!("it was loaded") };
    assert!(matches!(error, HostError::Component { .. }), "{error}");
}

#[tokio::test]
async fn a_component_that_starts_too_big_is_refused() {
    let wat = "(component (core module $m (memory 100)) (core instance (instantiate $m)))";
    let Err(error) = load_wat(wat, Limits { memory: 1 << 20, ..limits() }).await else {
        panic!("it was loaded")
    };
    let message = message(&error);
    assert!(message.contains("memory") && message.contains("limit of 0x100000"), "{message}");
}

#[tokio::test]
async fn a_route_to_what_is_no_http_component_is_refused() {
    let (host, app) = load_wat("(component)", limits()).await.unwrap();
    let Err(error) = HttpTrigger::new(host, &app, HttpOptions::default(), &mut Monitor::default())
    else {
        panic!("it was taken")
    };
    assert!(matches!(&error, HttpError::NotHttp(component) if component == "probe"), "{error}");
}

#[tokio::test]
async fn variables_and_hosts_are_checked_at_load() {
    let check = async |component: &'static str, expected: &str| {
        let (_folder, app) = Setup { component, ..Setup::default() }.app();
        let variables = Arc::new(Variables::new(&app.variables, &[]).unwrap());
        let options = HostOptions { limits: limits(), ..HostOptions::default() };
        let Err(error) = Host::load(&app, ["probe"].into_iter(), variables, options).await else {
            panic!("it was loaded")
        };
        assert_eq!(message(&error), expected);
    };
    check(
        "variables = { x = \"{{ absent }}\" }",
        "component probe: variable absent is not declared",
    )
    .await;
    check(
        "allowed_outbound_hosts = [\"example.com\"]",
        "component probe: \"example.com\" in allowed_outbound_hosts: no scheme: write scheme://host:port, each of which may be *",
    )
    .await;
}

#[tokio::test]
async fn routes_are_checked_at_load() {
    for (trigger, expected) in [
        (
            "route = \"/a/.../b\"",
            "HTTP trigger probe-http-trigger: /a/.../b: a wildcard may only stand at the end, as /...",
        ),
        (
            "route = { private = false }",
            "HTTP trigger probe-http-trigger: a route is a path or { private = true }",
        ),
        (
            "route = \"/\"\nexecutor = { type = \"wagi\" }",
            "HTTP trigger probe-http-trigger: there is no executor wagi, only http",
        ),
    ] {
        let triggers = format!("[[trigger.http]]\ncomponent = \"probe\"\n{trigger}\n");
        let setup = Setup { triggers: triggers.leak(), ..Setup::default() };
        let (_folder, app) = setup.app();
        let variables = Arc::new(Variables::new(&app.variables, &[]).unwrap());
        let options = HostOptions { limits: limits(), ..HostOptions::default() };
        let host = Host::load(&app, ["probe"].into_iter(), variables, options).await.unwrap();
        let Err(error) =
            HttpTrigger::new(host, &app, HttpOptions::default(), &mut Monitor::default())
        else {
            panic!("it was taken")
        };
        assert_eq!(error.to_string(), expected);
    }
}

#[tokio::test]
async fn local_mode_is_for_loopback_addresses_only() {
    let http = HttpOptions {
        local_mode: Some(LocalMode { secret: "s".into() }),
        ..HttpOptions::default()
    };
    let (_folder, app) = Setup { triggers: "[trigger]\n", ..Setup::default() }.app();
    let variables = Arc::new(Variables::new(&app.variables, &[]).unwrap());
    let options = HostOptions { limits: limits(), ..HostOptions::default() };
    let host = Host::load(&app, std::iter::empty(), variables, options).await.unwrap();
    let trigger = HttpTrigger::new(host, &app, http, &mut Monitor::default()).unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = trigger.serve(listener, CancellationToken::new()).await;
    assert!(matches!(refused, Err(HttpError::LocalMode(_))), "{refused:?}");
}

#[tokio::test]
async fn a_damaged_cache_is_compiled_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (_folder, app) = Setup::default().app();
    let load = async || {
        let variables = Arc::new(Variables::new(&app.variables, &[]).unwrap());
        let options = HostOptions {
            cache_dir: Some(folder.path().to_owned()),
            limits: limits(),
            ..HostOptions::default()
        };
        Host::load(&app, ["probe"].into_iter(), variables, options).await.unwrap()
    };
    load().await;
    let cached: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [path] = &cached[..] else { panic!("{cached:?}") };
    std::fs::write(path, "damaged").unwrap();
    let host = load().await;
    assert!(std::fs::metadata(path).unwrap().len() > 100_000);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let trigger =
        HttpTrigger::new(host, &app, HttpOptions::default(), &mut Monitor::default()).unwrap();
    tokio::spawn(async move { trigger.serve(listener, CancellationToken::new()).await });
    assert_eq!(get(address, "/probe/string").await.body, "hello");
}

#[tokio::test]
async fn a_locked_app_is_served() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), "a note").unwrap();
    let url = |path: &Path| format!("file://{}", path.display());
    let locked = serde_json::json!({
        "spin_lock_version": 1,
        "metadata": {"name": "locked", "trigger": {"type": "http"}},
        "variables": {"name": {"default": "salaam"}},
        "triggers": [{"id": "t", "trigger_type": "http", "trigger_config": {"component": "probe", "route": "/probe/..."}}],
        "components": [{
            "id": "probe",
            "source": {"content_type": "application/wasm", "source": url(&wasm("host_probe.wasm"))},
            "config": {"greeting": "{{ name }}"},
            "files": [{"source": url(&folder.path().join("note.txt")), "path": "/note.txt"}],
        }],
    });
    let path = folder.path().join("spin.lock");
    std::fs::write(&path, locked.to_string()).unwrap();
    let app = App::load(&url(&path)).unwrap();
    let variables = Arc::new(Variables::new(&app.variables, &[]).unwrap());
    let options =
        HostOptions { cache_dir: Some(cache()), limits: limits(), ..HostOptions::default() };
    let host = Host::load(&app, ["probe"].into_iter(), variables, options).await.unwrap();
    let trigger =
        HttpTrigger::new(host, &app, HttpOptions::default(), &mut Monitor::default()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { trigger.serve(listener, CancellationToken::new()).await });
    assert_eq!(get(address, "/probe/variable?greeting").await.body, "salaam");
    assert_eq!(get(address, "/probe/read?/note.txt").await.body, "a note");
}
