//! An identity provider: it publishes keys, or misbehaves as told, and signs tokens by OpenSSL, which
//! shares no code with what verifies them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use openssl::bn::{BigNum, BigNumContext};
use openssl::ec::{EcGroup, EcKey};
use openssl::ecdsa::EcdsaSig;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sha::sha256;
use openssl::sign::Signer;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::server::{Server, be_silent, hear, respond};

/// What it answers when it is asked for its keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// These.
    Keys(Vec<Value>),
    /// This text, as JSON.
    Text(&'static str),
    /// A page.
    Page,
    /// This status.
    Status(u16),
    /// Nothing, for as long as anybody waits.
    Silent,
    /// Without an end.
    Endless,
    /// It hangs up.
    Gone,
}

/// The server. It ends when it is dropped.
pub struct Provider {
    /// What it calls itself.
    pub issuer: String,
    port: String,
    server: Server<Answer>,
    asked: Arc<AtomicUsize>,
}

/// For whom its tokens are.
const AUDIENCE: &str = "todo";

impl Provider {
    /// Starts one.
    pub async fn start(answer: Answer) -> Result<Self> {
        let asked = Arc::<AtomicUsize>::default();
        let heard = asked.clone();
        let server = Server::start(answer, move |stream, answer| {
            heard.fetch_add(1, Ordering::Relaxed);
            serve(stream, answer)
        })
        .await?;
        let port = server.port.to_string();
        Ok(Self { issuer: format!("http://127.0.0.1:{port}"), port, server, asked })
    }

    /// From now on it answers this.
    pub fn answers(&self, answer: Answer) {
        self.server.follow(answer);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// The variables that have Spindle take its tokens.
    pub fn variables(&self) -> Vec<(&str, &str)> {
        vec![
            ("oidc_issuer", &self.issuer),
            ("oidc_audience", AUDIENCE),
            // It answers the same whatever the path.
            ("oidc_jwks_url", &self.issuer),
            ("oidc_port", &self.port),
        ]
    }

    /// What a token of it says, unless it says something else.
    pub fn claims(&self, subject: &str) -> Value {
        let now = chrono::Utc::now().timestamp();
        json!({
            "iss": self.issuer, "aud": [AUDIENCE, "another"], "sub": subject,
            "iat": now, "nbf": now, "exp": now + 600, "scope": "openid email",
        })
    }
}

async fn serve(stream: TcpStream, answer: Answer) -> Result<()> {
    let (_, mut stream) = hear(stream).await?;
    match answer {
        Answer::Keys(keys) => {
            let keys = json!({ "keys": keys }).to_string();
            respond(&mut stream, 200, "application/jwk-set+json", keys.as_bytes()).await
        }
        Answer::Text(text) => respond(&mut stream, 200, "application/json", text.as_bytes()).await,
        Answer::Page => respond(&mut stream, 200, "text/html", b"<html>Log in</html>").await,
        Answer::Status(status) => respond(&mut stream, status, "application/json", b"{}").await,
        Answer::Silent => be_silent(&mut stream).await,
        Answer::Endless => {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 4096]).await?;
            }
        }
        Answer::Gone => Ok(()),
    }
}

/// A key that signs tokens.
pub enum SignsTokens {
    /// RS256.
    Rsa(Rsa<Private>),
    /// ES256.
    Ec(EcKey<Private>),
}

impl SignsTokens {
    /// A new RSA key.
    pub fn rsa() -> Result<Self> {
        Ok(Self::Rsa(Rsa::generate(2048)?))
    }

    /// A new key on P-256.
    pub fn ec() -> Result<Self> {
        Ok(Self::Ec(EcKey::generate(&*EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?)?))
    }

    /// Its public half as it is published.
    pub fn published(&self, kid: &str) -> Result<Value> {
        Ok(match self {
            Self::Rsa(key) => json!({
                "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256",
                "n": encode(&key.n().to_vec()), "e": encode(&key.e().to_vec()),
            }),
            Self::Ec(key) => {
                let (mut x, mut y) = (BigNum::new()?, BigNum::new()?);
                let mut context = BigNumContext::new()?;
                key.public_key().affine_coordinates(key.group(), &mut x, &mut y, &mut context)?;
                let coordinate = |number: BigNum| Ok::<_, anyhow::Error>(number.to_vec_padded(32)?);
                json!({
                    "kty": "EC", "kid": kid, "use": "sig", "alg": "ES256", "crv": "P-256",
                    "x": encode(&coordinate(x)?), "y": encode(&coordinate(y)?),
                })
            }
        })
    }

    /// A token that says this.
    pub fn sign(&self, kid: &str, claims: &Value) -> Result<String> {
        let alg = if matches!(self, Self::Rsa(_)) { "RS256" } else { "ES256" };
        let signed = unsigned(&json!({ "alg": alg, "kid": kid, "typ": "JWT" }), claims);
        let signature = match self {
            Self::Rsa(key) => {
                let key = PKey::from_rsa(key.clone())?;
                let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
                signer.sign_oneshot_to_vec(signed.as_bytes())?
            }
            Self::Ec(key) => {
                let signature = EcdsaSig::sign(&sha256(signed.as_bytes()), key)?;
                [signature.r().to_vec_padded(32)?, signature.s().to_vec_padded(32)?].concat()
            }
        };
        Ok(format!("{signed}.{}", encode(&signature)))
    }
}

/// The first two parts of a token.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()))
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
