//! Which folders the plugin uses.

use std::path::PathBuf;

use spin_host::runtime_config::RuntimeConfig;

use crate::args::Args;

/// Where state is kept: what is said first, else `.spin` in a local application's folder.
pub fn state_dir(args: &Args, config: &RuntimeConfig) -> Option<PathBuf> {
    let default = || Some(args.local_app_dir.as_ref()?.join(".spin"));
    said(&args.state_dir, &config.state_dir, default)
}

/// Where components' output is kept: what is said first, else `logs` where state is kept.
pub fn log_dir(args: &Args, config: &RuntimeConfig) -> Option<PathBuf> {
    said(&args.log_dir, &config.log_dir, || Some(state_dir(args, config)?.join("logs")))
}

/// The command line before the file. An empty path says that there is no such folder.
fn said(
    args: &Option<PathBuf>,
    file: &Option<PathBuf>,
    default: impl FnOnce() -> Option<PathBuf>,
) -> Option<PathBuf> {
    match args.as_ref().or(file.as_ref()) {
        Some(said) => Some(said.clone()).filter(|said| !said.as_os_str().is_empty()),
        None => default(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    /// The folders for state and for logs.
    fn folders(arguments: &[&str], file: &str) -> (Option<PathBuf>, Option<PathBuf>) {
        let program = ["trigger-kafka"].iter();
        let args = Args::try_parse_from(program.chain(arguments)).expect("known flags");
        let config: RuntimeConfig = toml::from_str(file).expect("a runtime configuration");
        (state_dir(&args, &config), log_dir(&args, &config))
    }

    #[test]
    fn folders_are_where_spin_has_them() {
        let local = "--local-app-dir";
        let (none, at) = (None::<PathBuf>, |path: &str| Some(PathBuf::from(path)));
        for (arguments, file, state, logs) in [
            (&[][..], "", none.clone(), none.clone()),
            (&[local, "/app"], "", at("/app/.spin"), at("/app/.spin/logs")),
            // What `spin up` says in the application's own folder.
            (&[local, ""], "", at(".spin"), at(".spin/logs")),
            (&[local, "/app", "--state-dir", ""], "", none.clone(), none.clone()),
            (&[local, "/app", "--state-dir", "s"], "", at("s"), at("s/logs")),
            (&[local, "/app", "-L", ""], "", at("/app/.spin"), none.clone()),
            (&["-L", "l"], "", none.clone(), at("l")),
            (&[], "state_dir = \"s\"", at("s"), at("s/logs")),
            (&["-L", "l"], "log_dir = \"other\"", none.clone(), at("l")),
            (&[local, "/app"], "log_dir = \"\"", at("/app/.spin"), none.clone()),
        ] {
            assert_eq!(folders(arguments, file), (state, logs), "{arguments:?} {file}");
        }
    }
}
