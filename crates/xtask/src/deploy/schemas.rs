//! The manifests, by kubeconform: Kubernetes' own kinds by the schemas of a Python package, the operators' by those in
//! `$SPINDLE_SHARED/schemas`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::manifests::{Rendered, list, text};
use super::{Findings, folder, go_tool, piped};
use crate::tools;

/// Of the oldest Kubernetes that the chart is for, and of the newest that the package has.
const KUBERNETES: [&str; 2] = ["1.30", "1.37"];

pub fn check(rendered: &[Rendered]) -> Result<Findings> {
    let Some(program) = go_tool("kubeconform", &tools::KUBECONFORM)? else {
        return Findings::new("not checked", Vec::new());
    };
    let package = tools::python_package("kubernetes_validate");
    let Some(package) = tools::optional("Kubernetes' schemas", package)? else {
        return Findings::new("not checked", Vec::new());
    };
    let operators = operators_schemas()?;
    if operators.is_none() {
        eprintln!("  NOT CHECKED: SpinApps and other custom resources; SPINDLE_SHARED isn't set");
    }
    let kubeconform = Kubeconform { program, operators };
    let mut wrong = Vec::new();
    let mut count = 0;
    for version in KUBERNETES {
        let schemas = kubernetes_schemas(&package, version, rendered)?;
        for case in rendered {
            let expected = case.objects.iter().filter(|it| kubeconform.knows(it)).count();
            let said = kubeconform.reads(case, &schemas)?;
            wrong.extend(complaints(&format!("{version}, {}", case.case), &said, expected));
            count += expected;
        }
    }
    let versions = KUBERNETES.join(" and ");
    Findings::new(format!("{count} manifests, by those of Kubernetes {versions}"), wrong)
}

struct Kubeconform {
    program: PathBuf,
    operators: Option<PathBuf>,
}

impl Kubeconform {
    fn knows(&self, object: &Value) -> bool {
        self.operators.is_some() || !is_custom(object)
    }

    /// What it says of a case's manifests that it knows.
    fn reads(&self, case: &Rendered, kubernetes: &Path) -> Result<Value> {
        let mut command = Command::new(&self.program);
        command.args(["-strict", "-summary", "-output", "json", "-schema-location"]);
        command.arg(kubernetes.join("{{.ResourceKind}}{{.KindSuffix}}.json"));
        if let Some(operators) = &self.operators {
            let name = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json";
            command.arg("-schema-location").arg(operators.join(name));
        }
        let unknown: BTreeSet<&str> =
            case.objects.iter().filter(|it| !self.knows(it)).map(kind).collect();
        if !unknown.is_empty() {
            command.arg("-skip").arg(unknown.into_iter().collect::<Vec<_>>().join(","));
        }
        let output = piped(&mut command, &case.yaml)?;
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!("kubeconform: {}", String::from_utf8_lossy(&output.stderr).trim())
        })
    }
}

/// A folder with the schemas of the kinds that were rendered. The package's refer to addresses at kubernetes.io, where
/// kubeconform would look for them, and then say that there are none: so each is copied, and refers to its neighbour.
fn kubernetes_schemas(package: &Path, version: &str, rendered: &[Rendered]) -> Result<PathBuf> {
    let from = package.join("kubernetes-json-schema").join(format!("v{version}.0-local-strict"));
    let to = folder()?.join(format!("kubernetes-{version}"));
    std::fs::create_dir_all(&to).with_context(|| to.display().to_string())?;
    let objects = rendered.iter().flat_map(|case| &case.objects).filter(|it| !is_custom(it));
    let mut names: BTreeSet<String> = objects.map(file_name).collect();
    names.insert("_definitions.json".to_owned());
    for name in names {
        let file = from.join(&name);
        let schema = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let file = to.join(&name);
        std::fs::write(&file, neighbourly(&schema)?).with_context(|| file.display().to_string())?;
    }
    Ok(to)
}

