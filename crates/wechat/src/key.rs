use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    digest,
    rand::SystemRandom,
    rsa::KeyPair as RsaKeyPair,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use x509_parser::prelude::{FromDer as _, SubjectPublicKeyInfo, X509Certificate};

/// The object identifier of an RSA key (rsaEncryption).
const OID_RSA: &str = "1.2.840.113549.1.1.1";

/// Why a PEM text is not the key or certificate asked for: one plain English sentence part.
pub(crate) type PemFault = String;

/// What a PEM block with this label holds, in words.
fn label_in_words(label: &str) -> String {
    match label {
        "CERTIFICATE" => "a certificate".into(),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => "a public key".into(),
        "PRIVATE KEY" | "RSA PRIVATE KEY" => "a private key".into(),
        "EC PRIVATE KEY" => "an elliptic-curve private key".into(),
        "ENCRYPTED PRIVATE KEY" => "a private key locked with a password".into(),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a request for a certificate".into(),
        other => format!("a block named {other:?}"),
    }
}

/// The one PEM block of a file.
fn one_block(text: &str) -> Result<pem::Pem, PemFault> {
    let mut blocks = pem::parse_many(text)
        .map_err(|_| "is damaged: the PEM text can't be decoded".to_owned())?;
    match blocks.len() {
        0 => Err("is not PEM: no line \"-----BEGIN …-----\" is in it".to_owned()),
        1 => Ok(blocks.remove(0)),
        n => Err(format!("holds {n} PEM blocks; it must hold one")),
    }
}

/// The merchant's RSA private key: signs requests and the parameters of the payment bridge.
pub(crate) struct MerchantKey {
    pair: RsaKeyPair,
    random: SystemRandom,
}

impl MerchantKey {
    /// Reads PKCS#8 (`PRIVATE KEY`, as Tencent's tool writes it) or PKCS#1 (`RSA PRIVATE KEY`).
    pub(crate) fn from_pem(text: &str) -> Result<Self, PemFault> {
        let block = one_block(text)?;
        let pair = match block.tag() {
            "PRIVATE KEY" => RsaKeyPair::from_pkcs8(block.contents()),
            "RSA PRIVATE KEY" => RsaKeyPair::from_der(block.contents()),
            other => {
                return Err(format!(
                    "is {}; the merchant's RSA private key (apiclient_key.pem) is needed here",
                    label_in_words(other)
                ));
            }
        }
        .map_err(|_| "is not an RSA private key of 2048 bits or more".to_owned())?;
        Ok(Self {
            pair,
            random: SystemRandom::new(),
        })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 over `message`, in Base64.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<String, SignFault> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &self.random, message, &mut signature)
            .map_err(|_| SignFault)?;
        Ok(BASE64.encode(signature))
    }

    /// The public half as a DER `RSAPublicKey`, for comparison with a certificate's.
    pub(crate) fn public_der(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
}

/// The crypto library would not sign: no request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the request could not be signed")]
pub struct SignFault;

/// What is used of an X.509 certificate.
pub(crate) struct Certificate {
    /// Upper-case hexadecimal, two digits a byte, as Tencent's headers carry it.
    pub(crate) serial: String,
    pub(crate) not_before_unix_s: i64,
    pub(crate) not_after_unix_s: i64,
    /// The holder, as one line.
    pub(crate) subject: String,
    /// DER `RSAPublicKey`.
    pub(crate) public_der: Vec<u8>,
}

impl Certificate {
    /// Reads one PEM certificate with an RSA key.
    pub(crate) fn from_pem(text: &str) -> Result<Self, PemFault> {
        let block = one_block(text)?;
        if block.tag() != "CERTIFICATE" {
            return Err(format!(
                "is {}; a certificate is needed here",
                label_in_words(block.tag())
            ));
        }
        let (_, certificate) = X509Certificate::from_der(block.contents())
            .map_err(|_| "is labelled a certificate but can't be read as one".to_owned())?;
        let raw = certificate.raw_serial();
        let bytes = if raw.len() > 1 && raw.first() == Some(&0) {
            raw.get(1..).unwrap_or(raw)
        } else {
            raw
        };
        Ok(Self {
            serial: hex(bytes).to_uppercase(),
            not_before_unix_s: certificate.validity().not_before.timestamp(),
            not_after_unix_s: certificate.validity().not_after.timestamp(),
            subject: certificate.subject().to_string(),
            public_der: rsa_public_der(certificate.public_key())?,
        })
    }
}

/// Reads a PEM public key (`PUBLIC KEY`) as a DER `RSAPublicKey`.
pub(crate) fn public_key_from_pem(text: &str) -> Result<Vec<u8>, PemFault> {
    let block = one_block(text)?;
    match block.tag() {
        "PUBLIC KEY" => {
            let (_, info) = SubjectPublicKeyInfo::from_der(block.contents())
                .map_err(|_| "is labelled a public key but can't be read as one".to_owned())?;
            rsa_public_der(&info)
        }
        "RSA PUBLIC KEY" => Ok(block.contents().to_vec()),
        other => Err(format!(
            "is {}; WeChat Pay's public key or certificate is needed here",
            label_in_words(other)
        )),
    }
}

fn rsa_public_der(info: &SubjectPublicKeyInfo<'_>) -> Result<Vec<u8>, PemFault> {
    if info.algorithm.algorithm.to_id_string() != OID_RSA {
        return Err("holds a key that is not RSA".to_owned());
    }
    match info.parsed() {
        Ok(x509_parser::public_key::PublicKey::RSA(key)) if key.key_size() >= 2048 => {
            Ok(info.subject_public_key.data.to_vec())
        }
        _ => Err("holds an RSA key shorter than 2048 bits".to_owned()),
    }
}

