use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::{NoRandomness, hex, random};

/// How many characters follow the prefix: 256 random bits, and 32 bits that tell a slip of the pen.
const RANDOM: usize = 64;
const CHECKSUM: usize = 8;

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A personal access token.
    AccessToken,
    /// What a log-in is continued with.
    RefreshToken,
    /// A browser's cookie, which is a log-in.
    Session,
}

impl SecretKind {
    /// By which people, and programs that look for leaked secrets, know it.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::AccessToken => "spindle_pat_",
            Self::RefreshToken => "spindle_refresh_",
            Self::Session => "spindle_session_",
        }
    }
}

/// A random text that lets its holder in. It is shown once; kept is its [`hash`](Self::hash).
///
/// `spindle_pat_`, 64 hexadecimal digits, and the first 8 of the SHA-256 of all before them: whoever
/// looks for leaked ones can tell them from look-alikes without asking, and so can we.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn new(kind: SecretKind) -> Result<Self, NoRandomness> {
        let text = format!("{}{}", kind.prefix(), hex(&random::<32>()?));
        let checksum = checksum(&text);
        Ok(Self(text + &checksum))
    }

    /// Reads what somebody shows; `None` if it can't be one of this kind.
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(kind.prefix())?;
        let fits = rest.len() == RANDOM + CHECKSUM
            && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (said, given) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
        (fits && checksum(said) == given).then(|| Self(text.to_owned()))
    }

    /// The secret itself, for its holder.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it. No salt and no work: 256 random bits can't be guessed.
    pub fn hash(&self) -> String {
        fingerprint(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The SHA-256 of some bytes, in hexadecimal digits.
pub fn fingerprint(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn checksum(text: &str) -> String {
    let mut checksum = fingerprint(text.as_bytes());
    checksum.truncate(CHECKSUM);
    checksum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_was_made() {
        let secret = Secret::new(SecretKind::AccessToken).unwrap();
        let text = secret.expose();
        assert!(text.starts_with("spindle_pat_") && text.len() == 84, "{text}");
        let read = Secret::parse(SecretKind::AccessToken, text).unwrap();
        assert_eq!((&read, read.hash().len()), (&secret, 64));
        assert_ne!(Secret::new(SecretKind::AccessToken).unwrap(), secret);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn a_look_alike_is_told_without_asking() {
        let secret = Secret::new(SecretKind::AccessToken).unwrap();
        let text = secret.expose();
        let other = if text.ends_with('0') { "1" } else { "0" };
        let slip = format!("{}{other}", &text[..text.len() - 1]);
        for wrong in
            ["", "spindle_pat_", &slip, &text[..83], &text.to_uppercase(), &format!("{text}0")]
        {
            assert_eq!(Secret::parse(SecretKind::AccessToken, wrong), None, "{wrong}");
        }
        assert_eq!(Secret::parse(SecretKind::RefreshToken, text), None);
        assert_eq!(Secret::parse(SecretKind::AccessToken, &"é".repeat(42)), None);
    }
}