/// As the package names a kind's schema: `deployment-apps-v1.json`, `service-v1.json`.
fn file_name(object: &Value) -> String {
    let version = text(&object["apiVersion"]).replace('/', "-").replace(".k8s.io", "");
    format!("{}-{version}.json", kind(object).to_lowercase())
}

fn neighbourly(schema: &str) -> Result<String> {
    let mut schema: Value =
        serde_json::from_str(&schema.replace("\"/api/_definitions", "\"_definitions"))?;
    if let Value::Object(fields) = &mut schema {
        fields.remove("$id");
    }
    Ok(schema.to_string())
}

/// Where they are, if the variable is set; then they have to be there.
fn operators_schemas() -> Result<Option<PathBuf>> {
    let Some(shared) = std::env::var_os("SPINDLE_SHARED") else { return Ok(None) };
    let folder = Path::new(&shared).join("schemas");
    let one = folder.join("core.spinkube.dev/spinapp_v1alpha1.json");
    ensure!(one.is_file(), "SPINDLE_SHARED is set, but there is no {}", one.display());
    Ok(Some(folder))
}

fn kind(object: &Value) -> &str {
    text(&object["kind"])
}

/// Whether its group is an operator's: `apps` and `networking.k8s.io` are Kubernetes' own.
fn is_custom(object: &Value) -> bool {
    let group = text(&object["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
    group.contains('.') && !group.ends_with(".k8s.io")
}

/// What kubeconform has to say against them, and whether it has read all.
fn complaints(case: &str, said: &Value, expected: usize) -> Vec<String> {
    let mut wrong: Vec<String> = list(&said["resources"])
        .map(|resource| {
            let (kind, name) = (text(&resource["kind"]), text(&resource["name"]));
            format!("{case}: {kind} {name}: {}", text(&resource["msg"]))
        })
        .collect();
    let valid = said["summary"]["valid"].as_u64().unwrap_or(0);
    if wrong.is_empty() && valid != expected as u64 {
        wrong.push(format!("{case}: {valid} manifests are valid, of {expected}"));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn custom_is_what_an_operator_brings() {
        for (version, custom) in [
            ("v1", false),
            ("apps/v1", false),
            ("networking.k8s.io/v1", false),
            ("core.spinkube.dev/v1alpha1", true),
            ("keda.sh/v1alpha1", true),
        ] {
            assert_eq!(is_custom(&json!({ "apiVersion": version })), custom, "{version}");
        }
    }

    #[test]
    fn a_schema_is_where_the_package_has_it() {
        let name = |version, kind| file_name(&json!({ "apiVersion": version, "kind": kind }));
        assert_eq!(name("v1", "ConfigMap"), "configmap-v1.json");
        assert_eq!(name("apps/v1", "Deployment"), "deployment-apps-v1.json");
        assert_eq!(name("networking.k8s.io/v1", "Ingress"), "ingress-networking-v1.json");
    }

    #[test]
    fn a_schema_refers_to_its_neighbour() {
        let schema = r#"{"$id": "https://x/y", "a": {"$ref": "/api/_definitions.json#/$defs/b"}}"#;
        let expected = r#"{"a":{"$ref":"_definitions.json#/$defs/b"}}"#;
        assert_eq!(neighbourly(schema).unwrap(), expected);
    }

    #[test]
    fn a_manifest_that_nobody_read_is_missed() {
        let good = json!({ "resources": [], "summary": { "valid": 2 } });
        assert_eq!(complaints("x", &good, 2), Vec::<String>::new());
        assert_eq!(complaints("x", &good, 3), ["x: 2 manifests are valid, of 3"]);
        let bad = json!({ "resources": [{ "kind": "Job", "name": "m", "msg": "no" }], "summary": { "valid": 2 } });
        assert_eq!(complaints("x", &bad, 3), ["x: Job m: no"]);
    }
}
