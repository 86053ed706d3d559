//! `cargo xtask lint`: what is run by others and never by us: workflows, Dockerfiles, the compose file.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::run::{root, step, succeeds};
use crate::tools::{self, GoTool};

/// Checks all of it, and names everything that is wrong.
pub fn run() -> Result<()> {
    let mut wrong = Vec::new();
    for (what, outcome) in [
        ("workflows", workflows()),
        ("Dockerfiles", dockerfiles()),
        ("the compose file", compose()),
    ] {
        if let Err(error) = outcome {
            eprintln!("  {what}: {error:#}");
            wrong.push(what);
        }
    }
    if !wrong.is_empty() {
        bail!("wrong: {}", wrong.join(", "));
    }
    Ok(())
}

fn go_tool(program: &GoTool) -> Result<Option<PathBuf>> {
    tools::optional(program.package(), program.installed())
}

/// Workflows, by actionlint, which has shellcheck read their scripts where that is installed.
fn workflows() -> Result<()> {
    let folder = root().join(".github/workflows");
    let files = files(&folder, |name| name.ends_with(".yml"))?;
    for file in &files {
        let text = fs::read_to_string(file)?;
        for (line, action) in text.lines().enumerate().filter_map(|(n, l)| Some((n, uses(l)?))) {
            if !is_pinned_action(action) {
                bail!("{}:{}: {action} is not of an exact version", file.display(), line + 1);
            }
        }
    }
    let Some(actionlint) = go_tool(&tools::ACTIONLINT)? else { return Ok(()) };
    let scripts = if succeeds("shellcheck", &["--version"]) {
        "their scripts too"
    } else {
        "without shellcheck, so not their scripts"
    };
    let title = format!("{} workflows, {scripts}", files.len());
    step(&title, Command::new(actionlint).current_dir(root()).arg("-no-color").args(&files))
}

/// Dockerfiles, by hadolint. A rule that is ignored has a line above that says why.
fn dockerfiles() -> Result<()> {
    let folder = root().join("deploy/images");
    let files = files(&folder, |name| name == "Dockerfile" || name.ends_with(".Dockerfile"))?;
    for file in &files {
        let text = fs::read_to_string(file)?;
        if let Some(line) = ignored_without_reason(&text) {
            bail!("{}:{line}: a rule is ignored, and nothing says why", file.display());
        }
    }
    let Some(hadolint) = tools::optional("hadolint", tools::python_tool("hadolint"))? else {
        return Ok(());
    };
    let title = format!("{} Dockerfiles", files.len());
    let mut command = Command::new(hadolint);
    command.args(["--no-color", "--failure-threshold", "style"]).args(&files);
    step(&title, &mut command)
}

/// The compose file, by compose-go, which `docker compose` reads it with: its schema, what it refers to, what it fills in.
fn compose() -> Result<()> {
    let file = root().join("deploy/compose.yaml");
    let text = fs::read_to_string(&file).context("deploy/compose.yaml")?;
    for (line, image) in text.lines().enumerate().filter_map(|(n, l)| Some((n, image(l)?))) {
        if !is_pinned_image(image) {
            bail!("{}:{}: {image} is not of an exact version", file.display(), line + 1);
        }
    }
    let Some(compose) = go_tool(&tools::COMPOSE)? else { return Ok(()) };
    // As `docker compose` does, paths are taken from the file's folder. It prints what it has understood.
    let mut command = Command::new(compose);
    command.current_dir(root().join("deploy")).args(["-format", "json", "compose.yaml"]);
    eprintln!("▸ the compose file");
    let output = command.stderr(Stdio::inherit()).output().context("can't run compose-go")?;
    if !output.status.success() {
        eprintln!();
        bail!("failed: the compose file ({})", output.status);
    }
    let wrong = refers_to_nothing(&serde_json::from_slice(&output.stdout)?);
    if !wrong.is_empty() {
        bail!("{}", wrong.join("; "));
    }
    Ok(())
}

/// What services refer to and isn't there, which compose-go reads over when it only makes the model.
fn refers_to_nothing(model: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let empty = serde_json::Map::new();
    let services = model["services"].as_object().unwrap_or(&empty);
    for (name, service) in services {
        let build = &service["build"];
        if let (Some(context), Some(file)) =
            (build["context"].as_str(), build["dockerfile"].as_str())
            && !Path::new(context).join(file).exists()
        {
            wrong.push(format!("{name} is built from {file}, which isn't in {context}"));
        }
        for (other, how) in service["depends_on"].as_object().unwrap_or(&empty) {
            let is_checked = !services.get(other).unwrap_or(&Value::Null)["healthcheck"].is_null();
            if !services.contains_key(other) {
                wrong.push(format!("{name} depends on {other}, which is no service"));
            } else if how["condition"] == "service_healthy" && !is_checked {
                wrong.push(format!("{name} waits until {other} is healthy, which nothing checks"));
            }
        }
        for kind in ["volumes", "configs", "secrets"] {
            let used = service[kind].as_array().map(Vec::as_slice).unwrap_or_default();
            for source in
                used.iter().filter(|used| used["type"] != "bind" && used["type"] != "tmpfs")
            {
                if let Some(source) = source["source"].as_str()
                    && model[kind].get(source).is_none()
                {
                    wrong.push(format!("{name} has {source}, which is none of the {kind}"));
                }
            }
        }
    }
    wrong
}

