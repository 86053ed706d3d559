//! A component's files: folders of the host, read-only, seen by every call.

use std::path::{Path, PathBuf};

use wasmtime_wasi::{FsPerms, WasiCtxBuilder};

use crate::app::FileMount;

/// Why files can't be shown.
#[derive(Debug, thiserror::Error)]
#[error("can't show it {path}")]
pub struct MountsError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// What is mounted where. A folder alone is shown as it is; single files are copied at load into a folder of their own,
/// which is removed with the host.
#[derive(Default)]
pub(crate) struct Mounts {
    /// Host folder and guest path.
    folders: Vec<(PathBuf, String)>,
    _copies: Option<tempfile::TempDir>,
}

impl Mounts {
    /// Checks that everything is there. If anything must be copied, all is: a guest path is then one folder.
    pub fn new(files: &[FileMount]) -> Result<Self, MountsError> {
        if files.iter().all(|mount| mount.source.is_dir()) {
            let folders =
                files.iter().map(|mount| (mount.source.clone(), mount.destination.clone()));
            return Ok(Self { folders: folders.collect(), _copies: None });
        }
        let named = |path: &Path, source| MountsError { path: path.to_owned(), source };
        let copies = tempfile::tempdir().map_err(|source| named(Path::new("files"), source))?;
        for mount in files {
            let target = copies.path().join(mount.destination.trim_start_matches('/'));
            copy(&mount.source, &target).map_err(|source| named(&mount.source, source))?;
        }
        Ok(Self { folders: vec![(copies.path().to_owned(), "/".into())], _copies: Some(copies) })
    }

    /// Adds the folders to a call's file system. One that was removed meanwhile is not there for the guest either.
    pub fn open(&self, wasi: &mut WasiCtxBuilder) {
        for (source, destination) in &self.folders {
            if let Err(error) = wasi.preopened_dir(source, destination, FsPerms::ReadOnly) {
                tracing::warn!(folder = %source.display(), %error, "a folder of a component can't be opened");
            }
        }
    }
}

/// Copies a file, or a folder with all that is in it.
fn copy(source: &Path, target: &Path) -> std::io::Result<()> {
    if source.is_dir() {
        std::fs::create_dir_all(target)?;
        for entry in std::fs::read_dir(source)? {
            let entry = entry?;
            copy(&entry.path(), &target.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::copy(source, target).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_files_are_copied_and_folders_are_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("web")).unwrap();
        std::fs::write(folder.path().join("web/a.txt"), "a").unwrap();
        let mount = |source: &str, destination: &str| FileMount {
            source: folder.path().join(source),
            destination: destination.into(),
        };

        let mounts = Mounts::new(&[mount("web", "/web")]).unwrap();
        assert_eq!(mounts.folders, [(folder.path().join("web"), "/web".to_owned())]);

        let mounts =
            Mounts::new(&[mount("web", "/web"), mount("web/a.txt", "/docs/b.txt")]).unwrap();
        let [(root, guest)] = &mounts.folders[..] else { panic!("one folder") };
        assert_eq!(guest, "/");
        assert_eq!(std::fs::read_to_string(root.join("docs/b.txt")).unwrap(), "a");
        assert_eq!(std::fs::read_to_string(root.join("web/a.txt")).unwrap(), "a");

        assert!(Mounts::new(&[mount("nothing", "/x")]).is_err());
    }
}
