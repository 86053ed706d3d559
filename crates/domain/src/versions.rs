use std::str::FromStr;

/// Which versions of a task a client means: the entity tags of `If-Match` or `If-None-Match` (RFC 9110, 8.8.3). A task's
/// tag is its version in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Versions {
    /// `*`: whichever there is.
    Any,
    /// These. Tags that were never ours are left out: they are no task's.
    These(Vec<i64>),
}

/// The text is no list of entity tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither * nor a list of entity tags such as \"3\"")]
pub struct VersionsError;

impl Versions {
    /// Whether this version is among them.
    pub fn contain(&self, version: i64) -> bool {
        match self {
            Self::Any => true,
            Self::These(versions) => versions.contains(&version),
        }
    }
}

impl FromStr for Versions {
    type Err = VersionsError;

    /// Weak tags are read and left out: what changes a task compares strongly (RFC 9110, 8.8.3.2), and we give none.
    fn from_str(text: &str) -> Result<Self, VersionsError> {
        if text.trim() == "*" {
            return Ok(Self::Any);
        }
        let mut versions = Vec::new();
        let mut rest = text.trim();
        loop {
            let is_weak = rest.starts_with("W/");
            let quoted = rest.strip_prefix("W/").unwrap_or(rest);
            let (tag, after) = quoted
                .strip_prefix('"')
                .and_then(|tag| tag.split_once('"'))
                .ok_or(VersionsError)?;
            let is_ours = !is_weak && tag.bytes().all(|byte| byte.is_ascii_digit());
            versions.extend(tag.parse::<i64>().ok().filter(|_| is_ours));
            match after.trim().strip_prefix(',') {
                Some(next) => rest = next.trim(),
                None if after.trim().is_empty() => return Ok(Self::These(versions)),
                None => return Err(VersionsError),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_versions_in_quotes() {
        for (text, expected) in [
            ("*", Versions::Any),
            ("\"3\"", Versions::These(vec![3])),
            (" \"3\" , \"4\",\"5\"", Versions::These(vec![3, 4, 5])),
            ("W/\"3\"", Versions::These(vec![])),
            ("\"abc\", \"3\"", Versions::These(vec![3])),
            ("\"\"", Versions::These(vec![])),
            ("\"+3\"", Versions::These(vec![])),
            ("\"99999999999999999999\"", Versions::These(vec![])),
            ("\"a,b\"", Versions::These(vec![])),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["", "3", "\"3", "\"3\" \"4\"", "\"3\",", "*, \"3\"", "w/\"3\""] {
            assert_eq!(text.parse::<Versions>(), Err(VersionsError), "{text}");
        }
        assert!(Versions::Any.contain(1) && Versions::These(vec![1, 2]).contain(2));
        assert!(!Versions::These(vec![]).contain(1));
    }
}
