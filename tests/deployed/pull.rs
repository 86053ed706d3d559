//! Where a pod's application comes from: registries that behave, and those that don't.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use spindle_tests::{Artifact, Blobs, Cluster, Registry, Spindle};

#[tokio::test]
async fn what_was_fetched_before_a_registry_broke_off_is_not_fetched_again() -> Result<()> {
    let servers = Spindle::start_servers().await?;
    let registry = Registry::start(Artifact::of_application()?).await?;
    let docker = registry.docker_config()?;
    let image = registry.reference();
    let cluster = Cluster::new(&servers.running, &image, docker.path());
    let folder = tempfile::tempdir()?;
    // More than are fetched at one time: some are whole by then.
    registry.follow(Blobs::BreakOffAfter(12));
    let said = cluster.pod(folder.path(), &["audit-write"])?.refuses().await?;
    ensure!(said.contains(&format!("can't pull {image}")), "{said}");
    let kept = blobs(&folder.path().join("data/artifacts"))?;
    ensure!(!kept.is_empty());

    registry.follow(Blobs::Whole);
    let before = registry.sent().len();
    let pod = cluster.pod(folder.path(), &["audit-write"])?.ready("/readyz").await?;
    let again: Vec<String> =
        registry.sent().split_off(before).into_iter().filter(|it| kept.contains(it)).collect();
    ensure!(again.is_empty(), "{again:?}");
    pod.stop().await?;
    servers.stop().await
}

#[tokio::test]
async fn what_can_not_be_run_is_refused_with_its_reason() -> Result<()> {
    let servers = Spindle::start_servers().await?;
    let artifact = Artifact::of_application()?;
    let registry = Registry::start(artifact.clone()).await?;
    let docker = registry.docker_config()?;
    let nobody = tempfile::tempdir()?;
    std::fs::write(nobody.path().join("config.json"), "{}")?;
    let layout = tempfile::tempdir()?;
    artifact.write(layout.path())?;
    let layout = layout.path().to_string_lossy();
    let image = registry.reference();
    let other = image.replace(":1.0.0", ":2.0.0");
    for (image, docker, blobs, component, expected) in [
        (other.as_str(), docker.path(), Blobs::Whole, "audit-write", "manifest unknown"),
        (&image, nobody.path(), Blobs::Whole, "audit-write", "Not authorized"),
        (&image, docker.path(), Blobs::Other, "audit-write", "digest"),
        (&layout, docker.path(), Blobs::Whole, "audit-writer", "has no such component"),
        ("no where", docker.path(), Blobs::Whole, "audit-write", "no such file"),
    ] {
        registry.follow(blobs);
        let cluster = Cluster::new(&servers.running, image, docker);
        let folder = tempfile::tempdir()?;
        let said = cluster.pod(folder.path(), &[component])?.refuses().await?;
        ensure!(said.contains(expected) && said.contains(image), "{expected}: {said}");
    }
    servers.stop().await
}

/// The digests of what was kept of an image.
fn blobs(store: &Path) -> Result<HashSet<String>> {
    let image = std::fs::read_dir(store)?.next().context("nothing was kept")??.path();
    let names = std::fs::read_dir(image.join("blobs/sha256"))?
        .map(|entry| Ok(format!("sha256:{}", entry?.file_name().to_string_lossy())));
    names.filter(|name| !name.as_ref().is_ok_and(|it| it.contains("part-"))).collect()
}
