//! Statements, and what guests leave behind in their sessions.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spin_host::Limits;
use tokio::io::AsyncWriteExt;

use crate::support::client::{Reply, get, send};
use crate::support::log;
use crate::support::postgres::{Postgres, shared};
use crate::support::site::{Setup, Site, limits, wasm};

const ALLOWED: &str = "allowed_outbound_hosts = [\"postgres://127.0.0.1:*\"]";

/// A site whose calls share one connection, so that each sees what the one before left.
async fn site(postgres: &Postgres, limits: Limits) -> Site {
    let limits = Limits { postgres_connections: 1, ..limits };
    Setup {
        component: ALLOWED,
        variables: vec![("database_url", postgres.url())],
        limits,
        ..Setup::default()
    }
    .serve()
    .await
}

async fn run(site: &Site, script: Value) -> Reply {
    send(site.address, "POST", "/probe/sql", &[], script.to_string().as_bytes()).await
}

async fn rows(site: &Site, statements: &[&str]) -> String {
    let reply = run(site, json!({ "statements": statements })).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

const PID: &str = "select pg_backend_pid()";

#[tokio::test]
async fn values_of_every_type_pass() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    for (value, seen) in [
        ("true", "true"),
        ("7::int2", "DbValue::Int16(7)"),
        ("-7", "-7"),
        ("9223372036854775807", "9223372036854775807"),
        ("1.5::float4", "DbValue::Floating32(1.5)"),
        ("1.5::float8", "DbValue::Floating64(1.5)"),
        ("'ü'", "ü"),
        ("'x'::varchar(3)", "x"),
        ("'\\x00ff'::bytea", "DbValue::Binary([0, 255])"),
        ("'2024-02-29'::date", "DbValue::Date((2024, 2, 29))"),
        ("'23:59:58.5'::time", "DbValue::Time((23, 59, 58, 500000000))"),
        ("'2024-02-29 01:02:03'::timestamp", "DbValue::Datetime((2024, 2, 29, 1, 2, 3, 0))"),
        ("'00000000-0000-7000-8000-000000000001'::uuid", "00000000-0000-7000-8000-000000000001"),
        ("'{\"b\": [1, 2.50]}'::jsonb", "{\"b\": [1, 2.50]}"),
        ("12345678901234567890.12", "12345678901234567890.12"),
        (
            "'[1,5)'::int4range",
            "DbValue::RangeInt32((Some((1, RangeBoundKind::Inclusive)), Some((5, RangeBoundKind::Exclusive))))",
        ),
        ("'(,5)'::int8range", "DbValue::RangeInt64((None, Some((5, RangeBoundKind::Exclusive))))"),
        (
            "'(1.5,2]'::numrange",
            "DbValue::RangeDecimal((Some((\"1.5\", RangeBoundKind::Exclusive)), Some((\"2\", RangeBoundKind::Inclusive))))",
        ),
        ("array[1,null]", "DbValue::ArrayInt32([Some(1), None])"),
        ("array['a',null]", "DbValue::ArrayStr([Some(\"a\"), None])"),
        ("array[1.5]::numeric[]", "DbValue::ArrayDecimal([Some(\"1.5\")])"),
        (
            "interval '1 month 2 days 3 seconds'",
            "DbValue::Interval(Interval { micros: 3000000, days: 2, months: 1 })",
        ),
        ("null::text", "null"),
        (
            "'(1,2)'::point",
            "DbValue::Unsupported([63, 240, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0])",
        ),
    ] {
        assert_eq!(rows(&site, &[&format!("select {value}")]).await, seen, "{value}");
    }
    let reply =
        run(&site, json!({ "statements": ["select $1 || $2"], "parameters": ["a", "b"] })).await;
    assert_eq!(reply.body, "ab");
}

