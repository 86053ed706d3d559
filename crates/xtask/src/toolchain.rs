//! Which Rust compiler builds Spindle, and how it gets a WebAssembly standard library.
//!
//! The native programs need the `rust-version` of the workspace. The components need the target
//! wasm32-wasip2: from rustup; or, where rustup can't download, from the sources that Debian ships
//! beside its compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::machine;
use crate::run::{output, root, step};

pub const TARGET: &str = "wasm32-wasip2";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_PACKAGES: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rustfmt-web",
    "rust-web-clippy",
    "rust-web-llvm",
    "wasi-libc",
];
const RUST_LLD: &str = "/usr/bin/rust-lld";
const WASI_LIBC: &str = "/usr/lib/wasm32-wasi";

/// A compiler that satisfies the workspace.
pub struct Toolchain {
    rustc: PathBuf,
    wasm: Wasm,
}

/// Where the components' standard library comes from.
enum Wasm {
    /// The target is installed.
    Installed,
    /// Cargo builds it from the compiler's sources.
    BuildStd { component_ld: PathBuf, wasm_ld: PathBuf },
}

impl Toolchain {
    /// Finds a toolchain, or installs one.
    pub fn find() -> Result<Self> {
        let needed = rust_version()?;
        let mut tried = Vec::new();
        for source in
            [Source::Environment, Source::Active, Source::Debian, Source::Rustup, Source::Apt]
        {
            let Some(rustc) = source.rustc(&needed) else { continue };
            match Self::with(rustc) {
                Ok(toolchain) => return Ok(toolchain),
                Err(error) => tried.push(format!("{error:#}")),
            }
        }
        let tried = if tried.is_empty() {
            String::new()
        } else {
            format!(" (tried: {})", tried.join("; "))
        };
        bail!(
            "no Rust {needed} with the target {TARGET}{tried}. Install one: `rustup toolchain install {needed} --target {TARGET}`, or on Debian, where rustup can't download, `apt-get install {}`; then run the same command again",
            DEBIAN_PACKAGES.join(" ")
        )
    }

    fn with(rustc: PathBuf) -> Result<Self> {
        let wasm = Wasm::find(&rustc)?;
        Ok(Self { rustc, wasm })
    }

    /// Cargo for programs of this machine.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(self.program("cargo"));
        command
            .current_dir(root())
            .env("RUSTC", &self.rustc)
            .env("CARGO_TARGET_DIR", root().join("target/native"))
            .env("PATH", self.path())
            // Set by the cargo that runs us; they are about another compiler.
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("CARGO");
        // And these about another package: ring's build script watches them, and what is built on it would be compiled
        // anew whenever cargo is called in another way.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// Cargo for components, with `build` and everything up to the packages said.
    pub fn cargo_build_components(&self) -> Command {
        let mut command = self.cargo();
        command.env("CARGO_TARGET_DIR", root().join("target/wasm")).args([
            "build",
            "--profile",
            "component",
            "--target",
            TARGET,
        ]);
        if let Wasm::BuildStd { component_ld, wasm_ld } = &self.wasm {
            command
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_WASIP2_LINKER", component_ld)
                .env(
                    "CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS",
                    format!(
                        "-L native={WASI_LIBC} -C link-arg=--wasm-ld-path={} {}",
                        wasm_ld.display(),
                        // The environment's flags replace those of .cargo/config.toml.
                        "-C link-arg=--initial-memory=4194304"
                    ),
                )
                .arg("-Zbuild-std=std,panic_abort");
        }
        command
    }

    /// Makes sure that cargo has its formatter and its linter.
    pub fn ready_to_lint(&self) -> Result<()> {
        if ["cargo-fmt", "cargo-clippy"].iter().all(|name| self.program(name).exists()) {
            return Ok(());
        }
        let sysroot = self.rustc.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
        match rustup_toolchain(sysroot) {
            Some(toolchain) => {
                let mut add = Command::new("rustup");
                add.args(["component", "add", "clippy", "rustfmt", "--toolchain", &toolchain]);
                step("rustup: clippy and rustfmt", &mut add)
            }
            None if machine::can_apt() => machine::apt(&["rustfmt-web", "rust-web-clippy"]),
            None => bail!(
                "{} has no rustfmt and clippy beside it; install them, then run the same command again",
                self.rustc.display()
            ),
        }
    }

    /// What it is, for people.
    pub fn describe(&self) -> String {
        let version = version_line(&self.rustc).unwrap_or_default();
        let wasm = match self.wasm {
            Wasm::Installed => "its own",
            Wasm::BuildStd { .. } => "built from source",
        };
        format!("{version} ({}); {TARGET} library: {wasm}", self.rustc.display())
    }

    /// A program that stands beside the compiler, such as cargo.
    fn program(&self, name: &str) -> PathBuf {
        self.rustc.with_file_name(name)
    }

    /// PATH with this toolchain first, so that cargo finds its own clippy and rustfmt.
    fn path(&self) -> std::ffi::OsString {
        let folder = self.rustc.parent().unwrap_or(Path::new("/"));
        let old = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&old));
        std::env::join_paths(folders).unwrap_or(old.clone())
    }
}

/// Where a compiler may come from, in the order in which they are asked.
enum Source {
    /// `RUSTC` says it.
    Environment,
    /// What `rustc` is in this folder.
    Active,
    /// Debian's, if it is installed.
    Debian,
    /// Installed by rustup, or downloaded by it now.
    Rustup,
    /// Debian's, installed now.
    Apt,
}

