//! The example of the README, as it stands.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::apache::free_port;
use crate::broker::Broker;
use crate::plugin::{Plugin, wasm};

/// The example's folder as `spin build` leaves it.
pub struct Example {
    directory: Arc<TempDir>,
    brokers: String,
}

/// A broker with the example's topic: not the shared one, because the manifest names the topic and the group.
pub async fn broker_with_names() -> Broker {
    let port = free_port();
    let broker = Broker::start(port, port);
    broker.create_topic("names", 1).await;
    broker
}

impl Example {
    pub fn new(brokers: &str) -> Example {
        let directory = tempfile::tempdir().expect("a directory");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/greet/spin.toml");
        std::fs::copy(source, directory.path().join("spin.toml")).expect("the example's manifest");
        let built = directory.path().join("target/wasm32-wasip2/release");
        std::fs::create_dir_all(&built).expect("a folder");
        std::fs::copy(wasm("greet.wasm"), built.join("greet.wasm"))
            .expect("the example's component");
        Example { directory: Arc::new(directory), brokers: brokers.to_owned() }
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The command that `spin up` runs in its folder.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trigger-kafka"));
        command
            .current_dir(self.directory.path())
            .env("SPIN_LOCKED_URL", self.path("spin.toml"))
            .env("SPIN_LOCAL_APP_DIR", "")
            .env("SPIN_VARIABLE_KAFKA_BROKERS", &self.brokers);
        command
    }

    pub fn start(&self, command: Command) -> Plugin {
        Plugin::start(command, Arc::clone(&self.directory))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_greets_whose_name_comes_by() {
    let broker = broker_with_names().await;
    let example = Example::new(&broker.address);
    let mut plugin = example.start(example.command());
    let names = broker.producer();
    names.send("names", 0, "Ada").await;
    names.send("names", 0, "Grace").await;
    broker.until_committed("greet", "names", 0, 2).await;
    plugin.stop().await;
    let said = std::fs::read_to_string(example.path(".spin/logs/greet_stdout.txt")).expect("a log");
    let expected = "Hello, Ada! (partition 0, offset 0)\nHello, Grace! (partition 0, offset 1)\n";
    assert_eq!(said, expected);
}