/// Whether a PEM text holds a certificate (else it is to be read as a public key).
pub(crate) fn is_certificate(text: &str) -> bool {
    text.contains("-----BEGIN CERTIFICATE-----")
}

/// One of WeChat Pay's verifying keys: a platform certificate by its serial, or a public key by its id.
#[derive(Clone)]
pub(crate) struct PlatformKey {
    /// Serial in upper-case hexadecimal, or `PUB_KEY_ID_…`.
    pub(crate) id: String,
    pub(crate) public_der: Vec<u8>,
}

/// Why a signature of WeChat Pay's was not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// One of the four headers is missing, given twice or unreadable.
    #[error("the header {0} is missing or unreadable")]
    Header(&'static str),
    /// The timestamp is further from our clock than five minutes: replayed, or a clock is wrong.
    #[error("the signature's time differs from ours by {0} s; at most 300 are accepted")]
    Stale(i64),
    /// No key with this serial or id is configured: rotated, or forged.
    #[error("signed with the key {0:?}, which is not among the configured ones")]
    UnknownKey(String),
    /// The signature is not the named key's over this message.
    #[error("the signature does not match")]
    Wrong,
}

/// All verifying keys accepted now: several at once, so that a rotation needs no gap.
#[derive(Clone)]
pub(crate) struct PlatformKeys(pub(crate) Vec<PlatformKey>);

impl PlatformKeys {
    pub(crate) fn verify(
        &self,
        id: &str,
        message: &[u8],
        signature: &str,
    ) -> Result<(), SignatureFault> {
        let key = self
            .0
            .iter()
            .find(|key| same_serial(&key.id, id))
            .ok_or_else(|| SignatureFault::UnknownKey(id.chars().take(64).collect()))?;
        let signature = BASE64
            .decode(signature)
            .map_err(|_| SignatureFault::Wrong)?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.public_der)
            .verify(message, &signature)
            .map_err(|_| SignatureFault::Wrong)
    }

    /// The first public key's id: named in requests, so that WeChat Pay signs its answers with that key while a merchant
    /// moves from certificates to public keys.
    pub(crate) fn preferred_id(&self) -> Option<&str> {
        self.0
            .iter()
            .map(|key| key.id.as_str())
            .find(|id| id.starts_with("PUB_KEY_ID_"))
    }
}

/// Serials are numbers in hexadecimal: case and leading zeros do not tell two apart. Key ids must match exactly.
pub(crate) fn same_serial(a: &str, b: &str) -> bool {
    if a.starts_with("PUB_KEY_ID_") || b.starts_with("PUB_KEY_ID_") {
        return a == b;
    }
    a.trim_start_matches('0')
        .eq_ignore_ascii_case(b.trim_start_matches('0'))
}

/// The APIv3 key: unseals what notifications carry.
pub(crate) struct SealKey(LessSafeKey);

impl SealKey {
    /// Takes exactly 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        if key.len() != AES_256_GCM.key_len() {
            return None;
        }
        Some(Self(LessSafeKey::new(
            UnboundKey::new(&AES_256_GCM, key).ok()?,
        )))
    }

    /// AEAD_AES_256_GCM: `None` when anything was tampered with or the key is another one.
    pub(crate) fn open(
        &self,
        nonce: &[u8],
        associated_data: &[u8],
        sealed_base64: &str,
    ) -> Option<Vec<u8>> {
        let mut buffer = BASE64.decode(sealed_base64).ok()?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self
            .0
            .open_in_place(nonce, Aad::from(associated_data), &mut buffer)
            .ok()?
            .len();
        buffer.truncate(length);
        Some(buffer)
    }
}

/// SHA-1 in lower-case hexadecimal: what the JS-SDK's signature is, by Tencent's definition.
pub(crate) fn sha1_hex(text: &str) -> String {
    hex(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref())
}

/// 32 random characters of `0-9a-f`, for nonces and states.
pub(crate) fn random_hex() -> Result<String, SignFault> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SignFault)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            for half in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(half), 16));
            }
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sha1_of_the_published_example() {
        // FIPS 180's own example.
        assert_eq!(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn serials_compare_as_numbers_and_key_ids_as_text() {
        assert!(same_serial("0AB12", "ab12"));
        assert!(!same_serial("AB12", "AB13"));
        assert!(same_serial("PUB_KEY_ID_01", "PUB_KEY_ID_01"));
        assert!(!same_serial("PUB_KEY_ID_0a", "PUB_KEY_ID_0A"));
    }

    #[test]
    fn a_seal_key_has_exactly_32_bytes() {
        for length in [0, 16, 31, 33, 64] {
            assert!(SealKey::new(&vec![7; length]).is_none(), "{length}");
        }
        assert!(SealKey::new(&[7; 32]).is_some());
    }

    #[test]
    fn aes_256_gcm_known_answer() {
        // Test case 14 of the GCM specification: zero key, zero nonce, sixteen zero bytes.
        let key = SealKey::new(&[0; 32]).unwrap();
        let sealed: Vec<u8> = [
            0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3,
            0x9d, 0x18, 0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5,
            0xd4, 0x8a, 0xb9, 0x19,
        ]
        .to_vec();
        assert_eq!(
            key.open(&[0; 12], b"", &BASE64.encode(&sealed)),
            Some(vec![0; 16])
        );
        assert_eq!(key.open(&[0; 11], b"", &BASE64.encode(&sealed)), None);
        assert_eq!(key.open(&[0; 12], b"x", &BASE64.encode(&sealed)), None);
    }
}