impl Source {
    fn rustc(&self, needed: &str) -> Option<PathBuf> {
        let rustc = match self {
            Self::Environment => std::env::var_os("RUSTC").map(PathBuf::from)?,
            // The proxy's answer, not the proxy: it would choose again for every call.
            Self::Active => sysroot_rustc(&output("rustc", &["--print", "sysroot"])?),
            Self::Debian => PathBuf::from(DEBIAN_RUSTC),
            Self::Rustup => {
                let toolchain = ["run", needed, "rustc", "--print", "sysroot"];
                if output("rustup", &toolchain).is_none() {
                    output("rustup", &["--version"])?;
                    let mut install = Command::new("rustup");
                    install.args(["toolchain", "install", needed, "--profile", "minimal"]);
                    install.args(["--component", "clippy,rustfmt", "--target", TARGET]);
                    step(&format!("rustup: Rust {needed}"), &mut install).ok()?;
                }
                sysroot_rustc(&output("rustup", &toolchain)?)
            }
            Self::Apt => {
                if !machine::can_apt() {
                    return None;
                }
                machine::apt(DEBIAN_PACKAGES).ok()?;
                PathBuf::from(DEBIAN_RUSTC)
            }
        };
        let line = version_line(&rustc)?;
        let version = parse_version(line.split_ascii_whitespace().nth(1)?)?;
        (version >= parse_version(needed)?).then_some(rustc)
    }
}

impl Wasm {
    fn find(rustc: &Path) -> Result<Self> {
        let sysroot = output(&rustc.to_string_lossy(), &["--print", "sysroot"])
            .context("the compiler doesn't say where it is")?;
        let sysroot = Path::new(sysroot.trim());
        let installed = || sysroot.join("lib/rustlib").join(TARGET).join("lib").exists();
        if installed() {
            return Ok(Self::Installed);
        }
        if let Some(toolchain) = rustup_toolchain(sysroot) {
            let mut add = Command::new("rustup");
            add.args(["target", "add", TARGET, "--toolchain", &toolchain]);
            let added = step(&format!("rustup: the target {TARGET}"), &mut add);
            if added.is_ok() && installed() {
                return Ok(Self::Installed);
            }
            bail!("rustup can't download {TARGET} for {toolchain}");
        }
        if !sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").exists()
            || !Path::new(WASI_LIBC).exists()
            || !Path::new(RUST_LLD).exists()
        {
            if !machine::can_apt() {
                bail!("{} has neither {TARGET} nor its sources", rustc.display());
            }
            machine::apt(DEBIAN_PACKAGES)?;
        }
        let component_ld = component_linker(sysroot)?;
        // Debian's rust-lld is a link to the linker of the LLVM that its compiler is built with.
        let lld = std::fs::read_link(RUST_LLD).with_context(|| format!("{RUST_LLD} is missing"))?;
        let package = lld.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let wasm_ld = Path::new("/usr/bin").join(package.replace("lld", "wasm-ld"));
        if !wasm_ld.exists() && machine::can_apt() {
            machine::apt(&[&package])?;
        }
        if !wasm_ld.exists() {
            bail!("{} is missing; apt-get install {package}", wasm_ld.display());
        }
        Ok(Self::BuildStd { component_ld, wasm_ld })
    }
}

/// `wasm-component-ld`, which turns a linked module into a component: beside the compiler, or
/// beside rustup's, or made from the registry.
fn component_linker(sysroot: &Path) -> Result<PathBuf> {
    let host = "lib/rustlib/x86_64-unknown-linux-gnu/bin/wasm-component-ld";
    let rustup = output("rustup", &["run", "stable", "rustc", "--print", "sysroot"]);
    let beside = [Some(sysroot.to_owned()), rustup.map(|path| PathBuf::from(path.trim()))];
    if let Some(found) =
        beside.into_iter().flatten().map(|path| path.join(host)).find(|path| path.exists())
    {
        return Ok(found);
    }
    let tools = root().join("target/tools");
    let built = tools.join("bin/wasm-component-ld");
    if !built.exists() {
        let mut install = Command::new("cargo");
        install.args(["install", "wasm-component-ld", "--locked", "--root"]).arg(&tools);
        step("wasm-component-ld", &mut install)?;
    }
    Ok(built)
}

fn sysroot_rustc(sysroot: &str) -> PathBuf {
    Path::new(sysroot.trim()).join("bin/rustc")
}

/// The name of the toolchain, if rustup keeps this folder.
fn rustup_toolchain(sysroot: &Path) -> Option<String> {
    let parent = sysroot.parent()?;
    (parent.file_name()? == "toolchains")
        .then(|| sysroot.file_name().map(|name| name.to_string_lossy().into_owned()))?
}

fn version_line(rustc: &Path) -> Option<String> {
    output(&rustc.to_string_lossy(), &["--version"]).map(|line| line.trim().to_owned())
}

/// `rust-version` of the workspace.
fn rust_version() -> Result<String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).context("Cargo.toml")?;
    let line = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    Ok(line.context("Cargo.toml has no rust-version")?.trim_matches('"').to_owned())
}

/// Major and minor; a nightly's suffix doesn't count.
fn parse_version(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split(['.', '-']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(parse_version("1.100.0") > parse_version("1.96"));
        assert_eq!(parse_version("1.97.0-nightly"), Some((1, 97)));
        assert_eq!(parse_version("stable"), None);
    }

    #[test]
    fn the_workspace_says_which_compiler_it_needs() {
        assert!(parse_version(&rust_version().unwrap()).is_some());
    }

    #[test]
    fn a_rustup_toolchain_is_known_by_its_folder() {
        let path = Path::new("/home/me/.rustup/toolchains/stable-aarch64-apple-darwin");
        assert_eq!(rustup_toolchain(path).as_deref(), Some("stable-aarch64-apple-darwin"));
        assert_eq!(rustup_toolchain(Path::new("/usr")), None);
    }
}
