//! A registry of images, as far as images are pulled from it (OCI Distribution Specification 1.1, "Pull"): it lets in who
//! has a token, for which it wants a name and a password, as Docker Hub and GitHub's do.

use std::sync::Arc;

use anyhow::Result;
use base64ct::{Base64, Encoding as _};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::artifact::Artifact;
use crate::server::{Heard, Memory, Server, hear, respond};

const USER: &str = "puller";
const PASSWORD: &str = "s3cret";
const TOKEN: &str = "letmein";
const REPOSITORY: &str = "team/spindle";
const TAG: &str = "1.0.0";

/// What it does with blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blobs {
    /// Sends them.
    Whole,
    /// Sends so many, then breaks off in the middle of the next, and of each after it.
    BreakOffAfter(usize),
    /// Sends something else.
    Other,
}

/// The registry. It ends when it is dropped.
pub struct Registry {
    server: Server<Blobs>,
    sent: Memory<String>,
}

impl Registry {
    /// Starts one that has an image.
    pub async fn start(image: Artifact) -> Result<Self> {
        let (image, sent) = (Arc::new(image), Memory::default());
        let memory = sent.clone();
        let serve = move |stream, mood| serve(stream, mood, Arc::clone(&image), memory.clone());
        Ok(Self { server: Server::start(Blobs::Whole, serve).await?, sent })
    }

    /// From now on it does this with blobs.
    pub fn follow(&self, mood: Blobs) {
        self.server.follow(mood);
    }

    /// What names the image.
    pub fn reference(&self) -> String {
        format!("{}/{REPOSITORY}:{TAG}", self.address())
    }

    /// Docker's configuration with its credentials, in a folder of its own.
    pub fn docker_config(&self) -> Result<tempfile::TempDir> {
        let auth = Base64::encode_string(format!("{USER}:{PASSWORD}").as_bytes());
        let config = json!({ "auths": { self.address(): { "auth": auth } } });
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("config.json"), config.to_string())?;
        Ok(folder)
    }

    /// The digests of the blobs that it has sent as a whole, in order.
    pub fn sent(&self) -> Vec<String> {
        self.sent.all()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.server.port)
    }
}

async fn serve(
    stream: TcpStream,
    mood: Blobs,
    image: Arc<Artifact>,
    sent: Memory<String>,
) -> Result<()> {
    let here = stream.local_addr()?;
    let (heard, mut stream) = hear(stream).await?;
    let path = heard.path.split('?').next().unwrap_or_default();
    if path == "/token" {
        return token(&heard, &mut stream).await;
    }
    if heard.header("authorization") != format!("Bearer {TOKEN}") {
        let head = format!(
            "HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer realm=\"http://{here}/token\",service=\"{here}\",\
             scope=\"repository:{REPOSITORY}:pull\"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        return Ok(stream.shutdown().await?);
    }
    if path == "/v2/" {
        return respond(&mut stream, 200, "application/json", b"{}").await;
    }
    let manifests = format!("/v2/{REPOSITORY}/manifests/");
    let blobs = format!("/v2/{REPOSITORY}/blobs/");
    let missing = |code: &str| {
        let message = code.to_lowercase().replace('_', " ");
        json!({ "errors": [{ "code": code, "message": message }] }).to_string()
    };
    if let Some(reference) = path.strip_prefix(&manifests) {
        if reference != TAG && reference != image.manifest {
            let body = missing("MANIFEST_UNKNOWN");
            return respond(&mut stream, 404, "application/json", body.as_bytes()).await;
        }
        let kind = "application/vnd.oci.image.manifest.v1+json";
        return respond(&mut stream, 200, kind, &image.blobs[&image.manifest]).await;
    }
    let digest = path.strip_prefix(&blobs).unwrap_or_default();
    let Some(bytes) = image.blobs.get(digest) else {
        let body = missing("BLOB_UNKNOWN");
        return respond(&mut stream, 404, "application/json", body.as_bytes()).await;
    };
    match mood {
        Blobs::BreakOffAfter(most) if sent.all().len() >= most => {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&bytes[..bytes.len() / 2]).await?;
            Ok(stream.shutdown().await?)
        }
        Blobs::Other => {
            let other = vec![b' '; bytes.len()];
            respond(&mut stream, 200, "application/octet-stream", &other).await
        }
        _ => {
            respond(&mut stream, 200, "application/octet-stream", bytes).await?;
            sent.push(digest.to_owned());
            Ok(())
        }
    }
}

async fn token(heard: &Heard, stream: &mut TcpStream) -> Result<()> {
    let expected = Base64::encode_string(format!("{USER}:{PASSWORD}").as_bytes());
    if heard.header("authorization") != format!("Basic {expected}") {
        return respond(stream, 401, "application/json", b"{}").await;
    }
    let body = json!({ "token": TOKEN, "access_token": TOKEN, "expires_in": 300 }).to_string();
    respond(stream, 200, "application/json", body.as_bytes()).await
}