#[tokio::test]
async fn errors_are_told_as_they_are() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    let failure = async |script: Value| {
        let reply = run(&site, script).await;
        assert_eq!(reply.status, 500);
        reply.body
    };
    assert_eq!(failure(json!({"statements": ["select 1/0"]})).await, "22012 division by zero");
    let duplicate = [
        "create table if not exists once (id int constraint once_key primary key)",
        "insert into once values (1)",
        "insert into once values (1)",
    ];
    assert_eq!(
        failure(json!({"statements": duplicate})).await,
        "23505 duplicate key value violates unique constraint \"once_key\" once_key"
    );
    let wrong = failure(json!({"statements": ["select $1::int4"], "parameters": ["x"]})).await;
    assert!(wrong.starts_with("Error::BadParameter"), "{wrong}");
    let missing = failure(json!({"statements": ["select $1"]})).await;
    assert_eq!(
        missing,
        "Error::BadParameter(\"the statement takes 1 parameters, and 0 were given\")"
    );
    let unread = failure(json!({"statements": ["select now()"]})).await;
    assert!(unread.starts_with("Error::ValueConversionFailed(\"column now:"), "{unread}");
    assert_eq!(rows(&site, &["select 1"]).await, "1");
}

#[tokio::test]
async fn only_allowed_addresses_are_reached() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    for (address, expected) in [
        (
            "postgres://u:p@localhost:5432/x",
            "Error::ConnectionFailed(\"address postgres://localhost:5432 is not permitted\")",
        ),
        ("host=/tmp user=x", "Error::ConnectionFailed(\"Unix sockets are not supported\")"),
        (
            "nonsense://",
            "Error::ConnectionFailed(\"the address is no Postgres connection string\")",
        ),
    ] {
        let reply = run(&site, json!({ "statements": ["select 1"], "address": address })).await;
        assert_eq!(reply.body, expected);
    }
    let refused = run(&site, json!({ "statements": ["select 1"], "address": "postgres://u@127.0.0.1:1/x?sslmode=disable" })).await;
    assert!(
        refused.body.starts_with("Error::ConnectionFailed(\"error connecting to server"),
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn a_clean_session_is_used_again() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    let pid = rows(&site, &[PID]).await;
    rows(&site, &["begin", "select 1", "commit"]).await;
    run(&site, json!({ "statements": ["select 1"], "leak": true })).await;
    assert_eq!(rows(&site, &[PID]).await, pid);
}

#[tokio::test]
async fn an_abandoned_transaction_is_rolled_back() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    postgres.connect().await.batch_execute("create table abandoned (id int)").await.unwrap();
    let count = async || rows(&site, &["select count(*) from abandoned"]).await;

    let pid = rows(&site, &["begin", "insert into abandoned values (1)", PID]).await;
    assert_eq!(count().await, "0");
    assert_eq!(rows(&site, &[PID]).await, pid, "a rollback makes the session clean");

    run(
        &site,
        json!({ "statements": ["begin", "insert into abandoned values (2)"], "leak": true }),
    )
    .await;
    assert_eq!(count().await, "0");
    let trapped = run(
        &site,
        json!({ "statements": ["begin", "insert into abandoned values (3)"], "panic": true }),
    )
    .await;
    assert_eq!((trapped.status, count().await), (500, "0".to_owned()));
    let failed = run(
        &site,
        json!({ "statements": ["begin", "insert into abandoned values (4)", "select 1/0"] }),
    )
    .await;
    assert_eq!((failed.status, count().await), (500, "0".to_owned()));
    let undone = ["begin", "savepoint s", "rollback transaction to savepoint s"];
    rows(&site, &[&undone[..], &["insert into abandoned values (5)"]].concat()).await;
    assert_eq!(count().await, "0");
    rows(&site, &["begin", "insert into abandoned values (6)", "commit"]).await;
    assert_eq!(count().await, "1");
}

