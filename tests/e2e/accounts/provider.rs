//! Tokens of an external identity provider, however it behaves.

use anyhow::Result;
use futures::future::try_join_all;
use serde_json::{Value, json};
use spindle_tests::{Answer, Provider, SignsTokens, Spindle, unsigned};

use super::{keeps_secrets, sign, standard_base64, trail};

async fn me(spindle: &Spindle, token: &str) -> Result<(u16, Value)> {
    spindle.look(token, "/auth/me").await
}

/// As if the time between two tries to fetch the keys were over, and the keys as old as this.
async fn age(spindle: &Spindle, hours: i32) -> Result<()> {
    let age = "update identity_providers
                  set attempted_at = now() - interval '31 seconds',
                      fetched_at = now() - $1::int4 * interval '1 hour'";
    spindle.database().await?.execute(age, &[&hours]).await?;
    Ok(())
}

#[tokio::test]
async fn whoever_the_provider_vouches_for_is_a_user() -> Result<()> {
    let (rsa, ec) = (SignsTokens::rsa()?, SignsTokens::ec()?);
    let keys = vec![rsa.published("r")?, ec.published("e")?, json!({ "kty": "oct", "k": "AA" })];
    let provider = Provider::start(Answer::Keys(keys)).await?;
    let spindle = Spindle::start_with_variables(&provider.variables()).await?;
    let token = rsa.sign("r", &provider.claims("ayesha"))?;
    let answers = try_join_all((0..8).map(|_| me(&spindle, &token))).await?;
    for (status, account) in &answers {
        // Some come while the first one fetches the keys.
        assert!([200, 503].contains(status), "{account}");
    }
    let (status, account) = me(&spindle, &token).await?;
    assert_eq!((status, &account["email"]), (200, &Value::Null));
    let by_the_other_key = ec.sign("e", &provider.claims("ayesha"))?;
    assert_eq!(me(&spindle, &by_the_other_key).await?, (200, account.clone()));
    let another = me(&spindle, &ec.sign("e", &provider.claims("bilal"))?).await?;
    assert_ne!((another.0, &another.1["id"]), (200, &account["id"]));
    assert_eq!(provider.asked(), 1, "the keys are remembered");
    assert_eq!(
        spindle.look(&token, "/api/tasks").await?,
        (200, json!({ "items": [], "next": null }))
    );
    trail(&spindle, &token, &["user.created"]).await?;
    assert_eq!(me(&spindle, "x").await?.0, 401);
    keeps_secrets(&spindle, &[&token, &by_the_other_key])?;
    spindle.stop().await
}

#[tokio::test]
async fn a_token_that_the_provider_did_not_sign_for_us_now_makes_no_user() -> Result<()> {
    let (rsa, another) = (SignsTokens::rsa()?, SignsTokens::rsa()?);
    let provider = Provider::start(Answer::Keys(vec![rsa.published("r")?])).await?;
    let spindle = Spindle::start_with_variables(&provider.variables()).await?;
    let claims = |field: &str, value: Value| {
        let mut claims = provider.claims("ayesha");
        claims[field] = value;
        claims
    };
    let good = claims("nonce", json!("x"));
    let now = chrono::Utc::now().timestamp();
    // Whoever takes the published key for a secret signs with what everybody knows.
    let modulus = rsa.published("r")?["n"].as_str().unwrap_or_default().to_owned();
    let confused =
        sign(&format!("r:{}", standard_base64(&modulus)), &serde_json::from_value(good.clone())?)?;
    for (case, token) in [
        ("another key", another.sign("r", &good)?),
        ("expired", rsa.sign("r", &claims("exp", json!(now - 61)))?),
        ("not yet valid", rsa.sign("r", &claims("nbf", json!(now + 90)))?),
        ("another audience", rsa.sign("r", &claims("aud", json!("another")))?),
        ("another issuer", rsa.sign("r", &claims("iss", json!("https://id.example")))?),
        ("our own issuer", rsa.sign("r", &claims("iss", json!("spindle")))?),
        ("no subject", rsa.sign("r", &claims("sub", json!("")))?),
        ("alg: none", format!("{}.", unsigned(&json!({ "alg": "none", "kid": "r" }), &good))),
        ("HS256", confused),
        ("an unknown key", rsa.sign("s", &good)?),
    ] {
        let (status, problem) = me(&spindle, &token).await?;
        assert_eq!((status, &problem["type"]), (401, &json!("/problems/invalid-token")), "{case}");
        keeps_secrets(&spindle, &[&token])?;
    }
    let count = "select count(*) from users where issuer is not null";
    let users: i64 = spindle.database().await?.query_one(count, &[]).await?.get(0);
    assert_eq!(users, 0);
    assert_eq!(me(&spindle, &rsa.sign("r", &good)?).await?.0, 200);
    spindle.stop().await
}

