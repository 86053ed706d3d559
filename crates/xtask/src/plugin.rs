//! `cargo xtask plugin`: packs `trigger-kafka` for `spin plugins install`.
//!
//! The same binary makes the same tarball, byte for byte. The manifest is Spin's (spinframework/spin
//! crates/plugins/src/manifest.rs).

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::build;
use crate::machine;
use crate::run::root;
use crate::toolchain::Toolchain;

const NAME: &str = "trigger-kafka";

/// The versions of Spin whose trigger protocol the plugin speaks.
const SPIN: &str = ">=3.6, <5";

/// What to pack.
#[derive(clap::Args)]
pub struct Options {
    /// Where the tarball is going to be downloaded from: https://…/releases/download/v1. Default: the
    /// file in target/plugin.
    #[arg(long, value_name = "URL")]
    url_base: Option<String>,

    /// The page that the manifest names as the plugin's own.
    #[arg(long, value_name = "URL")]
    homepage: Option<String>,

    /// Cargo's profile for the binary; `ci` is not optimized.
    #[arg(long, default_value = "release", value_parser = ["release", "ci"])]
    profile: String,

    /// Build and pack nothing, but make one manifest of these, which are of one version and of
    /// different platforms.
    #[arg(long, value_name = "MANIFEST", num_args = 1.., conflicts_with_all = ["url_base", "homepage", "profile"])]
    merge: Vec<PathBuf>,
}

/// Packs, or merges manifests.
pub fn run(options: &Options) -> Result<()> {
    let manifest = if options.merge.is_empty() {
        machine::ready_to_build()?;
        build::programs_with(&Toolchain::find()?, &options.profile)?;
        let binary = build::program_of(&options.profile, NAME);
        pack(&binary, options.url_base.as_deref(), options.homepage.as_deref())?
    } else {
        let manifests = options.merge.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
        write(&merged(manifests)?)?
    };
    println!("spin plugins install --file {}", manifest.display());
    Ok(())
}

/// Packs a binary into `target/plugin`, and says where the manifest is.
pub fn pack(binary: &Path, url_base: Option<&str>, homepage: Option<&str>) -> Result<PathBuf> {
    let (os, arch) = (std::env::consts::OS, arch(std::env::consts::ARCH));
    let tarball =
        folder()?.join(format!("{NAME}-{}-{os}-{arch}.tar.gz", env!("CARGO_PKG_VERSION")));
    let license = root().join("LICENSE");
    let mut files = vec![(NAME, 0o755, read_bytes(binary)?)];
    if license.exists() {
        files.push(("LICENSE", 0o644, read_bytes(&license)?));
    }
    let packed = packed(&files)?;
    fs::write(&tarball, &packed).with_context(|| tarball.display().to_string())?;
    let url = match url_base {
        Some(base) => {
            let name = tarball.file_name().unwrap_or_default();
            format!("{}/{}", base.trim_end_matches('/'), name.to_string_lossy())
        }
        None => format!("file://{}", tarball.display()),
    };
    let package = json!({ "os": os, "arch": arch, "url": url, "sha256": sha256(&packed) });
    write(&manifest(homepage, package))
}

fn manifest(homepage: Option<&str>, package: Value) -> Value {
    let mut manifest = json!({
        "name": NAME,
        "description": "Calls a Spin application's components with records from Kafka",
        "version": env!("CARGO_PKG_VERSION"),
        "spinCompatibility": SPIN,
        "license": env!("CARGO_PKG_LICENSE"),
        "packages": [package],
    });
    if let Some(homepage) = homepage {
        manifest["homepage"] = homepage.into();
    }
    manifest
}

/// One manifest with the packages of all.
fn merged(manifests: Vec<Value>) -> Result<Value> {
    let mut packages: Vec<Value> = Vec::new();
    let mut merged = Value::Null;
    for mut manifest in manifests {
        let Value::Array(more) = manifest["packages"].take() else {
            anyhow::bail!("a manifest has no packages");
        };
        ensure!(
            merged.is_null() || merged == manifest,
            "the manifests differ in more than their packages"
        );
        merged = manifest;
        for package in more {
            let same =
                |other: &Value| other["os"] == package["os"] && other["arch"] == package["arch"];
            ensure!(
                !packages.iter().any(same),
                "two packages are for {} on {}",
                package["os"],
                package["arch"]
            );
            packages.push(package);
        }
    }
    merged["packages"] = packages.into();
    Ok(merged)
}