#[tokio::test]
async fn nothing_else_is_left_in_a_session_either() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    rows(&site, &["set application_name = 'left behind'"]).await;
    assert_eq!(rows(&site, &["show application_name"]).await, "");
    rows(&site, &["select set_config('application_name', 'left behind', false)"]).await;
    assert_eq!(rows(&site, &["show application_name"]).await, "");
    rows(&site, &["create temp table mine (id int)"]).await;
    assert_eq!(rows(&site, &["select to_regclass('pg_temp.mine')::text"]).await, "null");
    rows(&site, &["select U&\"\\0073et_config\"('application_name', 'left behind', false)"]).await;
    assert_eq!(rows(&site, &["show application_name"]).await, "");
    rows(
        &site,
        &["update pg_settings set setting = 'left behind' where name = 'application_name'"],
    )
    .await;
    assert_eq!(rows(&site, &["show application_name"]).await, "");
    for temporary in [
        "explain analyze create temp table mine as select 1",
        "select 1 into table pg_temp.mine",
        "select '--' into temp mine",
    ] {
        rows(&site, &[temporary]).await;
        assert_eq!(rows(&site, &["select to_regclass('pg_temp.mine')::text"]).await, "null");
    }
    rows(&site, &["select pg_advisory_lock(77)::text"]).await;
    assert_eq!(rows(&site, &["select count(*) from pg_locks where locktype = 'advisory' and objid = 77 and pid = pg_backend_pid()"]).await, "0");
}

#[tokio::test]
async fn a_trap_throws_the_session_away() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    let pid = rows(&site, &[PID]).await;
    assert_eq!(run(&site, json!({ "statements": ["select 1"], "panic": true })).await.status, 500);
    assert_ne!(rows(&site, &[PID]).await, pid);
}