#[tokio::test]
async fn a_new_key_is_fetched_when_it_is_met_but_not_all_the_time() -> Result<()> {
    let (old, new) = (SignsTokens::rsa()?, SignsTokens::ec()?);
    let provider = Provider::start(Answer::Keys(vec![old.published("old")?])).await?;
    let spindle = Spindle::start_with_variables(&provider.variables()).await?;
    let by_old = old.sign("old", &provider.claims("ayesha"))?;
    let by_new = new.sign("new", &provider.claims("ayesha"))?;
    assert_eq!(me(&spindle, &by_old).await?.0, 200);
    for number in 0..20 {
        let unknown = new.sign(&format!("unknown {number}"), &provider.claims("ayesha"))?;
        assert_eq!(me(&spindle, &unknown).await?.0, 401);
    }
    assert_eq!(provider.asked(), 1, "thirty seconds lie between two questions");

    provider.answers(Answer::Keys(vec![new.published("new")?]));
    assert_eq!(me(&spindle, &by_new).await?.0, 401, "not yet");
    age(&spindle, 0).await?;
    let answers = try_join_all((0..8).map(|_| me(&spindle, &by_new))).await?;
    assert!(answers.iter().any(|(status, _)| *status == 200), "{answers:?}");
    assert_eq!(provider.asked(), 2, "one asks for all");
    assert_eq!(me(&spindle, &by_new).await?.0, 200);
    assert_eq!(me(&spindle, &by_old).await?.0, 401, "what is not published is not known");
    spindle.stop().await
}

#[tokio::test]
async fn while_the_provider_is_away_its_keys_serve_for_a_day() -> Result<()> {
    let rsa = SignsTokens::rsa()?;
    let provider = Provider::start(Answer::Keys(vec![rsa.published("r")?])).await?;
    let spindle = Spindle::start_with_variables(&provider.variables()).await?;
    let token = rsa.sign("r", &provider.claims("ayesha"))?;
    assert_eq!(me(&spindle, &token).await?.0, 200);
    for (number, misbehaves) in [
        Answer::Gone,
        Answer::Status(500),
        Answer::Status(302),
        Answer::Page,
        Answer::Text("[]"),
        Answer::Text(r#"{"keys": []}"#),
        Answer::Text(r#"{"keys": [{"kty": "oct", "kid": "r", "k": "AAAA", "alg": "HS256"}]}"#),
        Answer::Endless,
        Answer::Silent,
    ]
    .into_iter()
    .enumerate()
    {
        provider.answers(misbehaves.clone());
        age(&spindle, 2).await?;
        assert_eq!(me(&spindle, &token).await?.0, 200, "{misbehaves:?}");
        assert_eq!(provider.asked(), number + 2, "{misbehaves:?}");
        assert_eq!(me(&spindle, &token).await?.0, 200, "{misbehaves:?}");
        assert_eq!(provider.asked(), number + 2, "{misbehaves:?}: not again for a while");
    }
    provider.answers(Answer::Gone);
    age(&spindle, 25).await?;
    let (status, problem) = me(&spindle, &token).await?;
    assert_eq!((status, &problem["type"]), (503, &json!("/problems/unavailable")));
    provider.answers(Answer::Keys(vec![rsa.published("r")?]));
    age(&spindle, 25).await?;
    assert_eq!(me(&spindle, &token).await?.0, 200, "it is back");
    spindle.stop().await
}
