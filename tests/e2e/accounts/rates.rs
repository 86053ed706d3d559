//! Who tries too often has to wait.

use anyhow::Result;
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::json;
use spindle_tests::{PASSWORD, Person, Spindle};

#[tokio::test]
async fn guessing_a_password_gets_slow_for_its_account_alone() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("login_rate", "3/2h")]).await?;
    Person::register(&spindle, "a@example.com").await?;
    Person::register(&spindle, "b@example.com").await?;
    // At once: what counts is that they came, not that they failed.
    let guesses = ["guess 1", "guess 2", "guess 3", "guess 4", "guess 5"];
    let answers =
        try_join_all(guesses.map(|guess| Person::log_in(&spindle, "a@example.com", guess))).await?;
    let statuses = |wanted: u16| answers.iter().filter(|(status, _)| *status == wanted).count();
    assert_eq!((statuses(401), statuses(429)), (3, 2), "{answers:?}");

    let login = spindle
        .client
        .post(spindle.url("/auth/login"))
        .json(&json!({ "email": "A@example.com", "password": PASSWORD }))
        .send()
        .await?;
    assert_eq!(login.status(), 429, "the right one has to wait, too");
    let seconds: u32 = login.headers()["retry-after"].to_str()?.parse()?;
    assert!((2390..=2400).contains(&seconds), "{seconds}");
    assert_eq!(login.headers()["content-type"], "application/problem+json");
    assert_eq!(Person::log_in(&spindle, "b@example.com", PASSWORD).await?.0, 200);

    // Of nobody as of somebody: that there is no such account isn't told by this either.
    for status in [401, 401, 401, 429] {
        assert_eq!(Person::log_in(&spindle, "nobody@example.com", PASSWORD).await?.0, status);
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_log_in_that_succeeds_gives_back_what_failures_used() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("login_rate", "3/2h")]).await?;
    Person::register(&spindle, "a@example.com").await?;
    for _ in 0..2 {
        for (password, status) in [("wrong one", 401), ("wrong one", 401), (PASSWORD, 200)] {
            assert_eq!(Person::log_in(&spindle, "a@example.com", password).await?.0, status);
        }
    }
    spindle.stop().await
}

#[tokio::test]
async fn an_address_of_the_network_has_a_rate_of_its_own() -> Result<()> {
    let variables = [("auth_rate", "2/2h"), ("client_address_header", "x-forwarded-for")];
    let spindle = Spindle::start_with_variables(&variables).await?;
    let refresh = async |addresses: &str| {
        let request = spindle.client.post(spindle.url("/auth/refresh"));
        let request = request.header("x-forwarded-for", addresses);
        anyhow::Ok(request.json(&json!({ "refresh_token": "x" })).send().await?.status().as_u16())
    };
    for (addresses, status) in [
        ("192.0.2.1", 401),
        ("198.51.100.9, 192.0.2.1", 401),
        ("203.0.113.5, 192.0.2.1", 429),
        ("192.0.2.2", 401),
        ("2001:db8::1", 401),
        ("2001:db8::2", 401),
        ("2001:db8::3", 429),
    ] {
        assert_eq!(refresh(addresses).await?, status, "{addresses}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn messages_have_a_rate_but_for_local_mode() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("chat_rate", "2/2h")]).await?;
    let message = json!({ "user_input": "show my tasks" });
    let person = Person::register(&spindle, "a@example.com").await?;
    for status in [200, 200, 429] {
        let say = spindle.ask(&person.access, Method::POST, "/chat/command", Some(&message));
        assert_eq!(say.await?.0, status);
        assert_eq!(spindle.post("/chat/command", &message).await?.0, 200);
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_rate_fills_up_again() -> Result<()> {
    let spindle = Spindle::start_with_variables(&[("chat_rate", "1/1s")]).await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let message = json!({ "user_input": "show my tasks" });
    spindle_tests::eventually("a refusal", async || {
        let say = spindle.ask(&person.access, Method::POST, "/chat/command", Some(&message));
        Ok((say.await?.0 == 429).then_some(()))
    })
    .await?;
    spindle_tests::eventually("an answer", async || {
        let say = spindle.ask(&person.access, Method::POST, "/chat/command", Some(&message));
        Ok((say.await?.0 == 200).then_some(()))
    })
    .await?;
    spindle.stop().await
}
