//! A browser's session: a cookie, and for this service's own pages alone.

use anyhow::{Context as _, Result};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use spindle_tests::{PASSWORD, Person, Spindle, answer, without_demo_user};

use super::{keeps_secrets, trail};

fn request(spindle: &Spindle, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    spindle.client.request(method, spindle.url(path)).header("cookie", cookie)
}

/// As a page of the web app asks.
fn own_page(spindle: &Spindle, method: Method, path: &str, cookie: &str) -> RequestBuilder {
    request(spindle, method, path, cookie).header("sec-fetch-site", "same-origin")
}

async fn begin(spindle: &Spindle) -> Result<Response> {
    begin_as(spindle, "a@example.com", "").await
}

async fn begin_as(spindle: &Spindle, email: &str, cookie: &str) -> Result<Response> {
    let account = json!({ "email": email, "password": PASSWORD });
    Ok(own_page(spindle, Method::POST, "/auth/session", cookie).json(&account).send().await?)
}

/// Who a cookie lets in, by their address.
async fn whoever(spindle: &Spindle, cookie: &str) -> Result<(u16, Value)> {
    let (status, me) =
        answer(request(spindle, Method::GET, "/auth/me", cookie).send().await?).await?;
    Ok((status, me["email"].clone()))
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
        let problem: Value = answer.json().await?;
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

#[tokio::test]
async fn who_logs_in_again_leaves_no_session_behind() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let spindle = Spindle::start_app(&without_demo_user(folder.path())?, &[]).await?;
    Person::register(&spindle, "a@example.com").await?;
    let first = cookie(&begin(&spindle).await?)?;
    let wrong = json!({ "email": "a@example.com", "password": "wrong password" });
    let refused = own_page(&spindle, Method::POST, "/auth/session", &first).json(&wrong).send();
    assert_eq!(refused.await?.status(), 401);
    assert_eq!(
        whoever(&spindle, &first).await?.0,
        200,
        "whoever doesn't know the password ends none"
    );
    let second = cookie(&begin_as(&spindle, "a@example.com", &first).await?)?;
    assert_eq!(whoever(&spindle, &first).await?.0, 401);
    assert_eq!(whoever(&spindle, &second).await?.0, 200);
    spindle.stop().await
}

#[tokio::test]
async fn a_planted_cookie_neither_counts_nor_locks_out() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let spindle = Spindle::start_app(&without_demo_user(folder.path())?, &[]).await?;
    for email in ["a@example.com", "b@example.com"] {
        Person::register(&spindle, email).await?;
    }
    let mine = cookie(&begin(&spindle).await?)?;
    let planted = cookie(&begin_as(&spindle, "b@example.com", "").await?)?;
    let me = (200, json!("a@example.com"));
    assert_eq!(whoever(&spindle, &format!("spindle_session=planted; {mine}")).await?, me);
    let both = format!("{planted}; __Host-{mine}");
    assert_eq!(whoever(&spindle, &both).await?, me);

    let ended = own_page(&spindle, Method::DELETE, "/auth/session", &both).send().await?;
    let mut names: Vec<_> = ended
        .headers()
        .get_all("set-cookie")
        .iter()
        .filter_map(|it| it.to_str().ok()?.split_once("=; Path=/; Max-Age=0;").map(|it| it.0))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["__Host-spindle_session", "spindle_session"]);
    for cookie in [&mine, &planted] {
        assert_eq!(whoever(&spindle, cookie).await?.0, 401);
    }
    spindle.stop().await
}

#[tokio::test]
async fn a_page_of_somebody_else_does_nothing_with_a_session() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let spindle = Spindle::start_app(&without_demo_user(folder.path())?, &[]).await?;
    let one = Person::register(&spindle, "a@example.com").await?;
    let other = Person::register(&spindle, "b@example.com").await?;
    let cookie = cookie(&begin(&spindle).await?)?;
    let task = json!({ "title": "whose?" });
    let create = async |id: &str| {
        let request = own_page(&spindle, Method::POST, "/api/tasks", &cookie).json(&task);
        anyhow::Ok(request.header("spindle-user", id).send().await?.status())
    };
    assert_eq!(create(&one.id).await?, 200);
    assert_eq!(create(&other.id).await?, 401);
    let end = own_page(&spindle, Method::DELETE, "/auth/session", &cookie);
    assert_eq!(end.header("spindle-user", &other.id).send().await?.status(), 401);
    assert_eq!(whoever(&spindle, &cookie).await?.0, 200, "nor does it log anybody out");
    spindle.stop().await
}

#[tokio::test]
async fn a_session_goes_on_with_pages_for_half_a_year() -> Result<()> {
    const DAY: i64 = 24 * 60 * 60;
    let folder = tempfile::tempdir()?;
    let spindle = Spindle::start_app(&without_demo_user(folder.path())?, &[]).await?;
    Person::register(&spindle, "a@example.com").await?;
    let begun = cookie(&begin(&spindle).await?)?;
    let database = spindle.database().await?;
    for (age, left, expected) in
        [(0, 30, None), (20, 10, Some(30)), (170, 5, Some(10)), (175, 5, None)]
    {
        let aged = format!(
            "update sessions set created_at = now() - interval '{age} days', \
             expires_at = now() + interval '{left} days' where cookie_hash is not null"
        );
        database.batch_execute(&aged).await?;
        let asked = request(&spindle, Method::GET, "/api/tasks", &begun).send().await?;
        assert!(!asked.headers().contains_key("set-cookie"), "a program's answers renew nothing");
        let page = request(&spindle, Method::GET, "/today", &begun).send().await?;
        assert_eq!(page.status(), 200);
        let renewed = page.headers().get("set-cookie").map(|it| it.to_str()).transpose()?;
        let Some(days) = expected else {
            assert_eq!(renewed, None, "{age} days old");
            continue;
        };
        assert_eq!(cookie(&page)?, begun);
        let seconds = renewed.and_then(|it| it.split("Max-Age=").nth(1)?.split(';').next());
        let seconds: i64 = seconds.context("no Max-Age")?.parse()?;
        assert!((days * DAY - 60..=days * DAY).contains(&seconds), "{age} days old: {seconds}");
    }
    spindle.stop().await
}

#[tokio::test]
async fn without_keys_no_session_lets_anybody_in() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = without_demo_user(folder.path())?;
    let mut spindle = Spindle::start_app(&app, &[]).await?;
    Person::register(&spindle, "a@example.com").await?;
    let cookie = cookie(&begin(&spindle).await?)?;
    assert_eq!(whoever(&spindle, &cookie).await?.0, 200);
    spindle.terminate().await?;
    let manifest = std::fs::read_to_string(&app)?;
    std::fs::write(&app, manifest.replace("jwt_keys = \"{{ jwt_keys }}\"", "jwt_keys = \"\""))?;
    spindle.restart().await?;
    let refused = request(&spindle, Method::GET, "/auth/me", &cookie).send().await?;
    let (status, problem) = answer(refused).await?;
    assert_eq!((status, &problem["type"]), (503, &json!("/problems/log-ins-off")));
    spindle.stop().await
}
