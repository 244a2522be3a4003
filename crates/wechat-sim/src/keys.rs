use std::{
    fs,
    path::Path,
    sync::{Arc, OnceLock},
};

use aes_gcm::{
    Aes256Gcm, Key, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};
use anyhow::{Context as _, anyhow, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use dika_wechat::config::{HostSettings, PlatformKeySettings, Settings, Source};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
    SerialNumber,
};
use ring::{
    rand::{SecureRandom as _, SystemRandom},
    rsa,
    signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey},
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::behaviour::SigningKey;

/// So many random bytes.
///
/// # Panics
/// If the system gives none: then nothing here can go on.
#[expect(
    clippy::expect_used,
    reason = "without randomness the simulator has no keys and no numbers"
)]
fn random(bytes: usize) -> Vec<u8> {
    let mut buffer = vec![0; bytes];
    SystemRandom::new()
        .fill(&mut buffer)
        .expect("the system gives random bytes");
    buffer
}

/// Random lower-case hexadecimal, two characters a byte.
pub(crate) fn random_hex(bytes: usize) -> String {
    random(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Random decimal digits.
pub(crate) fn random_digits(count: usize) -> String {
    random(count)
        .iter()
        .map(|byte| char::from(b'0' + byte % 10))
        .collect()
}

/// A private RSA key that signs for one side, with the id its signatures go by.
pub(crate) struct Signer {
    pub(crate) id: String,
    key: rsa::KeyPair,
    public_pem: String,
    private_pem: String,
}

impl Signer {
    fn from_pem(id: String, private_pem: String) -> anyhow::Result<Self> {
        let pair = KeyPair::from_pkcs8_pem_and_sign_algo(&private_pem, &PKCS_RSA_SHA256)
            .context("reading a private key")?;
        let key = rsa::KeyPair::from_pkcs8(pair.serialized_der())
            .map_err(|fault| anyhow!("reading a private key: {fault}"))?;
        Ok(Self {
            id,
            key,
            public_pem: pair.public_key_pem(),
            private_pem,
        })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, in Base64.
    ///
    /// # Panics
    /// If the crypto library fails: then nothing here can go on.
    #[expect(
        clippy::expect_used,
        reason = "a key that was read signs any message; only a lack of randomness could stop it"
    )]
    pub(crate) fn sign(&self, message: &[u8]) -> String {
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .expect("a message is signed");
        BASE64.encode(signature)
    }

    /// Verifies what this key signed.
    fn verifier(&self) -> UnparsedPublicKey<Vec<u8>> {
        let public = self.key.public_key().as_ref().to_vec();
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
    }
}

/// Who the one merchant and its official account are, with what both sides know.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Merchant {
    pub(crate) mchid: String,
    pub(crate) appid: String,
    pub(crate) app_secret: String,
    pub(crate) api_v3_key: String,
}

/// All keys and names of a simulated world: the merchant's, the platform's two, and a stranger's for forgeries.
/// Random unless loaded; nothing here is worth anything outside the simulator.
pub struct SimKeys {
    pub(crate) merchant: Merchant,
    pub(crate) merchant_signer: Signer,
    merchant_verifier: UnparsedPublicKey<Vec<u8>>,
    merchant_certificate_pem: String,
    /// Goes by a certificate's serial.
    pub(crate) certificate_signer: Signer,
    platform_certificate_pem: String,
    /// Goes by a `PUB_KEY_ID_…`.
    pub(crate) public_key_signer: Signer,
    /// Signs forgeries.
    pub(crate) stranger: Signer,
}

/// A new RSA key of 2048 bits as PKCS#8 PEM.
fn new_key() -> anyhow::Result<String> {
    Ok(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?.serialize_pem())
}

/// A certificate for a private key, valid between the two times, as PEM. Its serial is 20 random bytes.
fn certify(
    private_pem: &str,
    holder: &str,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> anyhow::Result<(String, String)> {
    let pair = KeyPair::from_pkcs8_pem_and_sign_algo(private_pem, &PKCS_RSA_SHA256)?;
    let mut serial = random(20);
    // A positive number of full length, so that its text has forty digits as Tencent's have.
    serial[0] = serial[0] & 0x7f | 0x10;
    let mut params = CertificateParams::default();
    params.not_before = from;
    params.not_after = until;
    params.serial_number = Some(SerialNumber::from(serial.clone()));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, holder);
    let pem = params.self_signed(&pair)?.pem();
    Ok((
        pem,
        serial.iter().map(|byte| format!("{byte:02X}")).collect(),
    ))
}

