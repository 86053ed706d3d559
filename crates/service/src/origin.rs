use crate::Request;

/// Whether no browser asks, or one with a page of ours: of the host that it has asked, or of `public_url`, where people reach
/// us if that isn't empty.
///
/// For what answers to others than browsers, too: who isn't one sends no `Origin`. That a site points its own name here is no
/// matter, because it has none of our credentials; in local mode the host looks at the name.
pub fn is_from_own_page(request: &Request, public_url: &str) -> bool {
    let Some(origin) = request.header("origin") else { return true };
    let Some((scheme, host)) = str::from_utf8(origin).ok().and_then(|it| it.split_once("://"))
    else {
        return false;
    };
    let is_ours = request.authority().is_some_and(|ours| ours.eq_ignore_ascii_case(host));
    let is_public = public_url.split_once("://").is_some_and(|(public_scheme, rest)| {
        let public_host = rest.split('/').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case(public_scheme) && host.eq_ignore_ascii_case(public_host)
    });
    is_ours || is_public
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::tests::request;

    #[test]
    fn a_page_is_ours_by_its_host_or_by_the_public_address() {
        let check = |origin: Option<&str>, public_url: &str| {
            let mut headers = vec![("host", "127.0.0.1:3000")];
            headers.extend(origin.map(|origin| ("origin", origin)));
            is_from_own_page(&request("POST /", &headers, ""), public_url)
        };
        assert!(check(None, ""));
        assert!(check(Some("http://127.0.0.1:3000"), ""));
        let public = "https://spindle.example.com/";
        assert!(check(Some("https://spindle.example.com"), public));
        for other in [
            "http://127.0.0.1:3001",
            "http://spindle.example.com",
            "https://spindle.example.com.evil.example",
            "https://evil.example",
            "null",
            "",
        ] {
            assert!(!check(Some(other), public), "{other}");
        }
        assert!(!check(Some("https://evil.example"), ""));
    }
}
