//! Images: made, listed, looked through, pushed.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use super::Names;
use crate::run::{output, root, step};
use crate::tools::{GRYPE, SYFT};

/// Targets of deploy/images/Dockerfile, and what their images are called.
const IMAGES: [&str; 2] = ["spindle", "kafka-executor"];
/// What the application's artifact is called.
const APP: &str = "spindle-app";
/// What is listed beside the images: what the lockfile names. A binary doesn't tell what it was compiled from.
const SOURCE: &str = "source";

/// Builds all, with BuildKit, which compiles once for all of them.
pub fn build(names: &Names) -> Result<()> {
    for image in IMAGES {
        let name = names.image(image);
        let mut docker = buildx(image);
        docker.args(["--load", "--tag", &name]);
        for label in labels() {
            docker.args(["--label", &label]);
        }
        step(&format!("the image {name}"), docker.arg("."))?;
    }
    let app = app_folder();
    if app.exists() {
        fs::remove_dir_all(&app).with_context(|| format!("can't remove {}", app.display()))?;
    }
    let mut docker = buildx("app");
    docker.arg("--output").arg(format!("type=local,dest={}", app.display())).arg(".");
    step("the application", &mut docker)
}

fn buildx(target: &str) -> Command {
    let mut docker = Command::new("docker");
    docker.current_dir(root()).args(["buildx", "build", "--file", "deploy/images/Dockerfile"]);
    docker.args(["--target", target]);
    docker
}

/// Where they come from, for those who find them in a registry.
fn labels() -> Vec<String> {
    let mut labels = Vec::new();
    let mut label = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            labels.push(format!("org.opencontainers.image.{name}={}", value.trim()));
        }
    };
    let root = root();
    label("revision", output("git", &["-C", &root.to_string_lossy(), "rev-parse", "HEAD"]));
    label("version", Some(env!("CARGO_PKG_VERSION").to_owned()));
    label("licenses", Some(env!("CARGO_PKG_LICENSE").to_owned()));
    let page = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY"].map(std::env::var);
    if let [Ok(server), Ok(repository)] = page {
        label("source", Some(format!("{server}/{repository}")));
    }
    labels
}

/// Lists what is in the images, and what the lockfile names.
pub fn list(names: &Names) -> Result<()> {
    let folder = sbom_folder();
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let syft = SYFT.installed()?;
    let images = IMAGES.map(|image| (image, format!("docker:{}", names.image(image))));
    for (name, what) in images.into_iter().chain([(SOURCE, "file:Cargo.lock".to_owned())]) {
        let mut command = Command::new(&syft);
        command
            .current_dir(root())
            .args(["scan", &what, "--source-name", name, "--source-version", &names.tag])
            .arg("--output")
            .arg(format!("spdx-json={}", folder.join(format!("{name}.spdx.json")).display()))
            .env("SYFT_CHECK_FOR_APP_UPDATE", "false");
        step(&format!("what {what} is made of"), &mut command)?;
    }
    Ok(())
}

/// Looks each list through, and names all that fail.
pub fn scan() -> Result<()> {
    let grype = GRYPE.installed()?;
    let mut failed = Vec::new();
    for name in IMAGES.into_iter().chain([SOURCE]) {
        let list = sbom_folder().join(format!("{name}.spdx.json"));
        ensure!(list.exists(), "{} isn't there: cargo xtask release sbom", list.display());
        let mut command = Command::new(&grype);
        command
            .current_dir(root())
            .arg(format!("sbom:{}", list.display()))
            .args(["--config", "deploy/images/grype.yaml"])
            .env("GRYPE_CHECK_FOR_APP_UPDATE", "false");
        if let Err(error) = step(&format!("what is vulnerable in {name}"), &mut command) {
            eprintln!("  {error:#}");
            failed.push(name);
        }
    }
    if !failed.is_empty() {
        bail!("vulnerable: {}", failed.join(", "));
    }
    Ok(())
}

/// Pushes all, and notes their digests in target/digests.txt, as `sha256sum` would.
pub fn push(names: &Names) -> Result<()> {
    ensure!(!names.registry.is_empty(), "say where to: --registry, or SPINDLE_REGISTRY");
    let mut digests = String::new();
    for image in IMAGES {
        let name = names.image(image);
        step(&format!("push {name}"), Command::new("docker").args(["push", "--quiet", &name]))?;
        let repository = names.repository(image);
        let known = "{{range .RepoDigests}}{{println .}}{{end}}";
        let known = output("docker", &["image", "inspect", "--format", known, &name]);
        let known = known.context("docker doesn't say which digest it has pushed")?;
        note(&mut digests, &repository, digest_of(&known, &repository))?;
    }
    let name = names.image(APP);
    let spin = std::env::var("SPIN_BIN").unwrap_or_else(|_| "spin".to_owned());
    eprintln!("▸ push {name}");
    let pushed = Command::new(&spin)
        .args(["registry", "push", "--from"])
        .arg(app_folder().join("spin.toml"))
        .arg(&name)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("can't run {spin}; SPIN_BIN says which it is"))?;
    let said = String::from_utf8_lossy(&pushed.stdout).into_owned();
    eprint!("{said}");
    ensure!(pushed.status.success(), "failed: push {name} ({})", pushed.status);
    note(&mut digests, &names.repository(APP), pushed_digest(&said))?;
    let file = root().join("target/digests.txt");
    fs::write(&file, &digests).with_context(|| format!("can't write {}", file.display()))?;
    print!("{digests}");
    Ok(())
}

fn note(digests: &mut String, repository: &str, digest: Option<&str>) -> Result<()> {
    let digest = digest.with_context(|| format!("nobody says which digest {repository} has"))?;
    writeln!(digests, "{digest}  {repository}")?;
    Ok(())
}

/// A repository's, of lines such as `ghcr.io/somebody/spindle@sha256:…`. An image may have been pushed to several.
fn digest_of<'a>(known: &'a str, repository: &str) -> Option<&'a str> {
    known.lines().find_map(|line| {
        line.trim().strip_prefix(repository)?.strip_prefix("@sha256:").filter(|hex| is_sha256(hex))
    })
}

/// Of `Pushed with digest sha256:…`, which Spin says.
fn pushed_digest(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("digest sha256:")?;
    rest.split_ascii_whitespace().next().filter(|hex| is_sha256(hex))
}

fn is_sha256(hex: &str) -> bool {
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn app_folder() -> PathBuf {
    root().join("target/app")
}

fn sbom_folder() -> PathBuf {
    root().join("target/sbom")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_from_what_docker_and_spin_say() {
        let hex = "0123456789abcdef".repeat(4);
        let known =
            format!("ghcr.io/a/spindle-app@sha256:{0}\nghcr.io/a/spindle@sha256:{0}\n", hex);
        assert_eq!(digest_of(&known, "ghcr.io/a/spindle"), Some(hex.as_str()));
        assert_eq!(digest_of(&known, "ghcr.io/b/spindle"), None);
        let said = format!("Pushed with digest sha256:{hex}\n");
        assert_eq!(pushed_digest(&said), Some(hex.as_str()));
        assert_eq!(pushed_digest("Pushed; the registry did not return the digest"), None);
    }
}
