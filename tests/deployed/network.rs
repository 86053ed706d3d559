//! A network in which hosts can be cut off from each other: namespaces around a router that forgets their packets.

use std::fs::File;
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Where Postgres is, for the pods.
pub const DATABASE: &str = "10.80.0.1";
/// Where the broker is.
pub const BROKER: &str = "10.80.0.2";

/// A host of pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    A,
    B,
}

impl Node {
    fn address(self) -> &'static str {
        match self {
            Self::A => "10.80.2.2",
            Self::B => "10.80.3.2",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// The network: a router, a host for servers, two for pods. It is gone when it is dropped.
pub struct Network {
    prefix: String,
}

impl Network {
    /// Makes it; none where that isn't allowed, which is said aloud and an error where `CI` is set.
    pub fn new() -> Result<Option<Self>> {
        let network = Self { prefix: format!("spindle-{}", std::process::id()) };
        match network.build() {
            Ok(()) => Ok(Some(network)),
            Err(error) if std::env::var_os("CI").is_some() => Err(error),
            Err(error) => {
                eprintln!("SKIPPED: network namespaces need root and iproute2: {error:#}");
                Ok(None)
            }
        }
    }

    fn build(&self) -> Result<()> {
        for name in ["router", "servers", "a", "b"] {
            ip(&["netns", "add", &self.namespace(name)])?;
            self.within(name, "link set lo up")?;
        }
        self.within("servers", &format!("addr add {DATABASE}/32 dev lo"))?;
        self.within("servers", &format!("addr add {BROKER}/32 dev lo"))?;
        for (number, name) in (1..).zip(["servers", "a", "b"]) {
            let other = self.namespace(name);
            self.within(
                "router",
                &format!("link add name to-{name} type veth peer name eth0 netns {other}"),
            )?;
            self.within("router", &format!("addr add 10.80.{number}.1/30 dev to-{name}"))?;
            self.within("router", &format!("link set to-{name} up"))?;
            self.within(name, &format!("addr add 10.80.{number}.2/30 dev eth0"))?;
            self.within(name, "link set eth0 up")?;
            self.within(name, &format!("route add default via 10.80.{number}.1"))?;
        }
        self.within("router", "route add 10.80.0.0/24 via 10.80.1.2")?;
        self.enter("router", || std::fs::write("/proc/sys/net/ipv4/ip_forward", "1"))??;
        Ok(())
    }

    /// From now on, no packet goes from one to the other, and nobody is told.
    pub fn cut(&self, node: Node, server: &str) -> Result<()> {
        self.rule("add", node, server)
    }

    /// They do again.
    pub fn heal(&self, node: Node, server: &str) -> Result<()> {
        self.rule("del", node, server)
    }

    fn rule(&self, verb: &str, node: Node, server: &str) -> Result<()> {
        for (from, to) in [(node.address(), server), (server, node.address())] {
            self.within("router", &format!("rule {verb} from {from} to {to} blackhole"))?;
        }
        Ok(())
    }

    /// Connections of a node that its programs have closed, and that have something to send all the same.
    pub fn left_behind(&self, node: Node) -> Result<usize> {
        // proc(5), /proc/net/tcp: states are numbered as in the kernel's tcp_states.h.
        const CLOSED: [&str; 3] = ["04", "09", "0B"];
        let table =
            self.enter(node.name(), || std::fs::read_to_string("/proc/thread-self/net/tcp"))??;
        let states = table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(3));
        Ok(states.filter(|state| CLOSED.contains(state)).count())
    }

    /// What runs a program on a node, before the program itself.
    pub fn on(&self, node: Node) -> (PathBuf, [String; 3]) {
        self.at(node.name())
    }

    /// What runs a program beside the servers.
    pub fn beside_servers(&self) -> (PathBuf, [String; 3]) {
        self.at("servers")
    }

    fn at(&self, name: &str) -> (PathBuf, [String; 3]) {
        ("ip".into(), ["netns".to_owned(), "exec".to_owned(), self.namespace(name)])
    }

    /// Does something where the servers are. A socket that is made there stays there.
    pub fn enter_servers<T: Send + 'static>(
        &self,
        it: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        self.enter("servers", it)
    }

    /// A thread can be elsewhere than its process; so can those that it starts.
    fn enter<T: Send + 'static>(
        &self,
        name: &str,
        it: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let namespace = File::open(format!("/run/netns/{}", self.namespace(name)))?;
        let thread = std::thread::spawn(move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            anyhow::Ok(it())
        });
        thread.join().map_err(|_| anyhow::anyhow!("it crashed"))?
    }

    fn within(&self, name: &str, command: &str) -> Result<()> {
        let namespace = self.namespace(name);
        ip(&[&["-n", &namespace], command.split(' ').collect::<Vec<_>>().as_slice()].concat())
    }

    fn namespace(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in ["router", "servers", "a", "b"] {
            let _never_made = ip(&["netns", "del", &self.namespace(name)]);
        }
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    let output = Command::new("ip").args(arguments).output().context("no ip (iproute2)")?;
    ensure!(
        output.status.success(),
        "ip {}: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}
