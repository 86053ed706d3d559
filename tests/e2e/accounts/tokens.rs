//! Tokens that are not good get nobody in, whatever is wrong with them.

use anyhow::Result;
use identity::Claims;
use reqwest::Method;
use serde_json::{Value, json};
use spindle_tests::{Person, SignsTokens, Spindle, spindle_program, unsigned};

use super::{keeps_secrets, sign, standard_base64, trail};

const KEY: &str = "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OLD_KEY: &str = "k0:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

fn claims(person: &Person) -> Claims {
    let now = chrono::Utc::now().timestamp();
    Claims {
        iss: "spindle".to_owned(),
        aud: vec!["spindle-api".to_owned()],
        sub: person.id.clone(),
        exp: now + 900,
        nbf: Some(now),
        iat: Some(now),
        jti: None,
        scope: Some("tasks:read".to_owned()),
    }
}

/// Status, `WWW-Authenticate` and problem of a request.
async fn refusal(
    spindle: &Spindle,
    token: &str,
    method: Method,
    path: &str,
) -> Result<(u16, String, Value)> {
    let request = spindle.client.request(method, spindle.url(path)).bearer_auth(token);
    let response = request.json(&json!({ "title": "x" })).send().await?;
    let challenge = response.headers().get("www-authenticate").map(|value| value.to_str());
    let challenge = challenge.transpose()?.unwrap_or_default().to_owned();
    Ok((response.status().as_u16(), challenge, response.json().await?))
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_and_not_logged() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("jwt_keys", KEY)]).await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let good = claims(&person);
    let now = chrono::Utc::now().timestamp();
    let with = |change: fn(&mut Claims, i64)| {
        let mut changed = good.clone();
        change(&mut changed, now);
        sign(KEY, &changed)
    };
    let shown = serde_json::to_value(&good)?;
    let rsa = SignsTokens::rsa()?;
    let modulus = rsa.published("k1")?["n"].as_str().unwrap_or_default().to_owned();
    let token = sign(KEY, &good)?;
    assert_eq!(spindle.look(&token, "/api/tasks").await?.0, 200, "the good one is good");

    let cases = [
        ("expired", with(|it, now| it.exp = now - 61)?, "the token has expired"),
        ("not yet valid", with(|it, now| it.nbf = Some(now + 90))?, "the token is not valid yet"),
        (
            "another issuer",
            with(|it, _| it.iss = "https://id.example".to_owned())?,
            "the token is of an issuer that is not known here",
        ),
        (
            "for another",
            with(|it, _| it.aud = vec!["another".to_owned()])?,
            "the token is for somebody else",
        ),
        ("for no user", with(|it, _| it.sub = "admin".to_owned())?, "the token is malformed"),
        (
            "a wrong key under a known name",
            sign(&OLD_KEY.replace("k0", "k1"), &good)?,
            "the signature is wrong",
        ),
        (
            "a key that is not known",
            sign(OLD_KEY, &good)?,
            "the token is signed with a key that is not known here",
        ),
        (
            "alg: none",
            format!("{}.", unsigned(&json!({ "alg": "none", "kid": "k1" }), &shown)),
            "the token is not signed as its key signs",
        ),
        (
            "RS256 under the name of an HS256 key",
            rsa.sign("k1", &shown)?,
            "the token is not signed as its key signs",
        ),
        (
            "a public key as a secret",
            sign(&format!("k1:{}", standard_base64(&modulus)), &good)?,
            "the signature is wrong",
        ),
        (
            "a token of no one",
            format!("spindle_pat_{}", "0".repeat(72)),
            "the token is unknown, revoked or expired",
        ),
        ("no token at all", "nonsense".to_owned(), "the token is malformed"),
    ];
    for (case, token, detail) in &cases {
        let (status, challenge, problem) =
            refusal(&spindle, token, Method::GET, "/api/tasks").await?;
        assert_eq!((status, &problem["detail"]), (401, &json!(detail)), "{case}");
        assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{case}: {challenge}");
        assert!(!problem.to_string().contains(token), "{case}: {problem}");
    }
    let tokens = cases.iter().map(|(_, token, _)| token.as_str());
    keeps_secrets(&spindle, &tokens.filter(|token| token.len() > 20).collect::<Vec<_>>())?;
    spindle.stop().await
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let (reads, _) = person.token(&spindle, &["tasks:read"]).await?;
    assert_eq!(spindle.look(&reads, "/api/tasks").await?.0, 200);
    for (method, path, scope) in [
        (Method::POST, "/api/tasks", "tasks:write"),
        (Method::POST, "/chat/command", "chat"),
        (Method::GET, "/api/conversations", "chat"),
        (Method::GET, "/api/audit", "audit"),
    ] {
        let (status, challenge, problem) = refusal(&spindle, &reads, method, path).await?;
        assert_eq!((status, &problem["type"]), (403, &json!("/problems/insufficient-scope")));
        let expected = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(challenge, expected, "{path}");
    }
    // Log-ins and tokens are the audit's, whichever way they are told.
    let title = json!({ "title": "mine" });
    spindle.ask(&person.access, Method::POST, "/api/tasks", Some(&title)).await?;
    trail(
        &spindle,
        &person.access,
        &["task.created", "token.created", "session.created", "user.created"],
    )
    .await?;
    let changes = async |token: &str| {
        let (_, changes) = spindle.look(token, "/api/changes?limit=100").await?;
        let items = changes["items"].as_array().cloned().unwrap_or_default();
        anyhow::Ok(items.iter().map(|item| item["event_type"].clone()).collect::<Vec<_>>())
    };
    assert_eq!(changes(&reads).await?, ["task.created"]);
    let all = ["user.created", "session.created", "token.created", "task.created"];
    assert_eq!(changes(&person.access).await?, all);
    // A token makes no tokens, and changes no password.
    let (all, _) = person.token(&spindle, &["tasks:read", "tasks:write", "chat", "audit"]).await?;
    for (method, path) in
        [(Method::GET, "/auth/tokens"), (Method::POST, "/auth/tokens"), (Method::PATCH, "/auth/me")]
    {
        assert_eq!(refusal(&spindle, &all, method, path).await?.0, 403, "{path}");
    }
    // Nor does a person make one that may do more than themself.
    let document = json!({ "name": "more", "scopes": ["admin"] });
    let more = spindle.ask(&person.access, Method::POST, "/auth/tokens", Some(&document));
    assert_eq!(more.await?.0, 422);
    keeps_secrets(&spindle, &[&reads, &all])?;
    spindle.stop().await
}