impl SimKeys {
    /// A new world's keys.
    ///
    /// # Errors
    /// If the crypto library fails.
    pub fn generate() -> anyhow::Result<Self> {
        let now = OffsetDateTime::now_utc();
        let (from, until) = (now - Duration::days(1), now + Duration::days(5 * 365));
        let merchant_pem = new_key()?;
        let platform_pem = new_key()?;
        let public_key_pem = new_key()?;
        let merchant = Merchant {
            mchid: format!("19{}", random_digits(8)),
            appid: format!("wx{}", random_hex(8)),
            app_secret: random_hex(16),
            api_v3_key: random_hex(16),
        };
        let (merchant_certificate_pem, merchant_serial) =
            certify(&merchant_pem, "A simulated merchant", from, until)?;
        let (platform_certificate_pem, platform_serial) =
            certify(&platform_pem, "A simulated platform", from, until)?;
        let public_key_id = format!("PUB_KEY_ID_01{}{}", merchant.mchid, random_digits(20));
        Self::assemble(
            merchant,
            Signer::from_pem(merchant_serial, merchant_pem)?,
            merchant_certificate_pem,
            Signer::from_pem(platform_serial, platform_pem)?,
            platform_certificate_pem,
            Signer::from_pem(public_key_id, public_key_pem)?,
        )
    }

    fn assemble(
        merchant: Merchant,
        merchant_signer: Signer,
        merchant_certificate_pem: String,
        certificate_signer: Signer,
        platform_certificate_pem: String,
        public_key_signer: Signer,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            merchant,
            merchant_verifier: merchant_signer.verifier(),
            merchant_signer,
            merchant_certificate_pem,
            certificate_signer,
            platform_certificate_pem,
            public_key_signer,
            stranger: Signer::from_pem(random_hex(20).to_uppercase(), new_key()?)?,
        })
    }

    /// One set for the whole process: tests share it, since making keys takes a while.
    ///
    /// # Panics
    /// If the crypto library fails: then no test can go on.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "only tests call it, and none can go on without keys"
    )]
    pub fn shared() -> Arc<Self> {
        static SHARED: OnceLock<Arc<SimKeys>> = OnceLock::new();
        Arc::clone(SHARED.get_or_init(|| Arc::new(Self::generate().expect("keys can be made"))))
    }

    /// Loads a world's keys from a folder, or makes and keeps them there: a simulator restarted stays the same one.
    ///
    /// # Errors
    /// If the folder can't be read or written, or holds something else.
    pub fn load_or_generate(folder: &Path) -> anyhow::Result<Self> {
        let kept = folder.join("simulator.json");
        if kept.exists() {
            let text =
                fs::read_to_string(&kept).with_context(|| format!("reading {}", kept.display()))?;
            return serde_json::from_str::<Kept>(&text)
                .context("reading simulator.json")?
                .open();
        }
        let keys = Self::generate()?;
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        write_private(&kept, &serde_json::to_string_pretty(&Kept::of(&keys))?)?;
        Ok(keys)
    }

    /// The settings with which a client reaches a simulator at `base_url`: PEM texts inline, both platform keys
    /// (certificate first).
    #[must_use]
    pub fn settings(&self, base_url: &str, notify_url: &str) -> Settings {
        let host = || base_url.to_owned();
        Settings {
            mchid: self.merchant.mchid.clone(),
            appid: self.merchant.appid.clone(),
            app_secret: Source::new(&self.merchant.app_secret),
            api_v3_key: Source::new(&self.merchant.api_v3_key),
            merchant_key: Source::new(&self.merchant_signer.private_pem),
            merchant_serial: Some(self.merchant_signer.id.clone()),
            merchant_certificate: Some(Source::new(&self.merchant_certificate_pem)),
            platform_keys: vec![
                PlatformKeySettings {
                    id: None,
                    pem: Source::new(&self.platform_certificate_pem),
                },
                PlatformKeySettings {
                    id: Some(self.public_key_signer.id.clone()),
                    pem: Source::new(self.public_key_pem()),
                },
            ],
            notify_url: notify_url.to_owned(),
            refund_notify_url: None,
            hosts: HostSettings {
                pay: host(),
                api: host(),
                open: host(),
                mp: host(),
            },
            subscribe_template_id: Some(crate::messages::TEMPLATE_ID.to_owned()),
            time_limit_s: 10,
        }
    }

    /// The platform's public key that goes by a `PUB_KEY_ID_…`, as PEM.
    #[must_use]
    pub fn public_key_pem(&self) -> String {
        self.public_key_signer.public_pem.clone()
    }

    /// The merchant's private key as PKCS#8 PEM.
    #[must_use]
    pub fn merchant_key_pem(&self) -> &str {
        &self.merchant_signer.private_pem
    }

    /// The merchant's certificate as PEM.
    #[must_use]
    pub fn merchant_certificate_pem(&self) -> &str {
        &self.merchant_certificate_pem
    }

    /// The platform's certificate as PEM.
    #[must_use]
    pub fn platform_certificate_pem(&self) -> &str {
        &self.platform_certificate_pem
    }

    /// Another certificate for the merchant's key with its own serial, valid for the days given (counted from now; may be
    /// negative): for tests of what a configuration check finds.
    ///
    /// # Errors
    /// If the crypto library fails.
    pub fn merchant_certificate_between(
        &self,
        from_days: i64,
        until_days: i64,
    ) -> anyhow::Result<String> {
        let now = OffsetDateTime::now_utc();
        let (from, until) = (
            now + Duration::days(from_days),
            now + Duration::days(until_days),
        );
        Ok(certify(
            &self.merchant_signer.private_pem,
            "A simulated merchant",
            from,
            until,
        )?
        .0)
    }

    /// Another certificate for the platform's key, likewise.
    ///
    /// # Errors
    /// If the crypto library fails.
    pub fn platform_certificate_between(
        &self,
        from_days: i64,
        until_days: i64,
    ) -> anyhow::Result<String> {
        let now = OffsetDateTime::now_utc();
        let (from, until) = (
            now + Duration::days(from_days),
            now + Duration::days(until_days),
        );
        let key = &self.certificate_signer.private_pem;
        Ok(certify(key, "A simulated platform", from, until)?.0)
    }

    /// The platform key that signs, given the one a request named.
    pub(crate) fn platform_signer(&self, choice: SigningKey, asked: Option<&str>) -> &Signer {
        match choice {
            SigningKey::Certificate => &self.certificate_signer,
            SigningKey::PublicKey => &self.public_key_signer,
            SigningKey::Stranger => &self.stranger,
            SigningKey::Asked if asked == Some(&self.public_key_signer.id) => {
                &self.public_key_signer
            }
            SigningKey::Asked => &self.certificate_signer,
        }
    }

    /// Whether a Base64 signature is the merchant's over the message.
    pub(crate) fn merchant_signed(&self, message: &[u8], signature: &str) -> bool {
        BASE64
            .decode(signature)
            .ok()
            .is_some_and(|signature| self.merchant_verifier.verify(message, &signature).is_ok())
    }
}

