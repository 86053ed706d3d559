//! A new version in a cluster: Helm puts it there, we wait until it runs, the smoke test tries it, and what doesn't work goes
//! again.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::settled;
use crate::run::{root, step};
use crate::smoke;
use crate::tools::HELM;

/// What to deploy, and where.
#[derive(clap::Args)]
#[group(id = "roll-out")]
#[command(after_help = "\
Which cluster, KUBECONFIG says. Example:
  cargo xtask release roll-out --url https://spindle.example.com -- --set-string image.tag=3f2a…")]
pub struct Options {
    #[command(flatten)]
    smoke: smoke::Options,

    /// What Helm calls it.
    #[arg(long, default_value = "spindle")]
    release: String,

    /// Where it is in the cluster; it has to be there.
    #[arg(long, env = "NAMESPACE", default_value = "todo-app")]
    namespace: String,

    /// The chart's values.
    #[arg(long, value_name = "FILE", default_value = "deploy/helm/spindle/values-production.yaml")]
    values: String,

    /// How long Helm waits until everything is ready.
    #[arg(long, value_name = "TIME", default_value = "10m")]
    timeout: String,

    /// More options of `helm upgrade`.
    #[arg(last = true)]
    helm: Vec<String>,
}

/// Deploys and tries it.
///
/// # Errors
/// If Helm can't deploy it, or it doesn't work. Either way what was there before is there again.
pub fn run(options: &Options) -> Result<()> {
    roll_out(&HELM.installed()?, options, || {
        settled::wait(&options.namespace, &options.release)?;
        smoke::run(&options.smoke)
    })
}

fn roll_out(helm: &Path, options: &Options, works: impl FnOnce() -> Result<()>) -> Result<()> {
    let before = deployed(helm, options)?;
    if before.is_none() {
        // SpinApps come with the upgrade, when there are executors. Not waited for: the chart migrates after it is installed,
        // what waits for the schema isn't ready before, and Helm would wait for that first.
        step("helm install", &mut upgrade(helm, options))?;
    }
    let mut upgrade = upgrade(helm, options);
    upgrade.arg("--wait");
    if before.is_some() {
        // Helm 4 calls it --rollback-on-failure.
        upgrade.arg("--atomic");
    }
    step("helm upgrade", &mut upgrade)?;
    let Err(error) = works() else { return Ok(()) };
    let Some(before) = before else {
        return Err(error.context("it is deployed, and doesn't work; nothing was there before"));
    };
    eprintln!("  {error:#}");
    let mut rollback = helm_for(helm, options);
    rollback.args(["rollback", &options.release, &before.to_string()]);
    // Migrations only ever add (expand before contract), so the version before works with the schema of this one.
    step("helm rollback", rollback.args(["--wait", "--timeout", &options.timeout]))
        .context("it is deployed, doesn't work, and could not be taken back")?;
    Err(error.context(format!("it doesn't work, and revision {before} is back")))
}

fn upgrade(helm: &Path, options: &Options) -> Command {
    let mut upgrade = helm_for(helm, options);
    upgrade.args(["upgrade", &options.release, "deploy/helm/spindle", "--install"]);
    upgrade.args(["--values", &options.values, "--timeout", &options.timeout]);
    upgrade.args(&options.helm);
    upgrade
}

fn helm_for(helm: &Path, options: &Options) -> Command {
    let mut command = Command::new(helm);
    command.current_dir(root()).args(["--namespace", &options.namespace]);
    command
}

