//! The API describes itself.

use anyhow::{Context as _, Result};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use spindle_tests::Spindle;

#[tokio::test]
async fn the_description_is_for_everyone_and_is_sent_once() -> Result<()> {
    let spindle = Spindle::start().await?;
    let url = spindle.url("/api/openapi.json");
    let first = reqwest::get(&url).await?;
    assert_eq!(first.status(), StatusCode::OK, "without credentials, whoever the host is");
    let tag = first.headers().get("etag").context("no entity tag")?.clone();
    let document: Value = first.json().await?;
    assert_eq!(document["openapi"], "3.1.1");
    let again = spindle.client.get(&url).header("if-none-match", tag).send().await?;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert!(again.bytes().await?.is_empty());
    spindle.stop().await
}

#[tokio::test]
async fn every_path_allows_the_methods_that_are_described() -> Result<()> {
    let spindle = Spindle::start().await?;
    let (_, document) = spindle.get("/api/openapi.json").await?;
    let paths = document["paths"].as_object().context("no paths")?;
    assert!(paths.len() > 20, "{}", paths.len());
    for (path, methods) in paths {
        let url = spindle.url(&path.replace("{id}", "0190aaaa-0000-7000-8000-000000000001"));
        let response = spindle.client.request(Method::OPTIONS, url).send().await?;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{path}");
        let allow = response.headers().get("allow").context("no Allow")?.to_str()?.to_lowercase();
        let mut allowed: Vec<&str> = allow.split(", ").filter(|it| *it != "options").collect();
        // Wherever there is GET, there is HEAD.
        allowed.retain(|method| *method != "head" || !allow.contains("get"));
        allowed.sort_unstable();
        let described: Vec<&str> =
            methods.as_object().into_iter().flatten().map(|it| &**it.0).collect();
        assert_eq!(allowed, described, "{path}");
    }
    spindle.stop().await
}
