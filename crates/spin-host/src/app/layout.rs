//! An application as an OCI image layout: a folder with `index.json` and `blobs/<algorithm>/<digest>` (OCI Image Format,
//! image-layout.md), in which is what `spin registry push` sends (Spin's crates/oci/src/client.rs).

use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding as _};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::App;
use super::locked::{self, Contents};

/// The layer that is the locked app.
const LOCKED_APP: &str = "application/vnd.fermyon.spin.application.v1+config";
/// A layer with many files in one, which Spin uses where there are hundreds.
const ARCHIVE: &str = "application/vnd.wasm.content.bundle.v1.tar+gzip";

/// `index.json`.
#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

/// An image's manifest.
#[derive(Deserialize)]
struct Manifest {
    config: Descriptor,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: String,
    digest: String,
}

/// What is looked at to know an old artifact, whose configuration is the locked app.
#[derive(Deserialize)]
struct MaybeLocked {
    #[serde(rename = "spin_lock_version")]
    _version: u32,
}

/// Reads the application.
pub(super) fn parse(folder: &Path) -> Result<App, String> {
    let index: Index = json(&folder.join("index.json"))?;
    let [image] = index.manifests.as_slice() else {
        return Err(format!("holds {} images, and one is run", index.manifests.len()));
    };
    let blobs = Blobs(folder);
    let manifest: Manifest = json(&blobs.find(&image.digest, None)?)?;
    if manifest.layers.iter().any(|layer| layer.media_type == ARCHIVE) {
        return Err("holds an archive of files; push it without SPIN_OCI_ARCHIVE_LAYERS".into());
    }
    let layer = manifest.layers.iter().find(|layer| layer.media_type == LOCKED_APP);
    let path = blobs.find(&layer.unwrap_or(&manifest.config).digest, None)?;
    if layer.is_none() && json::<MaybeLocked>(&path).is_err() {
        return Err("is no Spin application: it has no layer with a locked app".into());
    }
    locked::parse(&text(&path)?, &Contents::Blobs(blobs))
}

/// The blobs of a layout.
pub(super) struct Blobs<'a>(&'a Path);

impl Blobs<'_> {
    /// The blob of that digest, which is checked. What stands `inline` and is not there is put there.
    pub fn find(&self, digest: &str, inline: Option<&str>) -> Result<PathBuf, String> {
        let name = digest.strip_prefix("sha256:").filter(|name| is_sha256(name));
        let name = name.ok_or_else(|| format!("{digest} is no sha256 digest"))?;
        let path = self.0.join("blobs/sha256").join(name);
        let failed = |error: std::io::Error| format!("{digest}: {error}");
        let bytes = match (fs::read(&path), inline) {
            (Err(error), Some(inline)) if error.kind() == std::io::ErrorKind::NotFound => {
                let bytes = Base64::decode_vec(inline).map_err(|error| error.to_string())?;
                fs::write(&path, &bytes).map_err(failed)?;
                bytes
            }
            (read, _) => read.map_err(failed)?,
        };
        if hex(&Sha256::digest(&bytes)) != name {
            return Err(format!("{digest}: its content is another's"));
        }
        Ok(path)
    }
}

fn is_sha256(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let name = path.file_name().unwrap_or_default().display();
    serde_json::from_str(&text(path)?).map_err(|error| format!("{name}: {error}"))
}

fn text(path: &Path) -> Result<String, String> {
    let name = path.file_name().unwrap_or_default().display();
    fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A layout that is made as Spin makes it.
    struct Made(tempfile::TempDir);

    impl Made {
        fn new() -> Self {
            let made = Self(tempfile::tempdir().unwrap());
            fs::create_dir_all(made.0.path().join("blobs/sha256")).unwrap();
            made
        }

        fn blob(&self, bytes: &[u8]) -> String {
            let name = hex(&Sha256::digest(bytes));
            fs::write(self.0.path().join("blobs/sha256").join(&name), bytes).unwrap();
            format!("sha256:{name}")
        }

        fn image(&self, config: &[u8], layers: &[(&str, &str)]) {
            let descriptor = |media_type: &str, digest: &str| json!({ "mediaType": media_type, "digest": digest, "size": 1 });
            let layers: Vec<Value> =
                layers.iter().map(|(media_type, digest)| descriptor(media_type, digest)).collect();
            let config = descriptor("application/vnd.oci.image.config.v1+json", &self.blob(config));
            let manifest = json!({ "schemaVersion": 2, "config": config, "layers": layers });
            let digest = self.blob(manifest.to_string().as_bytes());
            let manifest = descriptor("application/vnd.oci.image.manifest.v1+json", &digest);
            let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
            fs::write(self.0.path().join("index.json"), index.to_string()).unwrap();
        }
    }

    fn locked(wasm: &str, file: Value) -> String {
        json!({
            "spin_lock_version": 1,
            "metadata": { "name": "x" },
            "triggers": [{ "id": "t", "trigger_type": "http", "trigger_config": { "component": "c", "route": "/" } }],
            "components": [{ "id": "c", "source": { "content_type": "application/wasm", "digest": wasm }, "files": [file] }]
        })
        .to_string()
    }

    #[test]
    fn what_spin_pushes_is_read_with_its_blobs() {
        let made = Made::new();
        let wasm = made.blob(b"wasm");
        let small = format!("sha256:{}", hex(&Sha256::digest(b"small")));
        let file = json!({ "inline": Base64::encode_string(b"small"), "digest": small, "path": "prompts/a.txt" });
        let locked = made.blob(locked(&wasm, file).as_bytes());
        made.image(
            b"{}",
            &[("application/vnd.wasm.content.layer.v1+wasm", &wasm), (LOCKED_APP, &locked)],
        );
        let app = parse(made.0.path()).unwrap();
        let component = &app.components[0];
        assert_eq!(fs::read(&component.source).unwrap(), b"wasm");
        assert_eq!(component.files[0].destination, "/prompts/a.txt");
        assert_eq!(fs::read(&component.files[0].source).unwrap(), b"small");
    }

    #[test]
    fn what_an_old_spin_pushed_is_read_too() {
        let made = Made::new();
        let wasm = made.blob(b"wasm");
        let file = json!({ "digest": made.blob(b"text"), "path": "a.txt" });
        made.image(locked(&wasm, file).as_bytes(), &[]);
        assert_eq!(parse(made.0.path()).unwrap().name, "x");
    }

    #[test]
    fn what_is_no_application_or_not_as_its_digest_says_is_refused() {
        let made = Made::new();
        made.image(b"{}", &[]);
        let refused = |made: &Made| parse(made.0.path()).unwrap_err();
        assert_eq!(refused(&made), "is no Spin application: it has no layer with a locked app");

        let wasm = made.blob(b"wasm");
        let file = json!({ "digest": wasm, "path": "a.txt" });
        let locked_app = made.blob(locked(&wasm, file.clone()).as_bytes());
        made.image(b"{}", &[(LOCKED_APP, &locked_app)]);
        let blob = made.0.path().join("blobs/sha256").join(&wasm["sha256:".len()..]);
        fs::write(&blob, "other").unwrap();
        assert_eq!(refused(&made), format!("component c: {wasm}: its content is another's"));
        fs::remove_file(&blob).unwrap();
        assert!(refused(&made).contains("No such file"), "{}", refused(&made));

        for digest in ["sha256:../../../etc/passwd", "md5:00", ""] {
            let locked_app = made.blob(locked(digest, file.clone()).as_bytes());
            made.image(b"{}", &[(LOCKED_APP, &locked_app)]);
            assert_eq!(refused(&made), format!("component c: {digest} is no sha256 digest"));
        }
    }
}
