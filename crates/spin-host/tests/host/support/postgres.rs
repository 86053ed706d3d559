//! A private Postgres on a free port, in a folder that goes with it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};

/// A cluster and, while it runs, its server.
pub struct Postgres {
    folder: tempfile::TempDir,
    port: u16,
    /// With a certificate that nobody has reason to trust.
    tls: bool,
    server: Option<Child>,
}

/// The server that tests share; it stops with the last of them.
pub fn shared() -> Arc<Postgres> {
    static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Postgres::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

impl Postgres {
    /// Makes a cluster and starts it.
    pub fn start() -> Self {
        Self::new(false)
    }

    /// The same, with TLS and a certificate that it signed itself.
    pub fn start_with_tls() -> Self {
        Self::new(true)
    }

    fn new(tls: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let output = command("initdb")
            .args([
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--username=postgres",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if tls {
            let made = Command::new("openssl")
                .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"])
                .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
                .args(["-out", "server.crt", "-keyout", "server.key"])
                .current_dir(&data)
                .output()
                .unwrap();
            assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
        }
        let mut postgres = Self { folder, port, tls, server: None };
        postgres.run();
        postgres
    }

    /// Starts the server and waits until it says that it is ready.
    pub fn run(&mut self) {
        let mut server = command("postgres")
            .args([
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off",
                "-c",
                if self.tls { "ssl=on" } else { "ssl=off" },
                "-p",
            ])
            .arg(self.port.to_string())
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
        let ready = lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("ready to accept connections"));
        assert!(ready, "postgres ended");
        // It must not block on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        self.server = Some(server);
    }

    /// Ends the server as a crash would: at once, and its sessions with it.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Its children notice that it is gone. SIGQUIT is Postgres's own "immediate shutdown".
            let pid = rustix::process::Pid::from_child(&server);
            rustix::process::kill_process(pid, rustix::process::Signal::QUIT).unwrap();
            server.wait().unwrap();
        }
    }

    /// Where components find it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// A session of the test's own, beside the host's.
    pub async fn connect(&self) -> tokio_postgres::Client {
        let (client, connection) =
            tokio_postgres::connect(&self.url(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One of Postgres's programs, which refuse to run as root: then, as another user of a namespace of its own.
fn command(name: &str) -> Command {
    let program = find(name);
    if rustix::process::geteuid().is_root() {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-user=1000"]).arg(program);
        return command;
    }
    Command::new(program)
}

/// On the PATH, else where Debian has it.
fn find(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"));
    let mut debian: Vec<_> = debian.collect();
    debian.sort();
    let folders = std::env::split_paths(&path).chain(debian.into_iter().rev());
    let found = folders.map(|folder| folder.join(name)).find(|path: &PathBuf| Path::exists(path));
    found.unwrap_or_else(|| panic!("{name} is not installed: it comes with PostgreSQL's server"))
}
