//! The application as `spin registry push` packs it: a locked app, and what it refers to by digest (Spin's
//! crates/oci/src/client.rs and crates/locked-app/src/locked.rs).

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use openssl::sha::sha256;
use serde_json::{Map, Value, json};

use crate::repository;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LOCKED_APP: &str = "application/vnd.fermyon.spin.application.v1+config";
const WASM: &str = "application/vnd.wasm.content.layer.v1+wasm";
const DATA: &str = "application/vnd.wasm.content.layer.v1+data";

/// An image: its blobs by digest, one of which is its manifest.
#[derive(Clone, Default)]
pub struct Artifact {
    /// The digest of the manifest.
    pub manifest: String,
    /// What the digests stand for.
    pub blobs: BTreeMap<String, Vec<u8>>,
}

impl Artifact {
    /// Packs the application of this repository, with the components that are built.
    pub fn of_application() -> Result<Self> {
        Self::of_changed(|_| {})
    }

    /// The same after a change of its manifest.
    pub fn of_changed(change: impl FnOnce(&mut Value)) -> Result<Self> {
        let root = repository();
        let text = std::fs::read_to_string(root.join("spin.toml"))?;
        let mut app: Value = toml::from_str(&text)?;
        change(&mut app);
        let mut artifact = Self::default();
        let mut layers = Vec::new();
        let locked = artifact.lock(&app, &root, &mut layers)?;
        layers.push(artifact.layer(LOCKED_APP, locked.to_string().into_bytes()));
        let config = artifact.layer(CONFIG, b"{}".to_vec());
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers });
        artifact.manifest = artifact.blob(manifest.to_string().into_bytes());
        Ok(artifact)
    }

    /// Writes it as an OCI image layout (OCI Image Format, image-layout.md).
    pub fn write(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder.join("blobs/sha256"))?;
        for (digest, bytes) in &self.blobs {
            let name = digest.strip_prefix("sha256:").context("another digest")?;
            std::fs::write(folder.join("blobs/sha256").join(name), bytes)?;
        }
        let size = self.blobs[&self.manifest].len();
        let manifest = json!({ "mediaType": MANIFEST, "digest": self.manifest, "size": size });
        let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
        std::fs::write(folder.join("index.json"), index.to_string())?;
        std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
        Ok(())
    }

    fn lock(&mut self, app: &Value, root: &Path, layers: &mut Vec<Value>) -> Result<Value> {
        let variables = entries(&app["variables"]).map(|(name, variable)| {
            let secret = variable["secret"].as_bool().unwrap_or(false);
            (name.clone(), json!({ "default": variable["default"], "secret": secret }))
        });
        let triggers = entries(&app["trigger"]).flat_map(|(kind, of_kind)| {
            let numbered = of_kind.as_array().into_iter().flatten().enumerate();
            numbered.map(move |(number, config)| {
                json!({ "id": format!("trigger-{kind}-{number}"), "trigger_type": kind, "trigger_config": config })
            })
        });
        let mut components = Vec::new();
        for (id, component) in entries(&app["component"]) {
            let source = component["source"].as_str().context("no source")?;
            let wasm = std::fs::read(root.join(source))
                .with_context(|| format!("{source}; `cargo xtask test` builds it"))?;
            let wasm = self.layer(WASM, wasm);
            let mut files = Vec::new();
            for folder in component["files"].as_array().into_iter().flatten() {
                let from = folder["source"].as_str().context("files are packed by the folder")?;
                let to = folder["destination"].as_str().context("no destination")?;
                for entry in std::fs::read_dir(root.join(from))? {
                    let path = entry?.path();
                    let name = path.file_name().context("no name")?.to_string_lossy().into_owned();
                    let layer = self.layer(DATA, std::fs::read(&path)?);
                    let path = format!("{}/{name}", to.trim_start_matches('/'));
                    files.push(json!({ "path": path, "digest": layer["digest"] }));
                    layers.push(layer);
                }
            }
            components.push(json!({
                "id": id,
                "metadata": { "allowed_outbound_hosts": or_none(component, "allowed_outbound_hosts", json!([])) },
                "source": { "content_type": "application/wasm", "digest": wasm["digest"] },
                "env": or_none(component, "environment", json!({})),
                "files": files,
                "config": or_none(component, "variables", json!({})),
            }));
            layers.push(wasm);
        }
        Ok(json!({
            "spin_lock_version": 1,
            "metadata": {
                "name": app["application"]["name"],
                "version": app["application"]["version"],
                "triggers": app["application"]["trigger"],
            },
            "variables": variables.collect::<Map<_, _>>(),
            "triggers": triggers.collect::<Vec<_>>(),
            "components": components,
        }))
    }

    fn layer(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let size = bytes.len();
        json!({ "mediaType": media_type, "digest": self.blob(bytes), "size": size })
    }

    fn blob(&mut self, bytes: Vec<u8>) -> String {
        let digest: String = sha256(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("sha256:{digest}");
        self.blobs.insert(digest.clone(), bytes);
        digest
    }
}

fn or_none(table: &Value, key: &str, none: Value) -> Value {
    table.get(key).cloned().unwrap_or(none)
}

fn entries(table: &Value) -> impl Iterator<Item = (&String, &Value)> {
    table.as_object().into_iter().flatten()
}
