//! What has to be there before something else: spin-operator refuses a SpinApp without its executor, and Helm makes SpinApps
//! before executors.

use std::collections::BTreeMap;

use anyhow::Result;
use serde_json::Value;

use super::Findings;
use super::manifests::{Rendered, name, text};

/// What an installation doesn't make.
const LATER: [&str; 3] = ["SpinApp", "ScaledObject", "HorizontalPodAutoscaler"];
/// Of a SpinApp's pods: what of its executor they have.
const MARK: &str = "spindle/executor";

/// `installed` is what `helm install` makes, `upgraded` what there is after `helm upgrade`.
pub fn check(installed: &[Rendered], upgraded: &[Rendered]) -> Result<Findings> {
    let mut wrong = early(installed, upgraded);
    wrong.extend(unmarked(upgraded));
    Findings::new("executors, then SpinApps; and pods that follow them", wrong)
}

/// SpinApps that an installation makes, and executors that it doesn't, whatever values the upgrade has.
fn early(installed: &[Rendered], upgraded: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in installed {
        let kinds = LATER.into_iter().flat_map(|kind| case.of(kind));
        wrong.extend(kinds.map(|object| case.says(object, "an installation makes it")));
        for later in upgraded {
            let absent = later.of("SpinApp").filter(|app| executor(case, app).is_none());
            let what = format!("its executor isn't there after the installation of {}", case.case);
            wrong.extend(absent.map(|app| later.says(app, &what)));
        }
    }
    wrong
}

/// SpinApps whose pods wouldn't be replaced when their executor changes: spin-operator doesn't look at it by itself.
fn unmarked(upgraded: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut marks = BTreeMap::new();
    let mut configs = BTreeMap::new();
    for case in upgraded {
        for app in case.of("SpinApp") {
            let mark = text(&app["spec"]["podAnnotations"][MARK]);
            let config = executor(case, app).map(|it| it["spec"]["deploymentConfig"].to_string());
            let config = config.unwrap_or_default();
            if mark.is_empty()
                || marks.entry(config.clone()).or_insert(mark) != &mark
                || configs.entry(mark).or_insert_with(|| config.clone()) != &config
            {
                wrong.push(case.says(app, &format!("{MARK} isn't that of its executor")));
            }
        }
    }
    wrong
}

fn executor<'a>(case: &'a Rendered, app: &Value) -> Option<&'a Value> {
    let wanted = text(&app["spec"]["executor"]);
    case.of("SpinAppExecutor").find(|it| name(it) == wanted)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn executor(config: &str) -> Value {
        json!({ "kind": "SpinAppExecutor", "metadata": { "name": "shim" },
                "spec": { "deploymentConfig": { "spinImage": config } } })
    }

    fn app(mark: &str) -> Value {
        json!({ "kind": "SpinApp", "metadata": { "name": "a" },
                "spec": { "executor": "shim", "podAnnotations": { MARK: mark } } })
    }

    fn case(objects: Vec<Value>) -> Rendered {
        Rendered { case: "x", yaml: String::new(), objects }
    }

    #[test]
    fn an_executor_has_to_be_there_first() {
        let wrong = |first| early(&[case(first)], &[case(vec![executor("1"), app("1")])]).len();
        assert_eq!(wrong(vec![executor("0")]), 0);
        assert_eq!(wrong(vec![]), 1);
        assert_eq!(wrong(vec![executor("1"), app("1")]), 1);
    }

    #[test]
    fn an_executor_that_changes_changes_pods() {
        let wrong = |other: Value, mark| {
            unmarked(&[case(vec![executor("1"), app("m1")]), case(vec![other, app(mark)])]).len()
        };
        assert_eq!(wrong(executor("2"), "m2"), 0);
        assert_eq!(wrong(executor("1"), "m1"), 0);
        assert_eq!(wrong(executor("2"), "m1"), 1);
        assert_eq!(wrong(executor("1"), "m2"), 1);
        assert_eq!(wrong(executor("2"), ""), 1);
    }
}