fn files(folder: &Path, which: fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(which) {
            files.push(entry.path());
        }
    }
    files.sort();
    if files.is_empty() {
        bail!("{} has none of them", folder.display());
    }
    Ok(files)
}

/// Of `- uses: actions/checkout@v5.0.0`.
fn uses(line: &str) -> Option<&str> {
    let line = line.trim_start().trim_start_matches("- ");
    line.strip_prefix("uses: ")?.split_ascii_whitespace().next()
}

/// A file of ours, a commit, or a version of three numbers.
fn is_pinned_action(action: &str) -> bool {
    let Some((_, version)) = action.rsplit_once('@') else { return action.starts_with("./") };
    let is_commit = version.len() == 40 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    let numbers = version.strip_prefix('v').unwrap_or(version).split('.');
    let is_number = |part: &str| part.parse::<u32>().is_ok();
    is_commit || (numbers.clone().count() == 3 && numbers.clone().all(is_number))
}

/// Of `image: postgres:18.6-trixie`; not of one that is filled in, which is ours.
fn image(line: &str) -> Option<&str> {
    let image = line.trim_start().strip_prefix("image: ")?.split_ascii_whitespace().next()?;
    (!image.starts_with('$')).then_some(image)
}

/// A digest, or a tag with two numbers in it at least.
fn is_pinned_image(image: &str) -> bool {
    if image.contains("@sha256:") {
        return true;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let Some((_, tag)) = name.split_once(':') else { return false };
    let version = tag.split('-').next().unwrap_or(tag);
    version.split('.').filter(|part| part.trim_start_matches('v').parse::<u32>().is_ok()).count()
        >= 2
}

/// The line, counted from one, of the first rule that is ignored for no reason.
fn ignored_without_reason(dockerfile: &str) -> Option<usize> {
    let is_pragma = |line: &str| line.trim_start().starts_with("# hadolint ");
    let lines: Vec<&str> = dockerfile.lines().collect();
    (0..lines.len()).find_map(|at| {
        let above = at.checked_sub(1).and_then(|above| lines.get(above)).copied().unwrap_or("");
        let reason = above.trim_start().starts_with("# ") && !is_pragma(above);
        (is_pragma(lines[at]) && !reason).then_some(at + 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_of_an_exact_version() {
        assert_eq!(uses("      - uses: actions/checkout@v5.0.0"), Some("actions/checkout@v5.0.0"));
        assert_eq!(uses("        uses: a/b@v1 # why"), Some("a/b@v1"));
        assert_eq!(uses("      - run: echo uses: a/b@v1"), None);
        assert!(is_pinned_action("actions/checkout@v5.0.0"));
        assert!(is_pinned_action("a/b@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a"));
        assert!(is_pinned_action("./.github/workflows/test.yml"));
        for moving in ["actions/checkout@v5", "a/b@main", "a/b@v1.2", "a/b"] {
            assert!(!is_pinned_action(moving), "{moving}");
        }
    }

    #[test]
    fn an_image_is_of_an_exact_version() {
        assert_eq!(image("    image: postgres:18.6-trixie"), Some("postgres:18.6-trixie"));
        assert_eq!(image("    image: ${SPINDLE_IMAGE:-spindle:local}"), None);
        for pinned in
            ["postgres:18.6-trixie", "docker.redpanda.com/a/redpanda:v26.2.2", "host:5000/a:1.2"]
        {
            assert!(is_pinned_image(pinned), "{pinned}");
        }
        for moving in
            ["postgres", "postgres:latest", "postgres:18", "postgres:18-trixie", "host:5000/a"]
        {
            assert!(!is_pinned_image(moving), "{moving}");
        }
    }

    #[test]
    fn what_a_service_refers_to_is_there() {
        let model = serde_json::json!({
            "services": {
                "a": {
                    "build": { "context": root(), "dockerfile": "no.Dockerfile" },
                    "depends_on": {
                        "b": { "condition": "service_healthy" },
                        "c": { "condition": "service_started" },
                    },
                    "volumes": [{ "type": "volume", "source": "d" }, { "type": "bind", "source": "/e" }],
                    "configs": [{ "source": "f" }],
                },
                "b": { "build": { "context": root(), "dockerfile": "deploy/images/Dockerfile" } },
            },
            "volumes": { "e": {} },
            "configs": { "f": {} },
        });
        let wrong = refers_to_nothing(&model).join("\n");
        assert_eq!(wrong.lines().count(), 4, "{wrong}");
        for part in ["no.Dockerfile", "which nothing checks", "c, which is no service", "has d, "] {
            assert!(wrong.contains(part), "{part}: {wrong}");
        }
    }

    #[test]
    fn a_rule_is_ignored_for_a_reason() {
        let with = "# Debian's are wanted.\n# hadolint ignore=DL3008\nRUN x\n";
        assert_eq!(ignored_without_reason(with), None);
        assert_eq!(ignored_without_reason("FROM a\n# hadolint ignore=DL3008\nRUN x\n"), Some(2));
        assert_eq!(ignored_without_reason("# hadolint ignore=DL3008\n"), Some(1));
        let twice = "# why\n# hadolint ignore=DL1\n# hadolint ignore=DL2\n";
        assert_eq!(ignored_without_reason(twice), Some(3));
    }
}