/// AEAD_AES_256_GCM as notifications carry it: Base64 of ciphertext and tag. The nonce has twelve bytes.
pub(crate) fn seal(
    key: &str,
    nonce: &str,
    associated_data: &str,
    plain: &[u8],
) -> anyhow::Result<String> {
    ensure!(
        key.len() == 32 && nonce.len() == 12,
        "a key has 32 bytes and a nonce 12"
    );
    let key = Key::<Aes256Gcm>::try_from(key.as_bytes()).map_err(|_| anyhow!("the key"))?;
    let nonce = Nonce::try_from(nonce.as_bytes()).map_err(|_| anyhow!("the nonce"))?;
    let payload = Payload {
        msg: plain,
        aad: associated_data.as_bytes(),
    };
    let sealed = Aes256Gcm::new(&key)
        .encrypt(&nonce, payload)
        .map_err(|_| anyhow!("sealing"))?;
    Ok(BASE64.encode(sealed))
}

/// What is kept in a folder.
#[derive(Serialize, Deserialize)]
struct Kept {
    merchant: Merchant,
    merchant_serial: String,
    merchant_key: String,
    merchant_certificate: String,
    platform_serial: String,
    platform_key: String,
    platform_certificate: String,
    public_key_id: String,
    public_key_private: String,
}

impl Kept {
    fn of(keys: &SimKeys) -> Self {
        Self {
            merchant: keys.merchant.clone(),
            merchant_serial: keys.merchant_signer.id.clone(),
            merchant_key: keys.merchant_signer.private_pem.clone(),
            merchant_certificate: keys.merchant_certificate_pem.clone(),
            platform_serial: keys.certificate_signer.id.clone(),
            platform_key: keys.certificate_signer.private_pem.clone(),
            platform_certificate: keys.platform_certificate_pem.clone(),
            public_key_id: keys.public_key_signer.id.clone(),
            public_key_private: keys.public_key_signer.private_pem.clone(),
        }
    }

    fn open(self) -> anyhow::Result<SimKeys> {
        SimKeys::assemble(
            self.merchant,
            Signer::from_pem(self.merchant_serial, self.merchant_key)?,
            self.merchant_certificate,
            Signer::from_pem(self.platform_serial, self.platform_key)?,
            self.platform_certificate,
            Signer::from_pem(self.public_key_id, self.public_key_private)?,
        )
    }
}

/// Writes a file that only its owner may read.
///
/// # Errors
/// If it cannot be written.
pub fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))
            .context("setting permissions")?;
    }
    Ok(())
}
