//! An application of probes, served on a port of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use spin_host::app::App;
use spin_host::http::{HttpOptions, HttpTrigger};
use spin_host::monitor::Monitor;
use spin_host::variables::{Provider, Variables};
use spin_host::{Host, HostOptions, Limits};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::log;

/// How to make one; the default is a probe at `/probe/...` that may reach nothing.
#[derive(Default)]
pub struct Setup {
    /// Goes into `[component.probe]`; tables of more components may follow.
    pub component: &'static str,
    /// Instead of the one route.
    pub triggers: &'static str,
    /// Of the application; the probe gets each under its own name.
    pub variables: Vec<(&'static str, String)>,
    pub limits: Limits,
    pub http: HttpOptions,
}

/// A site that serves until it is dropped.
pub struct Site {
    pub address: SocketAddr,
    pub folder: tempfile::TempDir,
    pub stop: CancellationToken,
    pub served: tokio::task::JoinHandle<()>,
}

/// Where a component is: `SPINDLE_WASM_DIR`, else where `cargo xtask` puts it.
pub fn wasm(name: &str) -> PathBuf {
    let folder = match std::env::var_os("SPINDLE_WASM_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../target/wasm/wasm32-wasip2/component"
        )),
    };
    let path = folder.join(name);
    assert!(
        path.exists(),
        "{} is not built: run `cargo xtask test`, or set SPINDLE_WASM_DIR",
        path.display()
    );
    path.canonicalize().unwrap()
}

impl Setup {
    /// The application, written into a folder of its own.
    pub fn app(&self) -> (tempfile::TempDir, App) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("note.txt"), "a note").unwrap();
        std::fs::create_dir(folder.path().join("assets")).unwrap();
        std::fs::write(folder.path().join("assets/page.html"), "a page").unwrap();
        let triggers = match self.triggers {
            "" => "[[trigger.http]]\nroute = \"/probe/...\"\ncomponent = \"probe\"\n",
            triggers => triggers,
        };
        let declared: String = self
            .variables
            .iter()
            .map(|(name, _)| format!("{name} = {{ required = true }}\n"))
            .collect();
        let given = self.variables.iter().map(|(name, _)| format!("{name} = \"{{{{ {name} }}}}\""));
        let given = match given.collect::<Vec<_>>() {
            given if given.is_empty() => String::new(),
            given => format!("variables = {{ {} }}", given.join(", ")),
        };
        let manifest = format!(
            "spin_manifest_version = 2\n[application]\nname = \"probes\"\nversion = \"1.2.3\"\n[variables]\n{declared}\n{triggers}\n\
             [component.probe]\nsource = {:?}\n{given}\n{}",
            wasm("host_probe.wasm"),
            self.component,
        );
        let path = folder.path().join("spin.toml");
        std::fs::write(&path, manifest).unwrap();
        let app = App::from_manifest(&path).unwrap();
        (folder, app)
    }

    /// Loads and serves it.
    pub async fn serve(self) -> Site {
        log::keep();
        let (folder, app) = self.app();
        let values: BTreeMap<_, _> = self
            .variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let variables =
            Arc::new(Variables::new(&app.variables, &[Provider::Static(values)]).unwrap());
        let options =
            HostOptions { cache_dir: Some(cache()), limits: self.limits, ..HostOptions::default() };
        let ids = app.components.iter().map(|component| component.id.as_str());
        let host = Host::load(&app, ids, variables, options).await.unwrap();
        let trigger = HttpTrigger::new(host, &app, self.http, &mut Monitor::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn({
            let stop = stop.clone();
            async move { trigger.serve(listener, stop).await.unwrap() }
        });
        Site { address, folder, stop, served }
    }
}

/// Compiled components are shared by all tests: the probe is compiled once.
pub fn cache() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("spin-host-cache")
}

/// Few instances: each test has an engine of its own.
pub fn limits() -> Limits {
    Limits { instances: 8, ..Limits::default() }
}
