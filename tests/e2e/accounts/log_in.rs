//! To register, to log in, to stay so, to log out.

use anyhow::Result;
use futures::future::try_join_all;
use reqwest::Method;
use serde_json::{Value, json};
use spindle_tests::{PASSWORD, Person, Spindle};

use super::{keeps_secrets, trail};

#[tokio::test]
async fn who_registers_logs_in_and_finds_their_own_tasks() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "Ayesha@Example.com ").await?;
    let (status, me) = spindle.look(&person.access, "/auth/me").await?;
    assert_eq!((status, &me["email"]), (200, &json!("ayesha@example.com")));
    assert_eq!((&me["timezone"], &me["language"]), (&json!("UTC"), &json!("en")));

    let task = json!({ "title": "mine" });
    let (status, task) =
        spindle.ask(&person.access, Method::POST, "/api/tasks", Some(&task)).await?;
    assert_eq!((status, &task["user_id"]), (200, &me["id"]));
    let (_, tasks) = spindle.look(&person.access, "/api/tasks").await?;
    assert_eq!(tasks["items"], json!([task]));

    let again = json!({ "email": "ayesha@example.com", "password": "another password" });
    let (status, problem) = spindle.post("/auth/register", &again).await?;
    assert_eq!((status, &problem["type"]), (409, &json!("/problems/conflict")));
    let rows =
        trail(&spindle, &person.access, &["task.created", "session.created", "user.created"])
            .await?;
    assert!(rows.iter().all(|row| !row.to_string().contains("example.com")), "{rows:?}");
    spindle.stop().await
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_told_alike() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let (_, wrong) = Person::log_in(&spindle, "a@example.com", "wrong password").await?;
    let (_, unknown) = Person::log_in(&spindle, "b@example.com", PASSWORD).await?;
    for problem in [&wrong, &unknown] {
        assert_eq!(problem["status"], 401);
        assert_eq!(problem["detail"], "the e-mail address or the password is wrong");
    }
    assert_eq!(wrong["type"], unknown["type"]);
    trail(&spindle, &person.access, &["user.login_failed", "session.created", "user.created"])
        .await?;
    keeps_secrets(&spindle, &["wrong password", PASSWORD, &person.access, &person.refresh])?;
    spindle.stop().await
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_the_second_time_ends_its_session() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let refresh =
        async |token: &str| spindle.post("/auth/refresh", &json!({ "refresh_token": token })).await;
    let (status, second) = refresh(&person.refresh).await?;
    assert_eq!(status, 200, "{second}");
    let second = second["refresh_token"].as_str().unwrap_or_default().to_owned();
    let (status, third) = refresh(&second).await?;
    assert_eq!(status, 200, "{third}");
    assert_eq!(
        spindle.look(third["access_token"].as_str().unwrap_or_default(), "/auth/me").await?.0,
        200
    );

    assert_eq!(refresh(&person.refresh).await?.0, 401, "it was used");
    let third = third["refresh_token"].as_str().unwrap_or_default();
    assert_eq!(refresh(third).await?.0, 401, "its session has ended");
    let actions = ["session.revoked", "session.created", "user.created"];
    trail(&spindle, &person.access, &actions).await?;

    assert_eq!(refresh("spindle_refresh_0").await?.0, 401);
    keeps_secrets(&spindle, &[&person.refresh, &second, third])?;
    spindle.stop().await
}

#[tokio::test]
async fn of_many_refreshes_at_once_one_wins_and_the_session_ends() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let document = json!({ "refresh_token": person.refresh });
    let answers = try_join_all((0..10).map(|_| spindle.post("/auth/refresh", &document))).await?;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 200);
    assert_eq!(won.len(), 1, "{answers:?}");
    assert!(lost.iter().all(|(status, _)| *status == 401), "{answers:?}");
    let document = json!({ "refresh_token": won[0].1["refresh_token"] });
    assert_eq!(spindle.post("/auth/refresh", &document).await?.0, 401);
    spindle.stop().await
}

#[tokio::test]
async fn who_logs_out_cannot_go_on() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let document = json!({ "refresh_token": person.refresh });
    for _ in 0..2 {
        let (status, answer) = spindle.post("/auth/logout", &document).await?;
        assert_eq!((status, answer), (200, json!({ "status": "logged_out" })));
    }
    assert_eq!(spindle.post("/auth/refresh", &document).await?.0, 401);
    trail(&spindle, &person.access, &["session.ended", "session.created", "user.created"]).await?;
    spindle.stop().await
}

#[tokio::test]
async fn a_person_changes_where_and_how_they_are_served() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let change = async |document: Value| {
        spindle.ask(&person.access, Method::PATCH, "/auth/me", Some(&document)).await
    };
    let (status, me) = change(json!({ "timezone": "asia/karachi", "language": "ur" })).await?;
    assert_eq!(status, 200, "{me}");
    assert_eq!((&me["timezone"], &me["language"]), (&json!("Asia/Karachi"), &json!("ur")));
    assert_eq!(change(json!({})).await?, (200, me.clone()), "nothing changes, nothing is told");
    for wrong in [json!({ "timezone": "Mars/Base" }), json!({ "email": "b@example.com" })] {
        assert_eq!(change(wrong).await?.0, 422);
    }
    let rows =
        trail(&spindle, &person.access, &["user.updated", "session.created", "user.created"])
            .await?;
    assert_eq!(rows[0]["old_values"]["timezone"], "UTC");
    assert_eq!(rows[0]["new_values"]["timezone"], "Asia/Karachi");
    spindle.stop().await
}

#[tokio::test]
async fn a_new_password_ends_what_the_old_one_began() -> Result<()> {
    let spindle = Spindle::start().await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let change = async |old: &str| {
        let document = json!({ "password": "a new password", "current_password": old });
        spindle.ask(&person.access, Method::PATCH, "/auth/me", Some(&document)).await
    };
    assert_eq!(change("not the old one").await?.0, 401);
    assert_eq!(change(PASSWORD).await?.0, 200);
    let refresh = json!({ "refresh_token": person.refresh });
    assert_eq!(spindle.post("/auth/refresh", &refresh).await?.0, 401);
    assert_eq!(Person::log_in(&spindle, &person.email, PASSWORD).await?.0, 401);
    assert_eq!(Person::log_in(&spindle, &person.email, "a new password").await?.0, 200);
    keeps_secrets(&spindle, &["a new password", "not the old one"])?;
    let rows = trail(
        &spindle,
        &person.access,
        &[
            "session.created",
            "user.login_failed",
            "user.password_changed",
            "session.created",
            "user.created",
        ],
    )
    .await?;
    assert!(!format!("{rows:?}").contains("argon2"), "{rows:?}");
    spindle.stop().await
}
