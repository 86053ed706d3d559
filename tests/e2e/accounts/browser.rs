//! A browser's session: a cookie, and for this service's own pages alone.

use anyhow::{Context as _, Result};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::json;
use spindle_tests::{PASSWORD, Person, Spindle, without_demo_user};

use super::{keeps_secrets, trail};

fn request(spindle: &Spindle, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    spindle.client.request(method, spindle.url(path)).header("cookie", cookie)
}

/// As a page of the web app asks.
fn own_page(spindle: &Spindle, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    request(spindle, method, path, cookie).header("sec-fetch-site", "same-origin")
}

async fn begin(spindle: &Spindle) -> Result<Response> {
    let account = json!({ "email": "a@example.com", "password": PASSWORD });
    Ok(own_page(spindle, Method::POST, "/auth/session", "").json(&account).send().await?)
}

fn cookie(answer: &Response) -> Result<String> {
    let cookie = answer.headers().get("set-cookie").context("no cookie")?.to_str()?;
    anyhow::ensure!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_browsers_session_counts_for_our_own_pages_until_it_ends() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let spindle = Spindle::start_app(&without_demo_user(folder.path())?, &[]).await?;
    let person = Person::register(&spindle, "a@example.com").await?;
    let answer = begin(&spindle).await?;
    assert_eq!(answer.status(), 204);
    let cookie = cookie(&answer)?;

    let task = json!({ "title": "by a cookie" });
    let made = own_page(&spindle, Method::POST, "/api/tasks", &cookie).json(&task).send().await?;
    assert_eq!(made.status(), 200);
    let tasks = request(&spindle, Method::GET, "/api/tasks", &cookie).send().await?;
    assert_eq!(tasks.status(), 200, "reading changes nothing");

    // Another site's form, a request without a word of where it comes from, and a log-in that another site makes.
    let foreign = request(&spindle, Method::POST, "/api/tasks", &cookie)
        .header("sec-fetch-site", "cross-site")
        .json(&task);
    let silent = request(&spindle, Method::POST, "/api/tasks", &cookie).json(&task);
    let account = json!({ "email": "a@example.com", "password": PASSWORD });
    let log_in = request(&spindle, Method::POST, "/auth/session", "")
        .header("sec-fetch-site", "cross-site")
        .json(&account);
    for request in [foreign, silent, log_in] {
        let answer = request.send().await?;
        assert_eq!(answer.status(), 403);
        let problem: serde_json::Value = answer.json().await?;
        assert_eq!(problem["type"], "/problems/foreign-origin");
    }

    let ended = own_page(&spindle, Method::DELETE, "/auth/session", &cookie).send().await?;
    assert_eq!(ended.status(), 204);
    let after = request(&spindle, Method::GET, "/api/tasks", &cookie).send().await?;
    assert_eq!(after.status(), 401, "it has ended at once");
    let ended = own_page(&spindle, Method::DELETE, "/auth/session", &cookie).send().await?;
    assert_eq!(ended.status(), 204, "and ending it again is the same");

    let actions =
        ["session.ended", "task.created", "session.created", "session.created", "user.created"];
    trail(&spindle, &person.access, &actions).await?;
    let secret = cookie.split_once('=').context("no value")?.1;
    keeps_secrets(&spindle, &[secret])?;
    spindle.stop().await
}

#[tokio::test]
async fn a_new_password_ends_a_browsers_session() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let spindle = Spindle::start_app(&without_demo_user(folder.path())?, &[]).await?;
    Person::register(&spindle, "a@example.com").await?;
    let cookie = cookie(&begin(&spindle).await?)?;
    let change = json!({ "current_password": PASSWORD, "password": "another good password" });
    let changed =
        own_page(&spindle, Method::PATCH, "/auth/me", &cookie).json(&change).send().await?;
    assert_eq!(changed.status(), 200);
    let after = request(&spindle, Method::GET, "/auth/me", &cookie).send().await?;
    assert_eq!(after.status(), 401);
    spindle.stop().await
}
