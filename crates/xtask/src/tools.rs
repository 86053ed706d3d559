//! The tools that check what is deployed: helm, kubeconform, promtool and actionlint are Go modules, hadolint comes with Python's.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::python;
use crate::run::{output, root, step};

/// A program that is a Go module: its name, its package and its version.
pub struct GoTool {
    name: &'static str,
    package: &'static str,
    version: &'static str,
}

pub const HELM: GoTool =
    GoTool { name: "helm", package: "helm.sh/helm/v3/cmd/helm", version: "v3.22.0" };
pub const KUBECONFORM: GoTool = GoTool {
    name: "kubeconform",
    package: "github.com/yannh/kubeconform/cmd/kubeconform",
    version: "v0.8.0",
};
pub const ACTIONLINT: GoTool = GoTool {
    name: "actionlint",
    package: "github.com/rhysd/actionlint/cmd/actionlint",
    version: "v1.7.12",
};
/// What `docker compose` reads compose files with, as a program; it has no better name.
pub const COMPOSE: GoTool = GoTool {
    name: "cmd",
    package: "github.com/compose-spec/compose-go/v2/cmd",
    version: "v2.16.2",
};
/// Lists what an image or a folder is made of.
pub const SYFT: GoTool =
    GoTool { name: "syft", package: "github.com/anchore/syft/cmd/syft", version: "v1.57.1" };
/// Finds in such a list what is known to be vulnerable.
pub const GRYPE: GoTool =
    GoTool { name: "grype", package: "github.com/anchore/grype/cmd/grype", version: "v0.121.3" };

/// Reads PromQL, and tries what alerts do.
pub const PROMTOOL: GoTool = GoTool {
    name: "promtool",
    package: "github.com/prometheus/prometheus/cmd/promtool",
    version: "v0.316.0",
};

impl GoTool {
    /// What it is called in full.
    pub fn package(&self) -> &'static str {
        self.package
    }

    /// The program, built once a version.
    pub fn installed(&self) -> Result<PathBuf> {
        let folder = root().join("target/tools").join(format!("{}-{}", self.name, self.version));
        let program = folder.join(self.name);
        if program.exists() {
            return Ok(program);
        }
        let title = format!("{}@{}", self.package, self.version);
        let mut install = Command::new(go()?);
        install.args(["install", &format!("{}@{}", self.package, self.version)]);
        // The tag is promtool's: without the clients of two dozen clouds, it is built in a fraction of the time.
        install.env("GOBIN", &folder).env("GOFLAGS", "-trimpath -tags=remove_all_sd");
        step(&title, &mut install)?;
        Ok(program)
    }
}

/// Something that may be absent. None, said aloud, where it can't be had; CI has to have it.
pub fn optional(name: &str, installed: Result<PathBuf>) -> Result<Option<PathBuf>> {
    match installed {
        Ok(found) => Ok(Some(found)),
        Err(error) if std::env::var_os("CI").is_some() => Err(error.context(name.to_owned())),
        Err(error) => {
            eprintln!("  NOT CHECKED with {name}, which can't be had: {error:#}");
            Ok(None)
        }
    }
}

/// A program of a Python package.
pub fn python_tool(name: &str) -> Result<PathBuf> {
    let python = python::installed()?;
    Ok(python.parent().context("no folder of programs")?.join(name))
}

/// A file or folder of a Python package.
pub fn python_package(name: &str) -> Result<PathBuf> {
    let python = python::installed()?;
    let print = format!("import {name}; print({name}.__path__[0])");
    let folder = output(&python.to_string_lossy(), &["-c", &print])
        .with_context(|| format!("the Python package {name} is not there"))?;
    Ok(PathBuf::from(folder.trim_end()))
}

/// This machine's Go, if it is one that fetches the Go that a module asks for (1.21 or newer), or the one of Python's
/// registry.
fn go() -> Result<PathBuf> {
    if output("go", &["version"]).is_some_and(|said| fetches_others(&said)) {
        return Ok(PathBuf::from("go"));
    }
    Ok(python_package("go")?.join("bin/go"))
}

/// Of `go version go1.26.8 linux/amd64`.
fn fetches_others(said: &str) -> bool {
    let version = said.split_ascii_whitespace().nth(2).and_then(|word| word.strip_prefix("go1."));
    let minor = version.and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next());
    minor.and_then(|minor| minor.parse::<u32>().ok()) >= Some(21)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gos_versions_compare_as_numbers() {
        assert!(fetches_others("go version go1.26.8 linux/amd64"));
        assert!(fetches_others("go version go1.21 darwin/arm64"));
        assert!(!fetches_others("go version go1.19.8 linux/amd64"));
        assert!(!fetches_others("bash: go: command not found"));
    }
}
