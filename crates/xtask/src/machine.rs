//! What must be on this machine beside a Rust compiler, and how to get it.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::run::{output, root, step, succeeds};

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
        what: "make (builds librdkafka)",
        found: || succeeds("make", &["--version"]),
        debian: &["make"],
        brew: "make",
    },
    Need {
        what: "pkg-config and OpenSSL's headers (TLS to Kafka and Postgres)",
        found: || succeeds("pkg-config", &["--exists", "openssl"]),
        debian: &["pkg-config", "libssl-dev"],
        brew: "pkg-config openssl@3",
    },
];

const POSTGRES: Need = Need {
    what: "Postgres",
    found: || postgres_folder("initdb").is_some(),
    debian: &["postgresql"],
    brew: "postgresql",
};

const TO_RUN: &[Need] = &[Need {
    what: "Postgres (or set DATABASE_URL)",
    found: || std::env::var_os("DATABASE_URL").is_some() || (POSTGRES.found)(),
    ..POSTGRES
}];

const TO_TEST: &[Need] = &[
    POSTGRES,
    Need {
        what: "curl (README's walk)",
        found: || succeeds("curl", &["--version"]),
        debian: &["curl"],
        brew: "curl",
    },
    Need {
        what: "openssl (certificates for the tests of TLS)",
        found: || succeeds("openssl", &["version"]),
        debian: &["openssl"],
        brew: "openssl@3",
    },
    Need {
        what: "python3 (the scorer of the date tables, where SPINDLE_SHARED is set)",
        found: || {
            std::env::var_os("SPINDLE_SHARED").is_none() || succeeds("python3", &["--version"])
        },
        debian: &["python3"],
        brew: "python",
    },
    Need {
        what: "ip (iproute2: hosts that are cut off)",
        found: || !cfg!(target_os = "linux") || succeeds("ip", &["-V"]),
        debian: &["iproute2"],
        brew: "",
    },
    Need { what: "ps", found: || succeeds("ps", &[]), debian: &["procps"], brew: "" },
];

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

const FOR_KAFKA: &[Need] = &[
    Need {
        what: "Java 17 or newer (runs Apache Kafka)",
        found: || {
            output("java", &["--version"]).is_some_and(|said| java_version(&said) >= Some(17))
        },
        debian: &["default-jre-headless"],
        brew: "openjdk",
    },
    Need {
        what: "Maven (fetches Apache Kafka)",
        found: || succeeds("mvn", &["--version"]),
        debian: &["maven"],
        brew: "maven",
    },
];

const FOR_PYTHON: &[Need] = &[Need {
    what: "Python 3.11 or newer with venv (runs schemathesis)",
    found: || {
        let imports = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
        succeeds("python3", &["-c", imports])
    },
    debian: &["python3", "python3-venv"],
    brew: "python",
}];

const FOR_BROWSER: &[Need] = &[
    Need {
        what: "Chromium",
        found: || browser().is_some(),
        debian: &["chromium"],
        brew: "--cask chromium",
    },
    Need {
        what: "a font for Urdu",
        found: || {
            !cfg!(target_os = "linux")
                || output("fc-list", &[":lang=ur"]).is_some_and(|fonts| !fonts.trim().is_empty())
        },
        debian: &["fontconfig", "fonts-noto-core"],
        brew: "",
    },
];

/// What it takes to build.
pub fn ready_to_build() -> Result<()> {
    install(&[TO_BUILD])
}

/// What it takes to build and run: asked for before the build, which takes a while.
pub fn ready_to_run() -> Result<()> {
    install(&[TO_BUILD, TO_RUN])
}

pub fn ready_to_test() -> Result<()> {
    install(&[TO_BUILD, TO_TEST])
}

pub fn ready_for_kafka() -> Result<()> {
    install(&[FOR_KAFKA])
}

pub fn ready_for_python() -> Result<()> {
    install(&[FOR_PYTHON])
}

pub fn ready_for_browser() -> Result<PathBuf> {
    install(&[FOR_BROWSER])?;
    browser().context("no Chromium")
}

pub fn ready_to_measure() -> Result<()> {
    install(&[TO_BUILD, TO_TEST, TO_MEASURE])
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

fn install(lists: &[&[Need]]) -> Result<()> {
    if root().to_string_lossy().contains(char::is_whitespace) {
        bail!(
            "{} has a space in it, and librdkafka can't be built there; move the checkout",
            root().display()
        );
    }
    let missing: Vec<&Need> =
        lists.iter().copied().flatten().filter(|need| !(need.found)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.debian).copied().collect();
    if can_apt()
        && let Err(error) = apt(&packages)
    {
        // What to do about it is said below.
        eprintln!("  {error:#}");
    }
    let still: Vec<&&Need> = missing.iter().filter(|need| !(need.found)()).collect();
    if still.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = still.iter().map(|need| need.what).collect();
    let brew: Vec<&str> =
        still.iter().map(|need| need.brew).filter(|name| !name.is_empty()).collect();
    let brew = if brew.is_empty() {
        "xcode-select --install".to_owned()
    } else {
        format!("brew install {}", brew.join(" "))
    };
    bail!(
        "missing: {}. Install it (Debian: apt-get install {}; macOS: {brew}), then run the same command again",
        what.join(", "),
        packages.join(" "),
    )
}

/// A Chromium, by whatever name it has; SPINDLE_BROWSER names another.
fn browser() -> Option<PathBuf> {
    let named = std::env::var("SPINDLE_BROWSER").ok();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let cask = "/Applications/Chromium.app/Contents/MacOS/Chromium";
    let candidates = named.iter().map(String::as_str).chain(names).chain([cask]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    candidates
        .filter(|name| succeeds(name, &["--version"]))
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|file| file.exists())
}

/// The folder that has a Postgres program: Debian keeps the servers' off PATH.
pub fn postgres_folder(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = [
        "/usr/lib/postgresql",
        "/opt/homebrew/opt",
        "/usr/local/opt",
        "/Applications/Postgres.app/Contents/Versions",
    ];
    let versions = versions
        .iter()
        .flat_map(|parent| fs::read_dir(parent).into_iter().flatten().flatten())
        .map(|entry| entry.path().join("bin"));
    std::env::split_paths(&path).chain(versions).find(|folder| folder.join(program).exists())
}

/// The major version, of `openjdk 17.0.15 2025-04-15`.
fn java_version(said: &str) -> Option<u32> {
    let version = said.split_ascii_whitespace().nth(1)?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javas_versions_compare_as_numbers() {
        assert_eq!(java_version("openjdk 17.0.15 2025-04-15\nOpenJDK Runtime"), Some(17));
        assert_eq!(java_version("java 21 2023-09-19 LTS"), Some(21));
        assert_eq!(java_version("openjdk 25-ea 2025-09-16"), Some(25));
        assert_eq!(java_version("Unrecognized option: --version"), None);
    }
}
