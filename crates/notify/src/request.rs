/// A POST, to be sent by whoever can.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// `http://` or `https://`.
    pub url: String,
    /// Names in small letters. Some values are secrets.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// What all have in common.
    pub(crate) fn new(url: String, kind: &str, body: Vec<u8>) -> Self {
        let agent = concat!("Spindle/", env!("CARGO_PKG_VERSION")).to_owned();
        Self { url, headers: vec![("content-type", kind.to_owned()), ("user-agent", agent)], body }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| *other == name).map_or("", |(_, value)| value)
    }
}

/// Addresses and headers let their holders in, and bodies are personal.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        write!(f, "Request({names:?}, {} bytes)", self.body.len())
    }
}

/// The parts of an address; `None` unless it is `http://` or `https://` with a host, and without a password.
pub(crate) fn address(url: &str) -> Option<http::Uri> {
    let uri: http::Uri = url.parse().ok()?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    let has_user = uri.authority().is_some_and(|it| it.as_str().contains('@'));
    (is_web && has_host && !has_user).then_some(uri)
}

/// A link that may stand in a header, between `<` and `>`, and in a page.
pub(crate) fn link(url: Option<&String>) -> Option<&str> {
    let url = url?.as_str();
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"".contains(&byte));
    (is_plain && address(url).is_some()).then_some(url)
}