/// A tarball of files by name and mode, which were made at no time and belong to nobody.
fn packed(files: &[(&str, u32, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, mode, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(bytes.len() as u64);
        tar.append_data(&mut header, name, &bytes[..])?;
    }
    Ok(tar.into_inner()?.finish()?)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As plugin manifests name it.
fn arch(rust: &str) -> &str {
    if rust == "x86_64" { "amd64" } else { rust }
}

fn folder() -> Result<PathBuf> {
    let folder = root().join("target/plugin");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("can't read {}", path.display()))
}

fn read(path: &Path) -> Result<Value> {
    let named = || format!("can't read {}", path.display());
    serde_json::from_slice(&read_bytes(path)?).with_context(named)
}

fn write(manifest: &Value) -> Result<PathBuf> {
    let path = folder()?.join(format!("{NAME}.json"));
    let mut file = File::create(&path).with_context(|| path.display().to_string())?;
    writeln!(file, "{manifest:#}")?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn files() -> Vec<(&'static str, u32, Vec<u8>)> {
        vec![(NAME, 0o755, b"binary".to_vec()), ("LICENSE", 0o644, b"terms".to_vec())]
    }

    #[test]
    fn the_same_files_make_the_same_tarball() {
        assert_eq!(packed(&files()).unwrap(), packed(&files()).unwrap());
    }

    #[test]
    fn a_tarball_has_its_files_without_a_time_or_an_owner() {
        let bytes = packed(&files()).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let unpacked = archive.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let header = entry.header().clone();
            assert_eq!(
                (header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()),
                (0, 0, 0)
            );
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.path().unwrap().display().to_string(), header.mode().unwrap(), text)
        });
        let unpacked: Vec<_> = unpacked.collect();
        let expected = [(NAME, 0o755, "binary"), ("LICENSE", 0o644, "terms")];
        let expected = expected.map(|(name, mode, text)| (name.to_owned(), mode, text.to_owned()));
        assert_eq!(unpacked, expected);
    }

    #[test]
    fn sums_are_in_lower_case_hex() {
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), expected);
    }

    fn package(os: &str, arch: &str) -> Value {
        json!({ "os": os, "arch": arch, "url": "https://x/y.tar.gz", "sha256": "0" })
    }

    #[test]
    fn a_manifest_has_the_fields_that_spin_wants() {
        let manifest = manifest(Some("https://x/"), package("linux", arch("x86_64")));
        for field in ["name", "description", "homepage", "version", "spinCompatibility", "license"]
        {
            assert!(manifest[field].is_string(), "{field}: {manifest}");
        }
        assert_eq!(manifest["name"], "trigger-kafka");
        assert_eq!(manifest["packages"], json!([package("linux", "amd64")]));
    }

    #[test]
    fn manifests_of_several_platforms_become_one() {
        let of = |os: &str, arch: &str| manifest(None, package(os, arch));
        let one = merged(vec![of("linux", "amd64"), of("macos", "aarch64")]).unwrap();
        assert_eq!(
            one["packages"],
            json!([package("linux", "amd64"), package("macos", "aarch64")])
        );
        assert_eq!(one["version"], env!("CARGO_PKG_VERSION"));

        let twice = merged(vec![of("linux", "amd64"), of("linux", "amd64")]).unwrap_err();
        assert!(twice.to_string().contains("two packages are for"), "{twice}");
        let mut newer = of("macos", "amd64");
        newer["version"] = "99.0.0".into();
        let differ = merged(vec![of("linux", "amd64"), newer]).unwrap_err();
        assert!(differ.to_string().contains("differ in more than their packages"), "{differ}");
    }
}