#[tokio::test]
async fn a_token_is_shown_once_used_and_revoked() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let (token, id) = person.token(&spindle, &["audit"]).await?;
    let tokens = async || spindle.look(&person.access, "/auth/tokens").await;
    let (_, before) = tokens().await?;
    assert_eq!(before["items"][0]["last_used_at"], Value::Null);
    assert!(!before.to_string().contains(&token[..30]), "{before}");

    assert_eq!(spindle.look(&token, "/api/audit").await?.0, 200);
    let (_, once) = tokens().await?;
    assert!(once["items"][0]["last_used_at"].is_string(), "{once}");
    assert_eq!(spindle.look(&token, "/api/audit").await?.0, 200);
    assert_eq!(tokens().await?.1, once, "a moment later nothing is written");

    let path = format!("/auth/tokens/{id}");
    let revoke = async || spindle.ask(&person.access, Method::DELETE, &path, None).await;
    assert_eq!(revoke().await?, (200, json!({ "status": "revoked", "token_id": id })));
    assert_eq!(revoke().await?.0, 404);
    let (status, challenge, problem) = refusal(&spindle, &token, Method::GET, "/api/audit").await?;
    assert_eq!((status, &problem["type"]), (401, &json!("/problems/invalid-token")));
    assert!(challenge.contains("invalid_token"), "{challenge}");
    let rows = trail(
        &spindle,
        &person.access,
        &["token.revoked", "token.created", "session.created", "user.created"],
    )
    .await?;
    assert_eq!(rows[0]["old_values"]["scopes"], json!(["audit"]));
    keeps_secrets(&spindle, &[&token])?;
    spindle.stop().await
}

