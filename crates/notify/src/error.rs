/// Why there is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "their texts say it")]
pub enum Error {
    #[error("the address is not https://, http://, ntfys:// or ntfy:// and a host")]
    Address,
    #[error("an address of ntfy is ntfys://host/topic, the topic 1 to 64 letters, digits, - and _")]
    Topic,
    #[error("the endpoint of the subscription is no address of a push service")]
    Endpoint,
    #[error("p256dh of the subscription is no public key of P-256 in base64url")]
    PublicKey,
    #[error("auth of the subscription is not 16 bytes in base64url")]
    AuthSecret,
    #[error("the message is longer than push services take")]
    TooLong,
    #[error("the random bytes are no key; others will be")]
    Randomness,
}
