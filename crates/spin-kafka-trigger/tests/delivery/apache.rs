//! Apache Kafka as a process: one node, broker and controller, whose data goes with it.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, PipeReader};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Small and quick to start; a log that tells of troubles and of the start.
const JAVA: &[&str] = &[
    "-Xmx256m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
];

/// What it says when it serves clients.
const STARTED: &str = "Kafka Server started";

/// Ends the server when the test's process has ended, however that was: then its standard input, a pipe, is closed.
const GUARD: &str = r#"
folder=$1; shift
exec 3<&0
"$@" 3<&- </dev/null & server=$!
exec >/dev/null 2>&1
(read -r _ <&3; kill -KILL $server) &
wait $server
rm -rf "$folder"
"#;

/// The folder of Kafka's jars, if the tests are to run with it.
pub fn jars() -> Option<PathBuf> {
    std::env::var_os("SPINDLE_TEST_KAFKA").map(PathBuf::from)
}

/// A port of the loopback address that nobody listens on.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// One of Kafka's programs.
fn program(jars: &Path, class: &str) -> Command {
    let mut command = Command::new("java");
    command.args(JAVA).arg("-cp").arg(jars.join("*")).arg(class);
    command
}

/// Runs one of Kafka's programs to its end.
pub fn run(jars: &Path, class: &str, arguments: &[&str]) {
    let output = program(jars, class).args(arguments).output().expect("java runs");
    assert!(
        output.status.success(),
        "{class} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A folder for a broker, which the broker removes: a value in a static is never dropped.
pub fn folder() -> PathBuf {
    tempfile::Builder::new().prefix("kafka-").tempdir().expect("a folder").keep()
}

/// What differs between brokers.
#[derive(Default)]
pub struct Options<'a> {
    /// Where to listen beside the plain listener, such as `SASL_SSL://127.0.0.1:9093`.
    pub listener: Option<&'a str>,
    /// Lines of its properties.
    pub properties: &'a str,
    /// Users that it has from the beginning, as its `StorageTool` takes them.
    pub users: &'a [&'a str],
}

/// A broker that ends with this value, and with this process.
pub struct Apache(Child);

impl Apache {
    /// Listens on `port` and tells clients to connect to `advertised`.
    pub fn start(
        jars: &Path,
        folder: &Path,
        port: u16,
        advertised: u16,
        options: &Options<'_>,
    ) -> Apache {
        let controller = free_port();
        let mut listeners = format!("PLAINTEXT://127.0.0.1:{port}");
        let mut advertised = format!("PLAINTEXT://127.0.0.1:{advertised}");
        if let Some(listener) = options.listener {
            for list in [&mut listeners, &mut advertised] {
                write!(list, ",{listener}").expect("a string");
            }
        }
        let properties = format!(
            "
            process.roles=broker,controller
            node.id=1
            listeners=CONTROLLER://127.0.0.1:{controller},{listeners}
            advertised.listeners={advertised}
            controller.quorum.voters=1@127.0.0.1:{controller}
            controller.listener.names=CONTROLLER
            inter.broker.listener.name=PLAINTEXT
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
            log.dirs={data}
            auto.create.topics.enable=false
            # Some records of tests are years old.
            log.retention.ms=-1
            offsets.topic.num.partitions=1
            offsets.topic.replication.factor=1
            group.initial.rebalance.delay.ms=50
            group.min.session.timeout.ms=1000
            {options}
            ",
            data = folder.join("data").display(),
            options = options.properties,
        );
        let file = folder.join("server.properties");
        std::fs::write(&file, properties).expect("a file");

        let file = file.to_str().expect("text");
        let mut format = vec!["format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", file];
        format.extend(options.users.iter().flat_map(|user| ["--add-scram", user]));
        run(jars, "kafka.tools.StorageTool", &format);

        let (log, stderr) = std::io::pipe().expect("a pipe");
        let java = program(jars, "kafka.Kafka");
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "sh"]).arg(folder).arg(java.get_program());
        guard.args(java.get_args()).arg(file);
        // Not in the terminal's group, whose Ctrl-C would end the guard before its duty is done.
        guard.process_group(0).stdin(Stdio::piped());
        guard.stdout(stderr.try_clone().expect("a pipe")).stderr(stderr);
        let apache = Apache(guard.spawn().expect("sh starts"));
        drop(guard);
        until_started(log);
        apache
    }
}

/// Reads the log until the broker serves, and then on, lest the pipe fill up.
fn until_started(log: PipeReader) {
    let (said, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            // Nobody listens any more once it has started.
            let _ = said.send(line);
        }
    });
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut log = Vec::new();
    while !log.last().is_some_and(|line: &String| line.contains(STARTED)) {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => log.push(line),
            Err(why) => panic!("Kafka does not start ({why}):\n{}", log.join("\n")),
        }
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        // The guard's signal to end it.
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
