//! One guest's trouble is no other's.

use std::time::{Duration, Instant};

use spin_host::Limits;

use crate::support::client::{Reply, get, send};
use crate::support::log;
use crate::support::site::{Setup, limits};

fn failed(reply: &Reply, status: u16) {
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (status, Some("application/problem+json")),
        "{reply:?}"
    );
    for leak in ["wasm", "backtrace", "panic", "rust"] {
        assert!(!reply.body.contains(leak), "{}", reply.body);
    }
}

#[tokio::test]
async fn an_endless_loop_is_ended_and_lets_others_run() {
    let limits = Limits { compute: Duration::from_millis(500), ..limits() };
    let site = Setup { limits, ..Setup::default() }.serve().await;
    let address = site.address;
    // One thread runs all of this: a loop that did not yield would stop the others.
    let looping = tokio::spawn(async move { get(address, "/probe/loop").await });
    let start = Instant::now();
    let mut served = 0;
    while !looping.is_finished() {
        assert_eq!(get(address, "/probe/string").await.body, "hello");
        served += 1;
    }
    assert!(served >= 3, "{served} requests beside the loop");
    assert!(start.elapsed() < Duration::from_secs(10));
    failed(&looping.await.unwrap(), 504);
}

#[tokio::test]
async fn waiting_is_not_computing() {
    let limits = Limits { compute: Duration::from_millis(200), ..limits() };
    let site = Setup { limits, ..Setup::default() }.serve().await;
    assert_eq!(get(site.address, "/probe/nap?100").await.body, "napped");
}

#[tokio::test]
async fn a_call_ends_at_its_deadline() {
    let limits = Limits { deadline: Duration::from_millis(200), ..limits() };
    let site = Setup { limits, ..Setup::default() }.serve().await;
    let start = Instant::now();
    failed(&get(site.address, "/probe/sleep?60000").await, 504);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn memory_is_bounded() {
    let site =
        Setup { limits: Limits { memory: 16 << 20, ..limits() }, ..Setup::default() }.serve().await;
    failed(
        &send(site.address, "GET", "/probe/hog", &[("x-correlation-id", "hog-test")], b"").await,
        500,
    );
    let lines = log::lines_with("hog-test");
    let of_host: Vec<_> =
        lines.iter().filter(|line| line.contains("the component trapped")).collect();
    assert!(of_host.len() == 1 && of_host[0].contains("memory_refused=true"), "{lines:?}");
    assert_eq!(get(site.address, "/probe/string").await.body, "hello");
}

#[tokio::test]
async fn a_trap_is_a_500_and_logged_once() {
    let site = Setup { limits: limits(), ..Setup::default() }.serve().await;
    failed(
        &send(site.address, "GET", "/probe/panic", &[("x-correlation-id", "trap-test")], b"").await,
        500,
    );
    let lines = log::lines_with("trap-test");
    assert_eq!(lines.iter().filter(|line| line.contains("ERROR")).count(), 1, "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("a guest's panic")), "{lines:?}");
    failed(&get(site.address, "/probe/exit").await, 500);
}

#[tokio::test]
async fn calls_over_the_limit_wait_and_then_are_refused() {
    let limits = Limits { instances: 1, queue: Duration::from_millis(100), ..limits() };
    let site = Setup { limits, ..Setup::default() }.serve().await;
    let address = site.address;
    let first = tokio::spawn(async move { get(address, "/probe/sleep?400").await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = get(address, "/probe/string").await;
    failed(&refused, 503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(first.await.unwrap().body, "slept");
    let first = tokio::spawn(async move { get(address, "/probe/sleep?50").await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(get(address, "/probe/string").await.body, "hello");
    first.await.unwrap();
}

#[tokio::test]
async fn every_call_gets_a_fresh_instance_of_all_the_pool() {
    let site =
        Setup { limits: Limits { instances: 4, ..limits() }, ..Setup::default() }.serve().await;
    let calls: Vec<_> = (0..200).map(|_| get(site.address, "/probe/string")).collect();
    for reply in futures::future::join_all(calls).await {
        assert_eq!(reply.body, "hello");
    }
}
