//! A server that webhooks, mail and pushes are delivered to, and that misbehaves as told.

use std::collections::HashSet;

use anyhow::{Context as _, Result, ensure};
use base64ct::{Base64, Encoding as _};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use openssl::x509::extension::{BasicConstraints, SubjectAlternativeName};
use openssl::x509::{X509, X509NameBuilder};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio_native_tls::TlsAcceptor;

use crate::eventually;
use crate::server::{Heard, Memory, Server, be_silent, hear, respond};

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// With this status and `no room`.
    Status(u16),
    /// With 500, if the event's task has this title; else with 200.
    Unless(&'static str),
    /// Not at all, as long as anybody waits.
    Silent,
    /// With a redirect to `/elsewhere`.
    Redirect,
    /// It hangs up.
    Gone,
}

/// The server. It ends when it is dropped.
pub struct Receiver {
    /// Where webhooks post to.
    pub url: String,
    server: Server<Reply>,
    heard: Memory<Heard>,
}

impl Receiver {
    /// Starts one that speaks HTTP.
    pub async fn start(reply: Reply) -> Result<Self> {
        Self::serve("http://127.0.0.1", reply, None).await
    }

    /// Starts one that speaks HTTPS and shows a certificate for `localhost`.
    pub async fn start_with_tls(reply: Reply, certificate: &Certificate) -> Result<Self> {
        let tls = native_tls::TlsAcceptor::new(certificate.identity()?)?;
        Self::serve("https://localhost", reply, Some(tls.into())).await
    }

    async fn serve(host: &str, reply: Reply, tls: Option<TlsAcceptor>) -> Result<Self> {
        let heard = Memory::default();
        let memory = heard.clone();
        let server = Server::start(reply, move |stream, reply| {
            let (memory, tls) = (memory.clone(), tls.clone());
            async move {
                match tls {
                    Some(tls) => serve(tls.accept(stream).await?, reply, memory).await,
                    None => serve(stream, reply, memory).await,
                }
            }
        })
        .await?;
        Ok(Self { url: format!("{host}:{}/hook?key=1", server.port), server, heard })
    }

    /// Its address, for whoever chooses the path.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.server.port)
    }

    /// Where it listens.
    pub fn port(&self) -> String {
        self.server.port.to_string()
    }

    /// From now on it answers like this.
    pub fn replies(&self, reply: Reply) {
        self.server.follow(reply);
    }

    /// What it was sent, in order.
    pub fn heard(&self) -> Vec<Heard> {
        self.heard.all()
    }

    /// What it was sent, once it was sent so much.
    pub async fn hears(&self, count: usize) -> Result<Vec<Heard>> {
        eventually(&format!("{count} posts"), async || {
            let heard = self.heard();
            Ok((heard.len() >= count).then_some(heard))
        })
        .await
    }
}

/// A certificate for `localhost` that nobody vouches for but itself.
pub struct Certificate {
    certificate: X509,
    key: PKey<Private>,
}

impl Certificate {
    /// A new one, good for a day.
    pub fn new() -> Result<Self> {
        let key = PKey::from_rsa(Rsa::generate(2048)?)?;
        let mut name = X509NameBuilder::new()?;
        name.append_entry_by_text("CN", "localhost")?;
        let name = name.build();
        let mut builder = X509::builder()?;
        builder.set_version(2)?;
        builder.set_serial_number(&*BigNum::from_u32(1)?.to_asn1_integer()?)?;
        builder.set_subject_name(&name)?;
        builder.set_issuer_name(&name)?;
        builder.set_pubkey(&key)?;
        builder.set_not_before(&*Asn1Time::days_from_now(0)?)?;
        builder.set_not_after(&*Asn1Time::days_from_now(1)?)?;
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        let names = SubjectAlternativeName::new()
            .dns("localhost")
            .build(&builder.x509v3_context(None, None))?;
        builder.append_extension(names)?;
        builder.sign(&key, MessageDigest::sha256())?;
        Ok(Self { certificate: builder.build(), key })
    }

    /// For whoever is to trust it.
    pub fn pem(&self) -> Result<Vec<u8>> {
        Ok(self.certificate.to_pem()?)
    }

    fn identity(&self) -> Result<native_tls::Identity> {
        let key = self.key.private_key_to_pem_pkcs8()?;
        Ok(native_tls::Identity::from_pkcs8(&self.pem()?, &key)?)
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    reply: Reply,
    memory: Memory<Heard>,
) -> Result<()> {
    let (heard, mut stream) = hear(stream).await?;
    let title = heard.event().map(|event| event["payload"]["task"]["title"].clone());
    memory.push(heard);
    match reply {
        Reply::Status(status) => respond(&mut stream, status, "text/plain", b"no\nroom").await,
        Reply::Unless(refused) => {
            let status = if title.is_ok_and(|title| title == refused) { 500 } else { 200 };
            respond(&mut stream, status, "text/plain", b"").await
        }
        Reply::Silent => be_silent(&mut stream).await,
        Reply::Redirect => {
            let head = "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            Ok(stream.write_all(head.as_bytes()).await?)
        }
        Reply::Gone => Ok(()),
    }
}

impl Heard {
    /// The event in its body.
    ///
    /// # Errors
    /// If it is not JSON.
    pub fn event(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Verifies the signature as Standard Webhooks says, by OpenSSL.
    ///
    /// # Errors
    /// If it is not that of the secret.
    pub fn verify(&self, secret: &str) -> Result<()> {
        let key = secret.strip_prefix("whsec_").context("not whsec_")?;
        let key = PKey::hmac(&Base64::decode_vec(key).ok().context("not base64")?)?;
        let mut signer = Signer::new(MessageDigest::sha256(), &key)?;
        let (id, time) = (self.header("webhook-id"), self.header("webhook-timestamp"));
        signer.update(format!("{id}.{time}.").as_bytes())?;
        signer.update(&self.body)?;
        let expected = format!("v1,{}", Base64::encode_string(&signer.sign_to_vec()?));
        ensure!(self.header("webhook-signature") == expected, "another signature");
        let seconds: i64 = time.parse()?;
        let late = chrono::Utc::now().timestamp() - seconds;
        ensure!((-60..600).contains(&late), "signed {late} s ago");
        Ok(())
    }
}

/// By how many ids they were sent.
pub fn distinct(heard: &[Heard]) -> usize {
    heard.iter().map(|it| it.header("webhook-id")).collect::<HashSet<_>>().len()
}
