//! A system to which nobody is known who doesn't say who they are, and what it says of itself.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::repository;

/// The application in a folder of its own, in which nobody is vouched for by the host.
pub fn without_demo_user(folder: &Path) -> Result<PathBuf> {
    let root = repository();
    let manifest = std::fs::read_to_string(root.join("spin.toml")).context("spin.toml")?;
    let secret = "local_secret = \"{{ local_secret }}\"";
    let manifest = manifest.replace(secret, "local_secret = \"\"");
    std::fs::write(folder.join("spin.toml"), manifest)?;
    std::os::unix::fs::symlink(root.join("target"), folder.join("target"))?;
    // What a component reads must be in the folder, and be no link.
    std::fs::create_dir(folder.join("prompts"))?;
    for prompt in std::fs::read_dir(root.join("prompts"))? {
        let prompt = prompt?;
        std::fs::copy(prompt.path(), folder.join("prompts").join(prompt.file_name()))?;
    }
    Ok(folder.join("spin.toml"))
}

/// The lines of a log that tell of errors.
pub fn errors(log: &str) -> Result<Vec<String>> {
    let mut errors = Vec::new();
    for line in log.lines() {
        let read: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        if read["level"] == "error" {
            errors.push(line.to_owned());
        }
    }
    Ok(errors)
}