/// The revision that is deployed, if there is any.
fn deployed(helm: &Path, options: &Options) -> Result<Option<u64>> {
    let filter = format!("^{}$", options.release);
    let listed = helm_for(helm, options)
        .args(["list", "--deployed", "--output", "json", "--filter", &filter])
        .stderr(Stdio::inherit())
        .output()
        .context("can't run helm")?;
    if !listed.status.success() {
        bail!("helm can't say what is deployed ({})", listed.status);
    }
    let listed: Value = serde_json::from_slice(&listed.stdout).context("helm list")?;
    // Helm writes it as a text.
    let revision = &listed[0]["revision"];
    Ok(revision.as_u64().or_else(|| revision.as_str()?.parse().ok()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use anyhow::anyhow;
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    /// A Helm that lists a revision, fails at `fails`, and notes what it was asked.
    struct Helm(PathBuf);

    /// What it was asked to do, in order.
    fn verbs(asked: &str) -> Vec<&str> {
        asked.lines().filter_map(|line| line.split(' ').next()).collect()
    }

    impl Helm {
        fn new(name: &str, listed: &str, fails: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            let script = format!(
                "#!/bin/sh\nshift 2\necho \"$@\" >> {}\ncase $1 in list) echo '{listed}' ;; {fails}) exit 1 ;; esac\n",
                folder.join("log").display()
            );
            // Written by another process: what this one has written can't be run while a test beside it starts a program.
            let mut write = Command::new("sh");
            write.args(["-c", "printf %s \"$1\" > \"$0\" && chmod +x \"$0\""]);
            assert!(write.arg(folder.join("helm")).arg(script).status().unwrap().success());
            Self(folder)
        }

        fn roll_out(&self, smoke: impl FnOnce() -> Result<()>) -> (Result<()>, String) {
            let cli = Cli::try_parse_from(["x", "--url", "http://x", "--", "--set", "a=b"]);
            let outcome = roll_out(&self.0.join("helm"), &cli.unwrap().options, smoke);
            let asked = fs::read_to_string(self.0.join("log")).unwrap_or_default();
            fs::remove_dir_all(&self.0).unwrap();
            (outcome, asked)
        }
    }

    const DEPLOYED: &str = r#"[{"name":"spindle","revision":"7","status":"deployed"}]"#;

    #[test]
    fn what_works_stays() {
        let (outcome, asked) = Helm::new("works", DEPLOYED, "none").roll_out(|| Ok(()));
        outcome.unwrap();
        assert_eq!(verbs(&asked), ["list", "upgrade"]);
        assert!(asked.ends_with(" --set a=b --wait --atomic\n"), "{asked}");
    }

    #[test]
    fn what_does_not_work_goes_and_still_fails() {
        let helm = Helm::new("broken", DEPLOYED, "none");
        let (outcome, asked) = helm.roll_out(|| Err(anyhow!("no audit row")));
        let error = format!("{:#}", outcome.unwrap_err());
        assert_eq!(error, "it doesn't work, and revision 7 is back: no audit row");
        assert_eq!(verbs(&asked), ["list", "upgrade", "rollback"]);
        assert!(asked.contains("rollback spindle 7 --wait"), "{asked}");
    }

    #[test]
    fn what_could_not_be_taken_back_is_told() {
        let helm = Helm::new("stuck", DEPLOYED, "rollback");
        let (outcome, _) = helm.roll_out(|| Err(anyhow!("no audit row")));
        let error = format!("{:#}", outcome.unwrap_err());
        assert!(
            error.starts_with("it is deployed, doesn't work, and could not be taken back"),
            "{error}"
        );
    }

    #[test]
    fn what_is_first_gets_its_spinapps_and_is_not_taken_back() {
        let helm = Helm::new("first", "[]", "none");
        let (outcome, asked) = helm.roll_out(|| Err(anyhow!("no audit row")));
        assert!(format!("{:#}", outcome.unwrap_err()).contains("nothing was there before"));
        assert_eq!(verbs(&asked), ["list", "upgrade", "upgrade"]);
        assert!(!asked.contains("--atomic"), "{asked}");
    }

    #[test]
    fn what_helm_refuses_is_not_tried() {
        let helm = Helm::new("refused", DEPLOYED, "upgrade");
        let (outcome, asked) = helm.roll_out(|| panic!("it is tried"));
        assert!(outcome.is_err());
        assert_eq!(verbs(&asked), ["list", "upgrade"]);
    }
}
