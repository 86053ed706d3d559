//! Applications in registries: fetched into a folder that is an OCI image layout.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use docker_credential::{CredentialRetrievalError, DockerCredential};
use futures::{StreamExt as _, TryStreamExt as _};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::manifest::{
    IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest,
};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference};
use serde_json::json;
use tracing::{info, warn};

/// How long a registry may take to let us connect, and then may be silent.
const PATIENCE: Duration = Duration::from_secs(30);
/// Blobs that are fetched at one time.
const AT_ONCE: usize = 8;

/// `registry/repository:tag` or `…@sha256:…`; without a registry, Docker Hub's.
pub fn parse(text: &str) -> Result<Reference> {
    Ok(text.parse()?)
}

/// Fetches an image, what is not there already, and says in which folder below `store` it is. Each blob is as its digest
/// says.
pub async fn pull(reference: &Reference, store: &Path) -> Result<PathBuf> {
    let started = Instant::now();
    let client = Client::new(ClientConfig {
        protocol: protocol(reference),
        connect_timeout: Some(PATIENCE),
        read_timeout: Some(PATIENCE),
        ..ClientConfig::default()
    });
    let failed = || format!("can't pull {reference}");
    let accepted = [OCI_IMAGE_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE];
    let (bytes, digest) = client
        .pull_manifest_raw(reference, &credentials(reference)?, &accepted)
        .await
        .with_context(failed)?;
    let manifest: OciImageManifest = serde_json::from_slice(&bytes).with_context(failed)?;

    let folder = store.join(digest.replace(':', "-"));
    let blobs = folder.join("blobs/sha256");
    let unusable = || format!("can't use the folder {}", folder.display());
    fs::create_dir_all(&blobs).with_context(unusable)?;
    let wanted = manifest.layers.iter().chain([&manifest.config]);
    futures::stream::iter(wanted.map(|blob| fetch(&client, reference, blob, &blobs)))
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await
        .with_context(failed)?;
    write(&blobs.join(file_name(&digest)?), &bytes).with_context(unusable)?;
    let layout = json!({ "imageLayoutVersion": "1.0.0" });
    write(&folder.join("oci-layout"), layout.to_string().as_bytes()).with_context(unusable)?;
    let index = json!({
        "schemaVersion": 2,
        "manifests": [
            { "mediaType": OCI_IMAGE_MEDIA_TYPE, "digest": digest, "size": bytes.len() },
        ],
    });
    write(&folder.join("index.json"), index.to_string().as_bytes()).with_context(unusable)?;
    let seconds = started.elapsed().as_secs_f64();
    info!(%reference, digest, seconds, "the application is here");
    Ok(folder)
}

async fn fetch(
    client: &Client,
    reference: &Reference,
    blob: &OciDescriptor,
    folder: &Path,
) -> Result<()> {
    let path = folder.join(file_name(&blob.digest)?);
    // It got its name when it was whole.
    if path.exists() {
        return Ok(());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(blob.size).unwrap_or(0).min(64 << 20));
    client.pull_blob(reference, blob, &mut bytes).await?;
    write(&path, &bytes).with_context(|| format!("can't write {}", path.display()))
}

/// Of `sha256:` and hexadecimal digits, the digits.
fn file_name(digest: &str) -> Result<&str> {
    digest
        .strip_prefix("sha256:")
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()))
        .with_context(|| format!("{digest} is no sha256 digest"))
}

/// So that the file is whole or not there. Of two that write the same, one wins.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let part = path.with_extension(format!("part-{}", std::process::id()));
    fs::write(&part, bytes)?;
    fs::rename(&part, path)
}

/// A registry on this machine has no certificate; Docker takes it so, too.
fn protocol(reference: &Reference) -> ClientProtocol {
    let registry = reference.resolve_registry();
    let host = registry.rsplit_once(':').map_or(registry, |(host, _)| host);
    match host {
        "localhost" | "127.0.0.1" | "[::1]" => ClientProtocol::Http,
        _ => ClientProtocol::Https,
    }
}

/// What Docker's configuration (`$DOCKER_CONFIG/config.json`, or in the home folder) has for the registry.
fn credentials(reference: &Reference) -> Result<RegistryAuth> {
    match docker_credential::get_credential(reference.resolve_registry()) {
        Ok(DockerCredential::UsernamePassword(user, password)) => {
            Ok(RegistryAuth::Basic(user, password))
        }
        Ok(DockerCredential::IdentityToken(_)) => {
            warn!(%reference, "an identity token can't be used; asking the registry without credentials");
            Ok(RegistryAuth::Anonymous)
        }
        Err(
            CredentialRetrievalError::ConfigNotFound
            | CredentialRetrievalError::NoCredentialConfigured,
        ) => Ok(RegistryAuth::Anonymous),
        Err(error) => Err(error).context("can't read Docker's credentials"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_registry_on_this_machine_is_spoken_to_without_tls() {
        let is_plain = |text: &str| matches!(protocol(&parse(text).unwrap()), ClientProtocol::Http);
        for text in ["localhost:5000/a", "127.0.0.1:5000/a/b:1", "localhost/a"] {
            assert!(is_plain(text), "{text}");
        }
        for text in ["ghcr.io/a/b:1", "a/b", "127.0.0.1.example.com/a", "registry:5000/a"] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn a_digest_leads_nowhere_else() {
        assert_eq!(file_name("sha256:00ff").unwrap(), "00ff");
        for digest in ["sha256:../x", "sha256:", "md5:00", "00"] {
            assert!(file_name(digest).is_err(), "{digest}");
        }
    }
}