#[tokio::test]
async fn a_token_ends_when_it_says_so() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let (token, _) = person.token(&spindle, &["audit"]).await?;
    let database = spindle.database().await?;
    let expire = "update access_tokens set expires_at = now() + $1::text::interval";
    for (time, status) in [("1 minute", 200), ("-1 second", 401)] {
        database.execute(expire, &[&time]).await?;
        assert_eq!(spindle.look(&token, "/api/audit").await?.0, status, "{time}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn an_old_key_verifies_until_it_is_taken_away() -> Result<()> {
    let rotated = format!("{KEY},{OLD_KEY}");
    let spindle = Spindle::start_with_variables(&[("jwt_keys", &rotated)]).await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let header = person.access.split('.').next().unwrap_or_default();
    assert_eq!(header, sign(KEY, &claims(&person))?.split('.').next().unwrap_or_default());
    let old = sign(OLD_KEY, &claims(&person))?;
    assert_eq!(spindle.look(&old, "/api/tasks").await?.0, 200);
    spindle.stop().await
}

#[tokio::test]
async fn a_token_is_made_on_the_command_line() -> Result<()> {
    let spindle = Spindle::start().await?;
    let made = std::process::Command::new(spindle_program())
        .args(["token", "--scope", "tasks:read,tasks:write", "--expires-in", "1h", "--data"])
        .arg(spindle.data())
        .env_remove("DATABASE_URL")
        .output()?;
    let token = String::from_utf8(made.stdout)?.trim().to_owned();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let title = json!({ "title": "by a program" });
    let (status, task) = spindle.ask(&token, Method::POST, "/api/tasks", Some(&title)).await?;
    assert_eq!(status, 200, "{task}");
    assert_eq!(spindle.get("/api/tasks").await?.1["items"], json!([task]), "the demo user's");
    assert_eq!(spindle.look(&token, "/api/audit").await?.0, 403);

    let nobody = std::process::Command::new(spindle_program())
        .args(["token", "--email", "nobody@example.com", "--data"])
        .arg(spindle.data())
        .env_remove("DATABASE_URL")
        .output()?;
    assert!(!nobody.status.success() && nobody.stdout.is_empty());
    spindle.stop().await
}

#[tokio::test]
async fn without_keys_log_ins_are_off_and_say_so() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("jwt_keys", "")]).await?;
    let document = json!({ "email": "a@example.com", "password": "correct horse" });
    assert_eq!(spindle.post("/auth/register", &document).await?.0, 201);
    let (status, problem) = spindle.post("/auth/login", &document).await?;
    assert_eq!((status, &problem["type"]), (503, &json!("/problems/log-ins-off")));
    let claims = Claims {
        iss: "spindle".to_owned(),
        aud: vec!["spindle-api".to_owned()],
        sub: "x".to_owned(),
        exp: i64::MAX,
        nbf: None,
        iat: None,
        jti: None,
        scope: None,
    };
    assert_eq!(spindle.look(&sign(KEY, &claims)?, "/api/tasks").await?.0, 401);
    spindle.stop().await
}

#[tokio::test]
async fn an_operator_says_how_many_tokens_a_user_may_have() -> Result<()> {
    let variables = [("jwt_keys", KEY), ("tokens_per_user", "1")];
    let spindle = Spindle::start_with_variables(&variables).await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let make = async || {
        let wanted = json!({ "name": "script", "scopes": ["tasks:read"] });
        spindle.ask(&person.access, Method::POST, "/auth/tokens", Some(&wanted)).await
    };
    assert_eq!(make().await?.0, 201);
    let (status, problem) = make().await?;
    assert_eq!(status, 409, "{problem}");
    spindle.stop().await
}
