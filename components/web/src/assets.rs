//! The files that pages need. Those with a fingerprint in their name never change, and are kept for a year.

use std::sync::LazyLock;

use service::{Request, Response};

/// A file whose name tells its content.
pub struct Fingerprinted {
    name: &'static str,
    extension: &'static str,
    content: &'static str,
    path: LazyLock<String>,
}

impl Fingerprinted {
    /// Where it is: `/assets/app-0123456789abcdef.css`.
    pub fn path(&self) -> &str {
        &self.path
    }
}

pub static STYLE: Fingerprinted = Fingerprinted {
    name: "app",
    extension: "css",
    content: include_str!("../assets/app.css"),
    path: LazyLock::new(|| path(&STYLE)),
};

pub static SCRIPT: Fingerprinted = Fingerprinted {
    name: "app",
    extension: "js",
    content: concat!(
        include_str!("../assets/script/ask.js"),
        include_str!("../assets/script/render.js"),
        include_str!("../assets/script/outbox.js"),
        include_str!("../assets/script/listen.js"),
        include_str!("../assets/script/quick_add.js"),
        include_str!("../assets/script/steps.js"),
        include_str!("../assets/script/forms.js"),
        include_str!("../assets/script/begin.js"),
    ),
    path: LazyLock::new(|| path(&SCRIPT)),
};

fn path(file: &Fingerprinted) -> String {
    let fingerprint = identity::fingerprint(file.content.as_bytes());
    format!("/assets/{}-{:.16}.{}", file.name, fingerprint, file.extension)
}

/// The file at a path. One with another fingerprint is of another release: what is newest is better than nothing, but isn't
/// to be kept under its name.
pub fn find(request: &Request, path: &str) -> Option<Response> {
    let (content, content_type) = match path {
        "/sw.js" => (include_str!("../assets/sw.js"), "text/javascript"),
        "/icon.svg" => (include_str!("../assets/icon.svg"), "image/svg+xml"),
        "/manifest.webmanifest" => {
            (include_str!("../assets/manifest.webmanifest"), "application/manifest+json")
        }
        _ => {
            let rest = path.strip_prefix("/assets/app-")?;
            let (_, extension) = rest.rsplit_once('.')?;
            match extension {
                "css" => (STYLE.content, "text/css"),
                "js" => (SCRIPT.content, "text/javascript"),
                _ => return None,
            }
        }
    };
    let content_type = format!("{content_type}; charset=utf-8");
    let mut response = service::unchanging(request, &content_type, content);
    if path == STYLE.path() || path == SCRIPT.path() {
        response.set_header("cache-control", "public, max-age=31536000, immutable");
    }
    response.set_header("x-content-type-options", "nosniff");
    Some(response)
}
