use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::{NoRandomness, random};

/// The second choice of OWASP's Password Storage Cheat Sheet, which is the default of RFC 9106's
/// Rust implementation: 19 MiB, 2 passes, 1 lane. A component's call may have 64 MiB.
const PARAMS: Params = Params::DEFAULT;

/// What the password of nobody is compared with: as costly as any, and nothing is known that fits.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is kept of a password: argon2id, in the PHC string format, with its own salt and costs.
///
/// # Errors
/// If the system has no random numbers.
pub fn hash_password(password: &str) -> Result<String, NoRandomness> {
    let salt = random::<16>()?;
    let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt);
    // The costs are constants and the salt has its length: nothing else can fail.
    hash.map(|hash| hash.to_string()).map_err(|_| NoRandomness)
}

/// Whether a password is the one that is kept. Where none is, it takes as long, and is not.
pub fn is_password(password: &str, kept: Option<&str>) -> bool {
    argon2().verify_password(password.as_bytes(), kept.unwrap_or(NOBODYS)).is_ok()
}

fn argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, PARAMS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let kept = hash_password("correct horse").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(is_password("correct horse", Some(&kept)));
        assert!(!is_password("Correct horse", Some(&kept)));
        assert_ne!(hash_password("correct horse").unwrap(), kept, "each has its salt");
    }

    /// Comparing costs what the hash says: one that can't be read would cost nothing, and tell that
    /// nobody has the address.
    #[test]
    fn the_password_of_nobody_costs_as_much() {
        let costs = |hash: &str| {
            let hash = argon2::password_hash::phc::PasswordHash::new(hash).unwrap();
            (
                hash.algorithm.to_string(),
                hash.version,
                hash.params.to_string(),
                hash.hash.map(|it| it.len()),
            )
        };
        assert_eq!(costs(NOBODYS), costs(&hash_password("correct horse").unwrap()));
        assert!(!is_password("wrong horse", None));
    }

    #[test]
    fn what_was_not_kept_by_us_is_no_password() {
        for kept in ["", "correct horse", "$argon2id$v=19$m=19456,t=2,p=1$"] {
            assert!(!is_password("correct horse", Some(kept)), "{kept}");
        }
    }
}
