//! `files` and `exclude_files` of a manifest, as mounts (Spin's crates/loader/src/local.rs).

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::FileMount;

/// One entry of `files`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum FilesEntry {
    /// A file, a folder or a glob pattern, seen at the same path by the guest.
    Pattern(String),
    /// A file or a folder, seen elsewhere.
    Placement {
        /// On the host, relative to the manifest.
        source: String,
        /// In the guest.
        destination: String,
    },
}

/// What a component sees. A whole folder is one mount; with exclusions, each remaining file is one.
pub(super) fn mounts(
    root: &Path,
    entries: &[FilesEntry],
    exclude: &[String],
) -> Result<Vec<FileMount>, String> {
    let exclude =
        exclude.iter().map(|pattern| glob_pattern(pattern)).collect::<Result<Vec<_>, _>>()?;
    let mut mounts = Vec::new();
    for entry in entries {
        match entry {
            FilesEntry::Pattern(pattern) => {
                let path = root.join(pattern);
                if path.exists() {
                    mounts.extend(one(root, &path, pattern, &exclude)?);
                } else if glob::Pattern::escape(pattern) != *pattern {
                    mounts.extend(matching(root, pattern, root, "/", &exclude)?);
                } else {
                    return Err(format!("file {pattern} does not exist"));
                }
            }
            FilesEntry::Placement { source, destination } => {
                let path = root.join(source);
                if !path.exists() {
                    return Err(format!("file {source} does not exist"));
                }
                mounts.extend(one(root, &path, destination, &exclude)?);
            }
        }
    }
    mounts.sort();
    mounts.dedup();
    Ok(mounts)
}

/// A file or a folder that exists.
fn one(
    root: &Path,
    path: &Path,
    destination: &str,
    exclude: &[glob::Pattern],
) -> Result<Vec<FileMount>, String> {
    let path = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
    if !path.starts_with(root) {
        return Err(format!("{} is outside of the application's folder", path.display()));
    }
    let destination = absolute(destination)?;
    if path.is_dir() && !exclude.is_empty() {
        return matching(root, "**/*", &path, &destination, exclude);
    }
    Ok(vec![FileMount { source: path, destination }])
}

/// Every file of a pattern in `base`, at its place below `destination` as it is below `base`.
fn matching(
    root: &Path,
    pattern: &str,
    base: &Path,
    destination: &str,
    exclude: &[glob::Pattern],
) -> Result<Vec<FileMount>, String> {
    let outside =
        |path: &Path| Err(format!("{} is outside of the application's folder", path.display()));
    if !Path::new(pattern)
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return outside(Path::new(pattern));
    }
    let folder = base.to_str().ok_or_else(|| format!("{} is not UTF-8", base.display()))?;
    let pattern = format!("{}/{pattern}", glob::Pattern::escape(folder));
    let mut mounts = Vec::new();
    for path in glob::glob(&pattern).map_err(|error| format!("{pattern}: {error}"))? {
        let path: PathBuf = path.map_err(|error| error.to_string())?;
        // Through a symbolic link it may be anywhere.
        let source = path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?;
        if !source.starts_with(root) {
            return outside(&path);
        }
        let Ok(in_root) = path.strip_prefix(root) else { return outside(&path) };
        if !path.is_file() || exclude.iter().any(|pattern| pattern.matches_path(in_root)) {
            continue;
        }
        let place = path.strip_prefix(base).unwrap_or(in_root).to_string_lossy();
        mounts
            .push(FileMount { destination: absolute(&format!("{destination}/{place}"))?, source });
    }
    Ok(mounts)
}

fn glob_pattern(pattern: &str) -> Result<glob::Pattern, String> {
    glob::Pattern::new(pattern).map_err(|error| format!("exclude_files {pattern}: {error}"))
}

/// A guest path, from the root and without empty or `.` parts.
fn absolute(path: &str) -> Result<String, String> {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err(format!("{path} leads out of the guest's files"));
    }
    Ok(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(files: &[FilesEntry], exclude: &[&str], expected: Expect) {
        let folder = tempfile::tempdir().unwrap();
        // A folder whose name is a pattern itself.
        let root = folder.path().canonicalize().unwrap().join("app[1]");
        for file in ["web/index.html", "web/js/app.js", "web/js/app.map", "note.txt"] {
            let path = root.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, file).unwrap();
        }
        let exclude: Vec<_> = exclude.iter().map(|pattern| (*pattern).to_owned()).collect();
        let text = match mounts(&root, files, &exclude) {
            Ok(mounts) => mounts
                .iter()
                .map(|mount| {
                    format!(
                        "{} -> {}\n",
                        mount.source.strip_prefix(&root).unwrap().display(),
                        mount.destination
                    )
                })
                .collect(),
            Err(error) => error,
        };
        expected.assert_eq(&text);
    }

    fn pattern(pattern: &str) -> FilesEntry {
        FilesEntry::Pattern(pattern.into())
    }

    fn placement(source: &str, destination: &str) -> FilesEntry {
        FilesEntry::Placement { source: source.into(), destination: destination.into() }
    }

    #[test]
    fn files_folders_and_patterns() {
        check(
            &[pattern("note.txt"), pattern("web")],
            &[],
            expect![[r#"
            note.txt -> /note.txt
            web -> /web
        "#]],
        );
        check(
            &[placement("web", "/"), placement("note.txt", "docs/n.txt")],
            &[],
            expect![[r#"
            note.txt -> /docs/n.txt
            web -> /
        "#]],
        );
        check(
            &[pattern("web/**/*.js")],
            &[],
            expect![[r#"
            web/js/app.js -> /web/js/app.js
        "#]],
        );
        check(
            &[placement("web", "/")],
            &["**/*.map"],
            expect![[r#"
            web/index.html -> /index.html
            web/js/app.js -> /js/app.js
        "#]],
        );
    }

    #[test]
    fn what_is_not_there_or_outside() {
        check(&[pattern("nothing.txt")], &[], expect!["file nothing.txt does not exist"]);
        check(&[placement("nothing", "/")], &[], expect!["file nothing does not exist"]);
        let error =
            mounts(&std::env::temp_dir().canonicalize().unwrap(), &[placement("..", "/")], &[])
                .unwrap_err();
        assert!(error.ends_with("is outside of the application's folder"), "{error}");
    }
    #[test]
    fn nothing_leads_out() {
        check(
            &[pattern("../*.pem")],
            &[],
            expect!["../*.pem is outside of the application's folder"],
        );
        check(
            &[pattern("web/../*.txt")],
            &[],
            expect!["web/../*.txt is outside of the application's folder"],
        );
        check(
            &[pattern("/etc/*.conf")],
            &[],
            expect!["/etc/*.conf is outside of the application's folder"],
        );
        check(
            &[placement("note.txt", "/docs/../../n.txt")],
            &[],
            expect!["/docs/../../n.txt leads out of the guest's files"],
        );

        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("app");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(folder.path().join("key.pem"), "secret").unwrap();
        std::os::unix::fs::symlink(folder.path().join("key.pem"), root.join("a.txt")).unwrap();
        let error = mounts(&root, &[pattern("*.txt")], &[]).unwrap_err();
        assert!(error.ends_with("app/a.txt is outside of the application's folder"), "{error}");
    }
}
