//! Where a component's lines go: into the log, and into files of its own as Spin keeps them, `<component>_stdout.txt` and
//! `<component>_stderr.txt` (spinframework/spin crates/trigger/src/cli/stdio.rs).

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::host::HostError;
use crate::output;

/// What becomes of what components write to stdout and stderr. The default: all of it is logged.
#[derive(Debug, Clone, Default)]
pub struct OutputOptions {
    /// Where each component's files are. They are added to, not replaced.
    pub folder: Option<PathBuf>,
    /// Empties the files at the start.
    pub truncate: bool,
    /// The components whose lines are also logged where there is a folder; `None`: all. Without one, every line is logged:
    /// nothing that a component says is lost.
    pub follow: Option<BTreeSet<String>>,
}

/// Where the lines of one stream of a component go.
pub(crate) struct Sink {
    component: Arc<str>,
    logged: bool,
    file: Option<Kept>,
}

struct Kept {
    path: PathBuf,
    file: File,
    failed: AtomicBool,
}

impl Sink {
    /// `stream` is `stdout` or `stderr`.
    pub fn open(
        component: Arc<str>,
        stream: &str,
        options: &OutputOptions,
    ) -> Result<Arc<Self>, HostError> {
        let Some(folder) = &options.folder else { return Ok(Self::log(component)) };
        let path = folder.join(format!("{}_{stream}.txt", file_name(&component)));
        let file = open(&path, folder, options.truncate).map_err(|source| HostError::Output {
            component: component.to_string(),
            path: path.clone(),
            source,
        })?;
        let logged = options.follow.as_ref().is_none_or(|follow| follow.contains(&*component));
        let file = Some(Kept { path, file, failed: AtomicBool::new(false) });
        Ok(Arc::new(Self { component, logged, file }))
    }

    /// The log alone.
    pub fn log(component: Arc<str>) -> Arc<Self> {
        Arc::new(Self { component, logged: true, file: None })
    }

    /// Takes a line with its end, or a piece of a long one.
    pub fn take(&self, line: &[u8], correlation_id: Option<&str>) {
        if let Some(kept) = &self.file {
            kept.write(&self.component, line);
        }
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end();
        if self.logged && !line.is_empty() {
            output::emit(&self.component, correlation_id, line);
        }
    }
}

impl Kept {
    /// One write for a whole line: calls run side by side. A full disk is no reason to fail a call; it is told once.
    fn write(&self, component: &str, line: &[u8]) {
        if let Err(reason) = (&self.file).write_all(line)
            && !self.failed.swap(true, Ordering::Relaxed)
        {
            let path = self.path.display();
            tracing::warn!(component, %path, %reason, "what the component says can't be kept");
        }
    }
}

fn open(path: &Path, folder: &Path, truncate: bool) -> std::io::Result<File> {
    std::fs::create_dir_all(folder)?;
    let file = File::options().create(true).append(true).open(path)?;
    if truncate {
        file.set_len(0)?;
    }
    Ok(file)
}

/// A component's name without what a file's name can't have, or what leads to another folder.
fn file_name(component: &str) -> String {
    let name: String =
        component.chars().filter(|c| !c.is_control() && !r#"/\?<>:*|""#.contains(*c)).collect();
    if name.chars().all(|c| c == '.') { String::new() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_lead_nowhere_else() {
        for (component, name) in [
            ("audit-write", "audit-write"),
            ("../../etc/passwd", "....etcpasswd"),
            ("a:b*c|\"d\"\n", "abcd"),
            ("..", ""),
            ("v1.2", "v1.2"),
        ] {
            assert_eq!(file_name(component), name);
        }
    }

    #[test]
    fn lines_are_added_to_a_file_until_it_is_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("new/logs");
        let says = |line: &str, truncate| {
            let follow = Some(BTreeSet::new());
            let options = OutputOptions { folder: Some(logs.clone()), truncate, follow };
            Sink::open("greet".into(), "stdout", &options).unwrap().take(line.as_bytes(), None);
            std::fs::read_to_string(logs.join("greet_stdout.txt")).unwrap()
        };
        assert_eq!(says("one\n", false), "one\n");
        assert_eq!(says("two\n", false), "one\ntwo\n");
        assert_eq!(says("three\n", true), "three\n");
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let options = OutputOptions { folder: Some(file.clone()), ..OutputOptions::default() };
        let error = Sink::open("greet".into(), "stderr", &options).err().unwrap().to_string();
        let path = file.join("greet_stderr.txt");
        assert_eq!(error, format!("can't write what component greet says to {}", path.display()));
    }
}