/// Waits until so many sessions are at a statement like this.
async fn active(postgres: &Postgres, statement: &str, expected: i64) {
    let beside = postgres.connect().await;
    let count = format!(
        "select count(*) from pg_stat_activity where query like '%{statement}%' and pid <> pg_backend_pid() and state = 'active'"
    );
    let start = Instant::now();
    while beside.query_one(&count, &[]).await.unwrap().get::<_, i64>(0) != expected {
        assert!(start.elapsed() < Duration::from_secs(10), "{statement}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Postgres was told to stop, and does not sleep on for nobody.
async fn ends(postgres: &Postgres, statement: &str) {
    active(postgres, statement, 0).await;
}

#[tokio::test]
async fn a_query_that_is_cut_short_takes_its_session_with_it() {
    let postgres = shared();
    let site = site(&postgres, Limits { deadline: Duration::from_millis(300), ..limits() }).await;
    let pid = rows(&site, &[PID]).await;
    let cut = run(&site, json!({ "statements": ["select pg_sleep(60)::text as cut_short"] })).await;
    assert_eq!(cut.status, 504);
    assert_ne!(rows(&site, &[PID]).await, pid);
    ends(&postgres, "cut_short").await;
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_query_and_session_with_it() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    let pid = rows(&site, &[PID]).await;
    let script = json!({ "statements": ["select pg_sleep(60)::text as left_alone"] }).to_string();
    let head =
        format!("POST /probe/sql HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", script.len());
    let mut client = tokio::net::TcpStream::connect(site.address).await.unwrap();
    client.write_all((head + &script).as_bytes()).await.unwrap();
    active(&postgres, "left_alone", 1).await;
    drop(client);
    ends(&postgres, "left_alone").await;
    assert_ne!(rows(&site, &[PID]).await, pid);
}

#[tokio::test]
async fn components_share_an_address_and_not_their_rights() {
    let postgres = shared();
    let other = format!(
        "{ALLOWED}\n[component.other]\nsource = {0:?}\n{ALLOWED}\n[component.barred]\nsource = {0:?}\n",
        wasm("host_probe.wasm")
    );
    let triggers = ["probe", "other", "barred"].map(|component| {
        format!("[[trigger.http]]\nroute = \"/{component}/...\"\ncomponent = \"{component}\"\n")
    });
    let site = Setup {
        component: other.leak(),
        triggers: triggers.concat().leak(),
        limits: Limits { postgres_connections: 1, ..limits() },
        ..Setup::default()
    }
    .serve()
    .await;
    let script = json!({ "statements": [PID], "address": postgres.url() }).to_string();
    let id = [("x-correlation-id", "denied-query")];
    let run = async |component: &str| {
        let path = format!("/{component}/sql");
        send(site.address, "POST", &path, &id, script.as_bytes()).await.body
    };
    let pid = run("probe").await;
    assert_eq!(run("other").await, pid);
    assert!(run("barred").await.contains("is not permitted"));
    assert_eq!(run("probe").await, pid);
    let told = log::lines_with("denied-query");
    assert!(told.iter().any(|line| line.contains("\"barred\"")), "{told:?}");
}

#[tokio::test]
async fn a_call_that_holds_too_many_connections_disturbs_nobodys() {
    let postgres = shared();
    let limits = Limits { postgres_connections: 9, ..limits() };
    let site = Setup {
        component: ALLOWED,
        variables: vec![("database_url", postgres.url())],
        limits,
        ..Setup::default()
    }
    .serve()
    .await;
    let opened = get(site.address, "/probe/connections?9").await;
    assert_eq!(opened.body, "8 Error::Other(\"a call may hold 8 connections\")");
}

#[tokio::test]
async fn a_long_result_is_refused() {
    let postgres = shared();
    let site = site(&postgres, Limits { postgres_result: 10_000, ..limits() }).await;
    // Also one of nulls, or of nothing.
    for column in ["repeat('x', 100)", "null::text", ""] {
        let statement = format!("select {column} from generate_series(1, 1000)");
        let long = run(&site, json!({ "statements": [statement] })).await;
        assert!(long.body.contains("the result is longer than 10000 bytes"), "{}", long.body);
        assert_eq!(rows(&site, &["select 1"]).await, "1");
    }
}

#[tokio::test]
async fn a_changed_schema_is_noticed() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    let beside = postgres.connect().await;
    beside
        .batch_execute("create table changing (a int); insert into changing values (1)")
        .await
        .unwrap();
    let select = "select * from changing";
    assert_eq!(rows(&site, &[select]).await, "1");
    beside.batch_execute("alter table changing add b text default 'new'").await.unwrap();
    assert_eq!(rows(&site, &[select]).await, "1|new");
}

#[tokio::test]
async fn a_long_statement_is_not_kept() {
    let postgres = shared();
    let site = site(&postgres, limits()).await;
    let kept = "select count(*) from pg_prepared_statements where statement like 'select ''x%'";
    let short = format!("select '{}'", "x".repeat(10 << 10));
    let long = format!("select '{}'", "x".repeat(20 << 10));
    assert_eq!(rows(&site, &[&short, &long, kept]).await, "1");
}

#[tokio::test]
async fn connections_are_waited_for_and_bounded() {
    let postgres = shared();
    let site = Arc::new(
        site(&postgres, Limits { postgres_connect: Duration::from_millis(200), ..limits() }).await,
    );
    let holder = site.clone();
    let held = tokio::spawn(async move { rows(&holder, &["select pg_sleep(0.1)::text"]).await });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(rows(&site, &["select 1"]).await, "1", "it waited");
    held.await.unwrap();
    let holder = site.clone();
    let held = tokio::spawn(async move { rows(&holder, &["select pg_sleep(1)::text"]).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let refused = run(&site, json!({ "statements": ["select 1"] })).await;
    assert_eq!(refused.body, "Error::ConnectionFailed(\"no connection became free in 200ms\")");
    held.await.unwrap();
}

#[tokio::test]
async fn a_restart_of_postgres_is_recovered_from_at_once() {
    let mut postgres = Postgres::start();
    let site = Arc::new(site(&postgres, limits()).await);
    assert_eq!(rows(&site, &["select 1"]).await, "1");
    postgres.kill();
    let away = run(&site, json!({ "statements": ["select 1"] })).await;
    assert!(away.body.starts_with("Error::ConnectionFailed"), "{}", away.body);
    postgres.run();
    assert_eq!(rows(&site, &["select 1"]).await, "1");

    // Between two statements of one call, too, as long as nothing is open in the session.
    let paused = site.clone();
    let paused = tokio::spawn(async move {
        run(&paused, json!({ "statements": ["select 1", "select 2"], "pause": 1500 })).await
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    postgres.kill();
    postgres.run();
    assert_eq!(paused.await.unwrap().body, "2");
}
