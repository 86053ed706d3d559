//! A component's files: folders of the host, read-only, seen by every call.

use std::path::{Component, Path, PathBuf};

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
        for mount in files {
            if Path::new(&mount.destination).components().any(|part| part == Component::ParentDir) {
                let reason = format!("{} leads out of the guest's files", mount.destination);
                return Err(refused(&mount.source, reason));
            }
        }
        if files.iter().all(|mount| mount.source.is_dir()) {
            let folders =
                files.iter().map(|mount| (mount.source.clone(), mount.destination.clone()));
            return Ok(Self { folders: folders.collect(), _copies: None });
        }
        let copies = tempfile::tempdir().map_err(|error| failed(Path::new("files"), error))?;
        for mount in files {
            let target = copies.path().join(mount.destination.trim_start_matches('/'));
            // What the application itself names may be a link; what is found in its folders may not.
            let source =
                mount.source.canonicalize().map_err(|error| failed(&mount.source, error))?;
            copy(&source, &target)?;
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

/// Copies a file, or a folder with all that is in it. A symbolic link could lead anywhere, and reading a pipe never end.
fn copy(source: &Path, target: &Path) -> Result<(), MountsError> {
    let failed = |error| failed(source, error);
    let kind = source.symlink_metadata().map_err(failed)?.file_type();
    if kind.is_dir() {
        std::fs::create_dir_all(target).map_err(failed)?;
        for entry in source.read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            copy(&entry.path(), &target.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if !kind.is_file() {
        let what = if kind.is_symlink() { "is a symbolic link" } else { "is no file or folder" };
        return Err(refused(source, what));
    }
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    std::fs::copy(source, target).map_err(failed).map(drop)
}

fn failed(path: &Path, source: std::io::Error) -> MountsError {
    MountsError { path: path.to_owned(), source }
}

fn refused(path: &Path, reason: impl Into<String>) -> MountsError {
    failed(path, std::io::Error::new(std::io::ErrorKind::InvalidInput, reason.into()))
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
    #[test]
    fn nothing_leads_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("web")).unwrap();
        std::fs::write(root.join("a.txt"), "a").unwrap();
        std::os::unix::fs::symlink(root.join("a.txt"), root.join("web/link")).unwrap();
        let refused = |mounts: &[(&str, &str)]| {
            let mounts = mounts.iter().map(|(source, destination)| FileMount {
                source: root.join(source),
                destination: (*destination).into(),
            });
            let Err(error) = Mounts::new(&mounts.collect::<Vec<_>>()) else { panic!("shown") };
            (error.path.strip_prefix(&root).unwrap().to_owned(), error.source.to_string())
        };
        for destination in ["../evil", "/../evil", "/docs/../../evil", ".."] {
            let reason = format!("{destination} leads out of the guest's files");
            assert_eq!(refused(&[("a.txt", destination)]), ("a.txt".into(), reason.clone()));
            assert_eq!(refused(&[("web", destination)]), ("web".into(), reason));
        }
        assert_eq!(
            refused(&[("a.txt", "/a.txt"), ("web", "/web")]),
            ("web/link".into(), "is a symbolic link".into())
        );
        // What the application itself names is taken for what it leads to.
        let mounts = [FileMount { source: root.join("web/link"), destination: "/l".into() }];
        let mounts = Mounts::new(&mounts).unwrap();
        let copied = mounts.folders[0].0.join("l");
        assert!(copied.symlink_metadata().unwrap().is_file());
    }
}
