//! What must be on this machine beside a Rust compiler, and how to get it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::run::{output, step, succeeds};

/// Something that a step needs.
struct Need {
    what: &'static str,
    found: fn() -> bool,
    debian: &'static [&'static str],
    brew: &'static str,
}

const TO_BUILD: &[Need] = &[
    Need {
        what: "a C and C++ compiler",
        found: || succeeds("c++", &["--version"]),
        debian: &["build-essential"],
        brew: "",
    },
    Need {
        what: "CMake (builds librdkafka)",
        found: || succeeds("cmake", &["--version"]),
        debian: &["cmake", "make"],
        brew: "cmake",
    },
    Need {
        what: "pkg-config and OpenSSL's headers (TLS to Kafka and Postgres)",
        found: || succeeds("pkg-config", &["--exists", "openssl"]),
        debian: &["pkg-config", "libssl-dev"],
        brew: "pkg-config openssl@3",
    },
];

const TO_RUN: &[Need] = &[Need {
    what: "Postgres (or set DATABASE_URL)",
    found: || std::env::var_os("DATABASE_URL").is_some() || postgres_folder("initdb").is_some(),
    debian: &["postgresql"],
    brew: "postgresql",
}];

const TO_MEASURE: &[Need] = &[
    Need {
        what: "wrk (the load generator)",
        found: || succeeds("sh", &["-c", "command -v wrk"]),
        debian: &["wrk"],
        brew: "wrk",
    },
    Need {
        what: "pgbench",
        found: || postgres_folder("pgbench").is_some(),
        debian: &["postgresql-contrib", "postgresql"],
        brew: "postgresql",
    },
];

pub fn ready_to_build() -> Result<()> {
    install(TO_BUILD)
}

pub fn ready_to_run() -> Result<()> {
    install(TO_RUN)
}

pub fn ready_to_measure() -> Result<()> {
    install(TO_RUN)?;
    install(TO_MEASURE)
}

/// Whether we may install Debian's packages.
pub fn can_apt() -> bool {
    output("id", &["-u"]).is_some_and(|id| id.trim() == "0") && succeeds("apt-get", &["--version"])
}

/// Installs Debian's packages.
pub fn apt(packages: &[&str]) -> Result<()> {
    step("apt-get update", apt_get().arg("update"))?;
    step(
        &format!("apt-get install {}", packages.join(" ")),
        apt_get().args(["install", "-y", "--no-install-recommends"]).args(packages),
    )
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("-qq").env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    command
}

fn install(needs: &[Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.found)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.debian).copied().collect();
    if can_apt() {
        apt(&packages)?;
    }
    let still: Vec<&&Need> = missing.iter().filter(|need| !(need.found)()).collect();
    if still.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = still.iter().map(|need| need.what).collect();
    let brew: Vec<&str> =
        still.iter().map(|need| need.brew).filter(|name| !name.is_empty()).collect();
    bail!(
        "missing: {}. Install it (Debian: apt-get install {}; macOS: brew install {}), then run the same command again",
        what.join(", "),
        packages.join(" "),
        brew.join(" ")
    )
}

/// The folder that has a Postgres program: Debian keeps the servers' off PATH.
pub fn postgres_folder(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
    let versions = versions
        .iter()
        .flat_map(|parent| fs::read_dir(parent).into_iter().flatten().flatten())
        .map(|entry| entry.path().join("bin"));
    std::env::split_paths(&path).chain(versions).find(|folder| folder.join(program).exists())
}
