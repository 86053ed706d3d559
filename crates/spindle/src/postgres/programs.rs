//! Postgres' own programs: where they are, and as whom they run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

/// Where Postgres' programs are, and as whom they run.
pub struct Programs {
    folder: PathBuf,
    identity: RunAs,
}

/// Postgres refuses to run as root.
enum RunAs {
    /// We aren't root.
    Ourselves,
    /// We are; in a user namespace of its own the server sees itself as somebody else, while files
    /// stay ours, wherever they are.
    Namespace,
    /// We are, and namespaces are forbidden: as the user that Postgres' package made.
    User { uid: u32, gid: u32 },
}

impl Programs {
    /// The newest Postgres on this machine, or the one that fits an existing cluster.
    pub fn find(version: Option<&str>) -> Result<Self> {
        let mut found: Vec<(u32, PathBuf)> = candidate_folders()
            .into_iter()
            .filter(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
            .filter_map(|folder| Some((major_version(&folder)?, folder)))
            .collect();
        found.sort_unstable();
        let newest = match version {
            None => found.pop(),
            Some(version) => {
                let fitting = found.iter().position(|(major, _)| major.to_string() == version);
                match fitting {
                    Some(index) => Some(found.swap_remove(index)),
                    None if found.is_empty() => None,
                    None => bail!(
                        "the cluster was made by Postgres {version}, which isn't installed (found: {}); install it, or choose another folder with --data",
                        found
                            .iter()
                            .map(|(major, _)| major.to_string())
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                }
            }
        };
        let Some((_, folder)) = newest else {
            bail!(
                "Postgres isn't installed; install it (Debian: apt-get install postgresql, macOS: brew install postgresql), or set DATABASE_URL"
            );
        };
        Ok(Self { folder, identity: RunAs::choose()? })
    }

    pub fn command(&self, program: &str) -> Command {
        let path = self.folder.join(program);
        let mut command = match self.identity {
            RunAs::Ourselves => Command::new(path),
            RunAs::Namespace => {
                let mut command = Command::new("unshare");
                command.args(["--user", "--map-user=1000", "--map-group=1000", "--"]).arg(path);
                command
            }
            RunAs::User { uid, gid } => {
                let mut command = Command::new(path);
                command.uid(uid).gid(gid);
                command
            }
        };
        // We read what it says.
        command.env("LC_ALL", "C");
        command
    }

    /// Gives files to the user that Postgres runs as.
    pub fn own(&self, paths: &[&Path]) -> Result<()> {
        if let RunAs::User { uid, gid } = self.identity {
            for path in paths {
                std::os::unix::fs::chown(path, Some(uid), Some(gid))
                    .with_context(|| format!("can't hand over {}", path.display()))?;
            }
        }
        Ok(())
    }
}

impl RunAs {
    fn choose() -> Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let namespaces = std::process::Command::new("unshare")
            .args(["--user", "--map-user=1000", "--map-group=1000", "--", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if namespaces {
            return Ok(Self::Namespace);
        }
        let passwd = fs::read_to_string("/etc/passwd").context("can't read /etc/passwd")?;
        match passwd_entry(&passwd, "postgres") {
            Some((uid, gid)) => Ok(Self::User { uid, gid }),
            None => bail!(
                "Postgres refuses to run as root, and there is no user `postgres`; run spindle as another user, or set DATABASE_URL"
            ),
        }
    }
}

/// User and group id of a user, by passwd(5).
fn passwd_entry(passwd: &str, name: &str) -> Option<(u32, u32)> {
    let mut fields = passwd
        .lines()
        .map(|line| line.split(':'))
        .find_map(|mut fields| (fields.next() == Some(name)).then_some(fields))?;
    Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Folders that may hold `initdb` and `postgres`: those on PATH, and where Debian, Homebrew and
/// Postgres.app keep them.
fn candidate_folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    for (parent, bin) in [
        ("/usr/lib/postgresql", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path().join(bin)));
    }
    folders
}

/// `postgres --version` says `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major_version(folder: &Path) -> Option<u32> {
    let output =
        std::process::Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number = text.split_ascii_whitespace().nth(2)?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_in_passwd() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\npostgres:x:105:114::/var:/bin/sh\n";
        assert_eq!(passwd_entry(passwd, "postgres"), Some((105, 114)));
        assert_eq!(passwd_entry(passwd, "post"), None);
    }
}
