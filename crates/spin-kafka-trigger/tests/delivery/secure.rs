//! Apache Kafka with TLS, passwords and access control lists.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::apache::{self, Apache, Options, free_port};
use crate::broker::Broker;

/// Users and their passwords.
pub const ANN: (&str, &str) = ("ann", "a-horse-of-anns-battery");
pub const BOB: (&str, &str) = ("bob", "a-staple-of-bobs-battery");

/// A broker that lets everybody do everything at its plain listener, and at the other only whom it knows, and only what
/// was granted.
pub struct Secure {
    /// Through the plain listener, for the test's own use.
    pub broker: Broker,
    /// The listener with TLS and passwords.
    pub address: String,
    /// The certificate that it shows, which is its own authority.
    pub ca: PathBuf,
    jars: PathBuf,
}

impl Secure {
    /// The one that all tests share. None with the embedded broker, which trusts everybody.
    pub fn shared() -> Option<&'static Secure> {
        static SHARED: OnceLock<Option<Secure>> = OnceLock::new();
        let start = || {
            let Some(jars) = apache::jars() else {
                // Past the test runner, which shows only what failed.
                let _ = writeln!(
                    std::io::stderr(),
                    "skipped: the tests of security, since SPINDLE_TEST_KAFKA doesn't say where Apache Kafka's jars are"
                );
                return None;
            };
            Some(Secure::start(jars))
        };
        SHARED.get_or_init(start).as_ref()
    }

    fn start(jars: PathBuf) -> Secure {
        let folder = apache::folder();
        certificate(&folder);
        let (plain, secure) = (free_port(), free_port());
        let properties = format!(
            "
            authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
            allow.everyone.if.no.acl.found=false
            super.users=User:ANONYMOUS
            sasl.enabled.mechanisms=SCRAM-SHA-256
            listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=\
                org.apache.kafka.common.security.scram.ScramLoginModule required;
            ssl.keystore.type=PEM
            ssl.keystore.location={keys}
            # How soon a connection has to show its password again. Kafka lets none do it twice in a second, and librdkafka
            # does it at nine tenths of this.
            connections.max.reauth.ms=3000
            ",
            keys = folder.join("keys.pem").display()
        );
        let users = [ANN, BOB]
            .map(|(name, password)| format!("SCRAM-SHA-256=[name={name},password={password}]"));
        let options = Options {
            listener: Some(&format!("SASL_SSL://127.0.0.1:{secure}")),
            properties: &properties,
            users: &users.each_ref().map(String::as_str),
        };
        let apache = Apache::start(&jars, &folder, plain, plain, &options);
        Secure {
            broker: Broker::with(plain, apache),
            address: format!("127.0.0.1:{secure}"),
            ca: folder.join("ca.pem"),
            jars,
        }
    }

    /// Grants a user an operation on a resource, such as `--topic`.
    pub fn grant(&self, user: &str, operation: &str, resource: &str, name: &str) {
        let user = format!("User:{user}");
        self.run(
            "org.apache.kafka.tools.AclCommand",
            &["--add", "--allow-principal", &user, "--operation", operation, resource, name],
        );
    }

    pub fn set_password(&self, user: &str, password: &str) {
        let config = format!("SCRAM-SHA-256=[password={password}]");
        self.run(
            "kafka.admin.ConfigCommand",
            &["--alter", "--entity-type", "users", "--entity-name", user, "--add-config", &config],
        );
    }

    fn run(&self, class: &str, arguments: &[&str]) {
        let arguments = [&["--bootstrap-server", &self.broker.address], arguments].concat();
        apache::run(&self.jars, class, &arguments);
    }
}

/// A certificate for 127.0.0.1: alone as `ca.pem`, with its key as `keys.pem`.
fn certificate(folder: &Path) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"])
        .args(["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-out", "ca.pem", "-keyout", "keys.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl runs");
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
    let read = |name| std::fs::read_to_string(folder.join(name)).expect("a file");
    let keys = [read("keys.pem"), read("ca.pem")].concat();
    std::fs::write(folder.join("keys.pem"), keys).expect("a file");
}
