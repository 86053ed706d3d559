//! The mails, each a file that appears whole.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use chrono::Utc;

use crate::process::write_private;

/// What the files' names end with.
const EXTENSION: &str = ".eml";

pub struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, for its user alone.
    pub fn open(path: PathBuf) -> Result<Self> {
        let open = || -> std::io::Result<()> {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
            for entry in fs::read_dir(&path)? {
                let path = entry?.path();
                // Of a write that was cut off.
                if path.extension().is_some_and(|extension| extension == "tmp") {
                    fs::remove_file(path)?;
                }
            }
            Ok(())
        };
        open().with_context(|| format!("can't use the folder for mail, {}", path.display()))?;
        Ok(Self(path))
    }

    /// A name for a new mail: they sort by time.
    pub fn new_name() -> String {
        let id = uuid::Uuid::new_v4().simple().to_string();
        format!("{}-{}", Utc::now().format("%Y%m%dT%H%M%S%.6fZ"), &id[..8])
    }

    /// Keeps a mail.
    pub fn write(&self, name: &str, message: &[u8]) -> Result<()> {
        write_private(&self.0.join(format!("{name}{EXTENSION}")), message)
    }

    /// The names of all mails, newest first.
    pub fn names(&self) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let name = entry?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(EXTENSION));
            names.extend(name.filter(|name| is_name(name)).map(str::to_owned));
        }
        names.sort_unstable_by(|a, b| b.cmp(a));
        Ok(names)
    }

    /// A mail; `None` if there is none of this name.
    pub fn read(&self, name: &str) -> std::io::Result<Option<Vec<u8>>> {
        if !is_name(name) {
            return Ok(None);
        }
        match fs::read(self.0.join(format!("{name}{EXTENSION}"))) {
            Ok(message) => Ok(Some(message)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a name is one of ours: no other leads anywhere.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    name.starts_with(|c: char| c.is_ascii_digit()) && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_mail_comes_first_and_only_its_user_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("outbox");
        let outbox = Folder::open(path.clone()).unwrap();
        let names: Vec<_> = (0..3).map(|_| Folder::new_name()).collect();
        for name in &names {
            outbox.write(name, name.as_bytes()).unwrap();
        }
        fs::write(path.join("notes.txt"), "").unwrap();
        fs::write(path.join("half.tmp"), "").unwrap();
        let mut expected = names.clone();
        expected.sort();
        expected.reverse();
        assert_eq!(outbox.names().unwrap(), expected);
        assert_eq!(outbox.read(&names[0]).unwrap().unwrap(), names[0].as_bytes());
        let mode =
            |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(format!("{}.eml", names[0]))), 0o600);
        Folder::open(path.clone()).unwrap();
        assert!(!path.join("half.tmp").exists() && path.join("notes.txt").exists());
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("1.eml"), "outside").unwrap();
        let outbox = Folder::open(folder.path().join("outbox")).unwrap();
        for name in ["../1", "..", "", "1/../../1", "%2e%2e/1", "1\0", "é1", ".1"] {
            assert_eq!(outbox.read(name).unwrap(), None, "{name}");
        }
    }
}
