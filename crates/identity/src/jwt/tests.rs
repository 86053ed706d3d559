use serde_json::{Value, json};

use super::*;
use crate::{ProviderKeys, SigningKeys};

/// RFC 7515, appendices A.2 and A.3: what is signed, and with which key.
const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const RS256: &str = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const ES256: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

pub fn rsa_key(kid: &str) -> Value {
    json!({"kty": "RSA", "kid": kid, "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})
}

pub fn ec_key(kid: &str) -> Value {
    json!({
        "kty": "EC", "kid": kid, "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

fn key(published: Value) -> Key {
    let keys = json!({ "keys": [published] }).to_string();
    ProviderKeys::parse(keys.as_bytes()).unwrap().key(None).unwrap()
}

const NOW: i64 = 1_800_000_000;
const EXPECTED: Expected<'_> = Expected { issuer: "spindle", audience: "spindle-api", now: NOW };

fn keys() -> SigningKeys {
    SigningKeys::parse("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").unwrap().unwrap()
}

fn claims() -> Claims {
    Claims {
        iss: "spindle".to_owned(),
        aud: vec!["spindle-api".to_owned()],
        sub: "somebody".to_owned(),
        exp: NOW + 900,
        nbf: Some(NOW),
        iat: Some(NOW),
        jti: Some("j".to_owned()),
        scope: Some("chat".to_owned()),
    }
}

fn verify(token: &str) -> Result<Claims, TokenError> {
    let jwt = Jwt::parse(token)?;
    let key = jwt.key_id().and_then(|id| keys().key(id)).ok_or(TokenError::UnknownKey)?;
    jwt.verify(&key, &EXPECTED)
}

fn part(json: &Value) -> String {
    Base64UrlUnpadded::encode_string(json.to_string().as_bytes())
}

#[test]
fn a_signature_of_the_standards_examples_is_good_and_any_other_is_not() {
    for (header, signature, published, other) in [
        (json!({"alg": "RS256"}), RS256, rsa_key("r"), ec_key("e")),
        (json!({"alg": "ES256"}), ES256, ec_key("e"), rsa_key("r")),
    ] {
        let signed = format!("{}.{PAYLOAD}", part(&header));
        let mut signature = decode(signature).unwrap();
        assert!(key(published.clone()).has_signed(signed.as_bytes(), &signature), "{header}");
        assert!(!key(other).has_signed(signed.as_bytes(), &signature));
        assert!(!key(published.clone()).has_signed(&signed.as_bytes()[1..], &signature));
        assert!(!key(published.clone()).has_signed(signed.as_bytes(), b""));
        signature[7] ^= 1;
        assert!(!key(published).has_signed(signed.as_bytes(), &signature));
    }
}

#[test]
fn a_token_says_what_was_signed() {
    let token = keys().sign(&claims()).unwrap();
    assert_eq!(verify(&token), Ok(claims()));
    let one = token.replace('.', "");
    assert_eq!(verify(&one), Err(TokenError::Malformed));
}

#[test]
fn a_token_is_good_for_its_time_and_for_us() {
    type Change = fn(&mut Claims);
    let cases: [(Change, Result<(), TokenError>); 8] = [
        (|it| it.exp = NOW - 59, Ok(())),
        (|it| it.exp = NOW - 60, Err(TokenError::Expired)),
        (|it| it.exp = i64::MIN, Err(TokenError::Expired)),
        (|it| it.nbf = Some(NOW + 60), Ok(())),
        (|it| it.nbf = Some(NOW + 61), Err(TokenError::NotYetValid)),
        (|it| it.iss = "another".to_owned(), Err(TokenError::Issuer)),
        (|it| it.aud = vec!["another".to_owned()], Err(TokenError::Audience)),
        (|it| it.aud.push("another".to_owned()), Ok(())),
    ];
    for (change, expected) in cases {
        let mut claims = claims();
        change(&mut claims);
        let token = keys().sign(&claims).unwrap();
        assert_eq!(verify(&token).map(drop), expected, "{claims:?}");
    }
}

#[test]
fn the_header_chooses_no_algorithm() {
    let token = keys().sign(&claims()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (_, payload) = signed.split_once('.').unwrap();
    for (header, expected) in [
        (json!({"alg": "none", "kid": "k1"}), TokenError::Algorithm),
        (json!({"alg": "RS256", "kid": "k1"}), TokenError::Algorithm),
        (json!({"alg": "hs256", "kid": "k1"}), TokenError::Algorithm),
        (json!({"alg": "HS256", "kid": "k1"}), TokenError::Signature),
        (json!({"alg": "HS256", "kid": "k1", "crit": ["exp"]}), TokenError::Malformed),
        (json!({"alg": "HS256", "kid": "k2"}), TokenError::UnknownKey),
        (json!({"alg": "HS256"}), TokenError::UnknownKey),
        (json!({"kid": "k1"}), TokenError::Malformed),
    ] {
        for signature in [signature, ""] {
            let forged = format!("{}.{payload}.{signature}", part(&header));
            assert_eq!(verify(&forged), Err(expected), "{header}");
        }
    }
}

/// A public key is known to everyone: who signs with it as with a secret must get nowhere.
#[test]
fn a_public_key_is_no_secret() {
    let published = rsa_key("r");
    let modulus = decode(published["n"].as_str().unwrap()).unwrap();
    let forged = sign("r", &modulus, &claims()).unwrap();
    let jwt = Jwt::parse(&forged).unwrap();
    assert_eq!(jwt.verify(&key(published), &EXPECTED), Err(TokenError::Algorithm));
}

#[test]
fn what_is_no_token_is_malformed() {
    let header = part(&json!({"alg": "HS256", "kid": "k1"}));
    for token in [
        "",
        "..",
        "a.b.c",
        &format!("{header}.{}.", part(&json!({}))),
        &format!("{header}.{}.", part(&json!([1]))),
        &format!("{header}..AA"),
        &"x.".repeat(10_000),
    ] {
        assert_eq!(verify(token), Err(TokenError::Malformed), "{token:.40}");
    }
}
