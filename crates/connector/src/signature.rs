use core::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dika_contract::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Header with the message's id, the same whenever the same message is sent again.
pub const ID_HEADER: &str = "webhook-id";
/// Header with the moment of sending, in seconds since 1970 UTC.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// Header with one signature per key, separated by spaces, each `v1,BASE64`.
pub const SIGNATURE_HEADER: &str = "webhook-signature";
/// Seconds by which the two clocks may differ.
pub const TOLERANCE_S: i64 = 5 * 60;

const SECRET_PREFIX: &str = "whsec_";
const VERSION: &str = "v1";
/// As Standard Webhooks ask for: 192 to 512 bits.
const SECRET_BYTES: core::ops::RangeInclusive<usize> = 24..=64;
const MOST_SIGNATURES: usize = 8;

/// A signing secret, `whsec_` and base64 of 24 to 64 bytes. Its `Debug` is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Why a text is not a secret. Never shows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    /// It does not begin with `whsec_`.
    #[error("a secret begins with whsec_")]
    Prefix,
    /// What follows is not base64.
    #[error("after whsec_ a secret is base64")]
    Base64,
    /// Fewer than 24 or more than 64 bytes.
    #[error("a secret has 24 to 64 bytes")]
    Length,
}

impl Secret {
    /// Reads `whsec_…`; white space around it is ignored, as a file often ends in a line feed.
    ///
    /// # Errors
    /// A [`SecretFault`].
    pub fn parse(text: &str) -> Result<Self, SecretFault> {
        let encoded = text.trim().strip_prefix(SECRET_PREFIX);
        let bytes = STANDARD
            .decode(encoded.ok_or(SecretFault::Prefix)?)
            .map_err(|_| SecretFault::Base64)?;
        if !SECRET_BYTES.contains(&bytes.len()) {
            return Err(SecretFault::Length);
        }
        Ok(Self(bytes))
    }

    /// A secret of these bytes.
    ///
    /// # Errors
    /// [`SecretFault::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretFault> {
        if !SECRET_BYTES.contains(&bytes.len()) {
            return Err(SecretFault::Length);
        }
        Ok(Self(bytes.to_vec()))
    }

    fn mac(&self, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length");
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            mac.update(part);
        }
        mac
    }
}

/// The keys in use: the current one, and during a rotation the others that still count.
#[derive(Clone, Debug)]
pub struct Keyring {
    current: Secret,
    others: Vec<Secret>,
}

/// The three headers of a signed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// [`ID_HEADER`].
    pub id: String,
    /// [`TIMESTAMP_HEADER`].
    pub timestamp: String,
    /// [`SIGNATURE_HEADER`].
    pub signature: String,
}

impl SignedHeaders {
    /// Picks the three headers out of a message.
    ///
    /// # Errors
    /// [`SignatureFault::Missing`] with the header's name.
    pub fn from_lookup<'a>(
        header: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, SignatureFault> {
        let find = |name: &'static str| {
            header(name)
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
                .ok_or(SignatureFault::Missing(name))
        };
        Ok(Self {
            id: find(ID_HEADER)?,
            timestamp: find(TIMESTAMP_HEADER)?,
            signature: find(SIGNATURE_HEADER)?,
        })
    }

    /// Names and values.
    pub fn pairs(&self) -> [(&'static str, &str); 3] {
        [
            (ID_HEADER, &self.id),
            (TIMESTAMP_HEADER, &self.timestamp),
            (SIGNATURE_HEADER, &self.signature),
        ]
    }
}

/// Why a message is not taken as the other side's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// A header is absent.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The timestamp is not a number of seconds.
    #[error("webhook-timestamp is not a number of seconds")]
    Timestamp,
    /// The timestamp is more than five minutes away.
    #[error("webhook-timestamp is more than five minutes away")]
    Stale,
    /// No signature fits any key.
    #[error("no signature fits")]
    Wrong,
}

impl Keyring {
    /// One key.
    pub const fn new(current: Secret) -> Self {
        Self {
            current,
            others: Vec::new(),
        }
    }

    /// Adds a key that is on its way in or out: it signs too, and its signatures are accepted.
    #[must_use]
    pub fn with_other(mut self, other: Secret) -> Self {
        self.others.push(other);
        self
    }

    fn all(&self) -> impl Iterator<Item = &Secret> {
        core::iter::once(&self.current).chain(&self.others)
    }

    /// Signs a body with every key.
    pub fn sign(&self, id: &str, now: Timestamp, body: &[u8]) -> SignedHeaders {
        let timestamp = now.unix().to_string();
        let signatures: Vec<String> = self
            .all()
            .map(|key| {
                let code = key.mac(id, &timestamp, body).finalize().into_bytes();
                format!("{VERSION},{}", STANDARD.encode(code))
            })
            .collect();
        SignedHeaders {
            id: id.to_owned(),
            timestamp,
            signature: signatures.join(" "),
        }
    }

