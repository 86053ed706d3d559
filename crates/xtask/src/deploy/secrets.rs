//! No manifest has a secret in it: they are named, and somebody else makes them.

use anyhow::Result;
use serde_json::Value;

use super::Findings;
use super::app::App;
use super::manifests::{Rendered, each_text, list, text};

pub fn check(rendered: &[Rendered], app: &App) -> Result<Findings> {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in rendered {
        for object in &case.objects {
            count += 1;
            wrong.extend(found(object, app).into_iter().map(|what| case.says(object, &what)));
        }
    }
    Findings::new(format!("none in {count} manifests"), wrong)
}

/// What of an object is a secret, or may be one.
fn found(object: &Value, app: &App) -> Vec<String> {
    let mut found = Vec::new();
    if object["kind"] == "Secret" {
        found.push("secrets are made by somebody else".to_owned());
    }
    for variable in literals(object) {
        if app.is_secret(variable) || variable == "DATABASE_URL" {
            found.push(format!("{variable} is a secret and stands there as a literal"));
        }
    }
    each_text(object, &mut |text| {
        if let Some(url) = url_with_password(text) {
            // Not the URL: this is printed.
            let place = url.split("://").next().unwrap_or_default();
            found.push(format!("a {place} URL has a password in it"));
        }
    });
    found
}

/// The names of variables that have a value within an object: a SpinApp's, and containers' environment.
fn literals(object: &Value) -> Vec<&str> {
    let pod = &object["spec"]["template"]["spec"];
    let containers = list(&pod["containers"]).chain(list(&pod["initContainers"]));
    let environment = containers.flat_map(|container| list(&container["env"]));
    list(&object["spec"]["variables"])
        .chain(environment)
        .filter(|variable| !variable["value"].is_null())
        .map(|variable| text(&variable["name"]))
        .collect()
}

/// The first URL of a text that has a user and a password.
fn url_with_password(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let start = rest[..at]
            .rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+')
            .map_or(0, |it| it + 1);
        let authority = &rest[at + 3..];
        let end = authority.find(|c: char| c.is_whitespace() || "/?#\"'`<>".contains(c));
        let authority = &authority[..end.unwrap_or(authority.len())];
        if authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
            return Some(&rest[start..at + 3 + authority.len()]);
        }
        rest = &rest[at + 3..];
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn app() -> App {
        App::parse(
            "[variables]\nmail_key = { default = \"\", secret = true }\nmail_url = { default = \"\" }",
        )
        .unwrap()
    }

    #[test]
    fn a_secret_is_seen_wherever_it_is() {
        let wrong = [
            json!({ "kind": "Secret", "data": { "a": "Yg==" } }),
            json!({ "spec": { "variables": [{ "name": "mail_key", "value": "SG.x" }] } }),
            json!({ "spec": { "template": { "spec": { "containers": [{ "env": [{ "name": "DATABASE_URL", "value": "x" }] }] } } } }),
            json!({ "spec": { "template": { "spec": { "initContainers": [{ "env": [{ "name": "SPIN_VARIABLE_MAIL_KEY", "value": "x" }] }] } } } }),
            json!({ "data": { "notes": "see postgres://me:hunter2@db/todo" } }),
        ];
        for object in wrong {
            assert_eq!(found(&object, &app()).len(), 1, "{object}");
        }
        let right = json!({ "spec": { "variables": [
            { "name": "mail_key", "valueFrom": { "secretKeyRef": { "name": "a", "key": "b" } } },
            { "name": "mail_url", "value": "https://mail.example.com" },
        ] } });
        assert_eq!(found(&right, &app()), Vec::<String>::new());
    }

    #[test]
    fn only_a_password_makes_an_address_secret() {
        assert_eq!(
            url_with_password("to postgres://a:b@c:5432/d?x=1"),
            Some("postgres://a:b@c:5432")
        );
        assert_eq!(url_with_password("a https://x.y/ and http://u:p@h"), Some("http://u:p@h"));
        for harmless in
            ["https://a.b:443/c", "http://me@h/", "mailto:a@b", "https://a.b/x:y@z", "a:b@c"]
        {
            assert_eq!(url_with_password(harmless), None, "{harmless}");
        }
    }
}
