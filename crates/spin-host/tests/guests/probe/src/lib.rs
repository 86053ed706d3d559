//! What the host's tests call: does what its path says, well-behaved or not.

// Spin's errors are as large as they are.
#![allow(clippy::result_large_err)]

mod misbehave;
mod sql;

use std::io::Read as _;
use std::net::SocketAddrV4;

use futures::SinkExt as _;
use serde_json::json;
use spin_sdk::http::{
    Fields, IncomingRequest, Method, OutgoingResponse, Request, Response, ResponseOutparam,
};
use spin_sdk::{http_component, variables};
use wasi::sockets::instance_network::instance_network;
use wasi::sockets::network::{ErrorCode, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasi::sockets::tcp_create_socket::create_tcp_socket;

/// What an action answers: a status and a body.
type Answer = (u16, String);

#[http_component]
async fn handle(request: IncomingRequest, out: ResponseOutparam) {
    let path = request.path_with_query().unwrap_or_default();
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    // The first segment is the component's route.
    let action = path.trim_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let query = query.to_owned();
    let (status, body) = match action.as_str() {
        "string" => (200, "hello".to_owned()),
        "echo" => echo(&request),
        "count" => match request.into_body().await {
            Ok(body) => (200, body.len().to_string()),
            Err(error) => (400, error.to_string()),
        },
        "variable" => match variables::get(&query) {
            Ok(value) => (200, value),
            Err(error) => (404, format!("{error:?}")),
        },
        "environment" => (200, json!(std::env::vars().collect::<Vec<_>>()).to_string()),
        "read" => read(&query),
        "write" => {
            (200, format!("{:?}", std::fs::write(&query, "x").map_err(|error| error.kind())))
        }
        "log" => {
            log();
            (200, String::new())
        }
        "fetch" => fetch(&query).await,
        "connect" => match connect(&query) {
            Ok(()) => (200, "connected".to_owned()),
            Err(error) => (502, format!("{error:?}")),
        },
        "select" => sql::select(),
        "connections" => sql::connections(query.parse().unwrap_or(0)),
        "sql" => match request.into_body().await {
            Ok(body) => sql::run(&body),
            Err(error) => (400, error.to_string()),
        },
        "stream" => return stream(out, &query).await,
        "lie" => return misbehave::lie(out, &query),
        action => misbehave::act(action, &query),
    };
    respond(out, status, body).await;
}

async fn respond(out: ResponseOutparam, status: u16, body: String) {
    let headers = Fields::from_list(&[("content-type".to_owned(), b"text/plain".to_vec())])
        .unwrap_or_else(|_| Fields::new());
    let response = OutgoingResponse::new(headers);
    let _ = response.set_status_code(status);
    if let Err(error) = out.set_with_body(response, body.into_bytes()).await {
        eprintln!("no response: {error:?}");
    }
}

/// What arrived, as JSON.
fn echo(request: &IncomingRequest) -> Answer {
    let headers: Vec<_> = request
        .headers()
        .entries()
        .into_iter()
        .map(|(name, value)| (name, String::from_utf8_lossy(&value).into_owned()))
        .collect();
    (200, json!({ "path": request.path_with_query(), "headers": headers }).to_string())
}

fn read(path: &str) -> Answer {
    let mut text = String::new();
    match std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => (200, text),
        Err(error) => (404, error.to_string()),
    }
}

fn log() {
    println!("a plain line");
    eprintln!(
        r#"{{"time":"x","level":"warn","component":"liar","correlation_id":"its-own","message":"a JSON line","task":{{"id":7}}}}"#
    );
    eprint!("an unfinished line");
}

async fn fetch(url: &str) -> Answer {
    let request = Request::builder().method(Method::Get).uri(url).build();
    match spin_sdk::http::send::<_, Response>(request).await {
        Ok(response) => (200, String::from_utf8_lossy(response.body()).into_owned()),
        Err(error) => (502, error.to_string()),
    }
}

/// A TCP connection to an IPv4 address and port. (Debian's libc for WASI has no sockets.)
fn connect(address: &str) -> Result<(), ErrorCode> {
    let address: SocketAddrV4 = address.parse().map_err(|_| ErrorCode::InvalidArgument)?;
    let [a, b, c, d] = address.ip().octets();
    let remote = Ipv4SocketAddress { port: address.port(), address: (a, b, c, d) };
    let socket = create_tcp_socket(IpAddressFamily::Ipv4)?;
    socket.start_connect(&instance_network(), IpSocketAddress::Ipv4(remote))?;
    loop {
        match socket.finish_connect() {
            Err(ErrorCode::WouldBlock) => socket.subscribe().block(),
            connected => return connected.map(drop),
        }
    }
}

/// Sends a first chunk, and then as `query` says: a second one after a moment, or a trap, or others until nobody reads.
async fn stream(out: ResponseOutparam, query: &str) {
    let response = OutgoingResponse::new(Fields::new());
    let mut body = response.take_body();
    out.set(response);
    let _ = body.send(b"first,".to_vec()).await;
    std::thread::sleep(std::time::Duration::from_millis(50));
    assert_ne!(query, "trap");
    let _ = body.send(b"second".to_vec()).await;
    while query == "endless" && body.send(b",more".to_vec()).await.is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