    /// Checks that one of the signatures fits one of the keys, in constant time per signature, and
    /// that the message is at most five minutes old or early.
    ///
    /// # Errors
    /// A [`SignatureFault`].
    pub fn verify(
        &self,
        headers: &SignedHeaders,
        now: Timestamp,
        body: &[u8],
    ) -> Result<(), SignatureFault> {
        let sent: i64 = headers
            .timestamp
            .parse()
            .map_err(|_| SignatureFault::Timestamp)?;
        // The signature comes first: only the other side learns about the clocks.
        let fits = headers
            .signature
            .split(' ')
            .filter_map(|signature| signature.split_once(','))
            .filter(|(version, _)| *version == VERSION)
            .take(MOST_SIGNATURES)
            .filter_map(|(_, code)| STANDARD.decode(code).ok())
            .any(|code| {
                self.all().any(|key| {
                    key.mac(&headers.id, &headers.timestamp, body)
                        .verify_slice(&code)
                        .is_ok()
                })
            });
        if !fits {
            return Err(SignatureFault::Wrong);
        }
        if now.since(Timestamp::from_unix(sent)).saturating_abs() > TOLERANCE_S {
            return Err(SignatureFault::Stale);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn secret(byte: u8) -> Secret {
        Secret::from_bytes(&[byte; 32]).expect("long enough")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(1_614_265_330 + seconds)
    }

    #[test]
    fn signs_the_published_vector_of_standard_webhooks() {
        let key = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("the vector's");
        let headers = Keyring::new(key).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at(0), BODY);
        assert_eq!(headers.timestamp, "1614265330");
        assert_eq!(
            headers.signature,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn five_minutes_are_tolerated_and_no_second_more() {
        let keys = Keyring::new(secret(1));
        let headers = keys.sign("id", at(0), BODY);
        for (seconds, verdict) in [
            (0, Ok(())),
            (300, Ok(())),
            (-300, Ok(())),
            (301, Err(SignatureFault::Stale)),
            (-301, Err(SignatureFault::Stale)),
            (31 * 86_400, Err(SignatureFault::Stale)),
        ] {
            assert_eq!(
                keys.verify(&headers, at(seconds), BODY),
                verdict,
                "{seconds}"
            );
        }
    }

    #[test]
    fn everything_that_is_signed_counts() {
        let keys = Keyring::new(secret(1));
        let good = keys.sign("id", at(0), BODY);
        let mut other_id = good.clone();
        other_id.id = "di".to_owned();
        let mut other_time = good.clone();
        other_time.timestamp = (at(1).unix()).to_string();
        let mut other_version = good.clone();
        other_version.signature = good.signature.replace("v1,", "v2,");
        let mut cut = good.clone();
        cut.signature.truncate(20);
        let mut no_number = good.clone();
        no_number.timestamp = "soon".to_owned();
        for (name, headers, fault) in [
            ("id", other_id, SignatureFault::Wrong),
            ("timestamp", other_time, SignatureFault::Wrong),
            ("version", other_version, SignatureFault::Wrong),
            ("cut off", cut, SignatureFault::Wrong),
            ("no number", no_number, SignatureFault::Timestamp),
        ] {
            assert_eq!(keys.verify(&headers, at(0), BODY), Err(fault), "{name}");
        }
        assert_eq!(keys.verify(&good, at(0), b"{}"), Err(SignatureFault::Wrong));
        assert_eq!(
            Keyring::new(secret(2)).verify(&good, at(0), BODY),
            Err(SignatureFault::Wrong)
        );
    }

    #[test]
    fn keys_rotate_without_a_gap() {
        let old = Keyring::new(secret(1));
        let both = Keyring::new(secret(2)).with_other(secret(1));
        let new = Keyring::new(secret(2));
        let sent = both.sign("id", at(0), BODY);
        assert_eq!(sent.signature.split(' ').count(), 2);
        for keys in [&old, &both, &new] {
            assert_eq!(keys.verify(&sent, at(0), BODY), Ok(()));
        }
        assert_eq!(
            both.verify(&old.sign("id", at(0), BODY), at(0), BODY),
            Ok(())
        );
        assert_eq!(
            new.verify(&old.sign("id", at(0), BODY), at(0), BODY),
            Err(SignatureFault::Wrong)
        );
    }

    #[test]
    fn secrets_have_one_shape_and_are_never_shown() {
        for (text, fault) in [
            ("", SecretFault::Prefix),
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SecretFault::Prefix),
            ("whsec_?", SecretFault::Base64),
            ("whsec_QUJD", SecretFault::Length),
        ] {
            assert_eq!(Secret::parse(text), Err(fault), "{text}");
        }
        let secret = Secret::parse(" whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("trimmed");
        assert_eq!(
            format!("{:?}", Keyring::new(secret)),
            "Keyring { current: Secret(…), others: [] }"
        );
    }

    #[test]
    fn a_missing_header_is_named() {
        let found = SignedHeaders::from_lookup(|name| (name != SIGNATURE_HEADER).then_some("1"));
        assert_eq!(found, Err(SignatureFault::Missing(SIGNATURE_HEADER)));
    }

    proptest! {
        #[test]
        fn no_header_panics(id in ".{0,20}", timestamp in ".{0,20}", signature in ".{0,80}") {
            let headers = SignedHeaders { id, timestamp, signature };
            prop_assert!(Keyring::new(secret(1)).verify(&headers, at(0), BODY).is_err());
        }
    }
}
