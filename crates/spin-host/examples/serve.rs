use spin_host::*;
use std::sync::Arc;
#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let manifest = args.next().unwrap();
    let port = args.next().unwrap();
    logging::init(logging::LogFormat::Auto);
    let start = std::time::Instant::now();
    let app = app::App::load(&manifest).unwrap();
    let variables = Arc::new(
        variables::Variables::new(
            &app.variables,
            &[variables::Provider::Environment { dotenv: None }],
        )
        .unwrap(),
    );
    let ids: Vec<_> = app.triggers_of("http").map(|t| t.component.as_str()).collect();
    let host = Host::load(
        &app,
        ids.into_iter(),
        variables,
        HostOptions { cache_dir: Some("/tmp/bench-cache".into()), ..Default::default() },
    )
    .await
    .unwrap();
    let trigger = http::HttpTrigger::new(host, &app, Default::default()).unwrap();
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
    eprintln!("ready in {:?}", start.elapsed());
    let stop = tokio_util::sync::CancellationToken::new();
    let s = stop.clone();
    tokio::spawn(async move {
        tokio::signal::ctrl_c().await.unwrap();
        s.cancel()
    });
    trigger.serve(listener, stop).await.unwrap();
}
