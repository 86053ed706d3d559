//! Apache Kafka for the trigger's tests: its jars from Maven's central repository, fetched once.
//!
//! The tests start it themselves: `crates/spin-kafka-trigger/tests/delivery/apache.rs`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::machine;
use crate::run::{root, step};

/// The folder of the jars. None, said aloud, where they can't be had; CI has to have them.
pub fn jars() -> Result<Option<PathBuf>> {
    match machine::ready_for_kafka().and_then(|()| fetched()) {
        Ok(folder) => Ok(Some(folder)),
        Err(error) if std::env::var_os("CI").is_some() => Err(error.context("Apache Kafka")),
        Err(error) => {
            eprintln!("  NOT TESTED with Apache Kafka, which can't be had: {error:#}");
            Ok(None)
        }
    }
}

fn fetched() -> Result<PathBuf> {
    let pom = root().join("crates/xtask/kafka/pom.xml");
    let version = version(&fs::read_to_string(&pom).context("pom.xml")?)
        .context("pom.xml has no kafka.version")?;
    let kafka = root().join("target/kafka");
    let folder = kafka.join(&version);
    if newer_than(&folder, &pom) {
        return Ok(folder);
    }
    // Renamed when it is whole.
    let part = kafka.join("part");
    for old in [&part, &folder] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("can't remove {}", old.display()))?;
        }
    }
    let mut maven = Command::new("mvn");
    maven
        .args(["--batch-mode", "--quiet", "--no-transfer-progress", "-Dstyle.color=never"])
        // A registry that stumbles is asked again, now and in the next run.
        .args(["-Dmaven.wagon.http.retryHandler.count=5", "--update-snapshots"])
        .arg(format!("-Dfolder={}", part.display()))
        .arg("--file")
        .arg(&pom)
        .arg("dependency:copy-dependencies");
    step(&format!("Apache Kafka {version}"), &mut maven)?;
    fs::rename(&part, &folder).with_context(|| format!("can't make {}", folder.display()))?;
    Ok(folder)
}

/// Whether what is in a folder was fetched after the pom was last changed.
fn newer_than(folder: &Path, pom: &Path) -> bool {
    let changed = |path| fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    matches!((changed(folder), changed(pom)), (Some(folder), Some(pom)) if folder >= pom)
}

fn version(pom: &str) -> Option<String> {
    let (_, rest) = pom.split_once("<kafka.version>")?;
    Some(rest.split_once('<')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_poms() {
        assert_eq!(version("<kafka.version>4.1.1</kafka.version>").as_deref(), Some("4.1.1"));
        assert_eq!(version("<project/>"), None);
    }
}
