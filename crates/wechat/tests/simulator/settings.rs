use dika_wechat::{
    Config, Settings, Severity, Source,
    config::{HostSettings, PlatformKeySettings},
};
use dika_wechat_sim::SimKeys;

fn good() -> Settings {
    SimKeys::shared().settings(
        "http://127.0.0.1:8099",
        "http://127.0.0.1:8080/wechat/notify",
    )
}

/// Errors as `setting: message`, after one change to good settings.
fn errors(change: impl FnOnce(&mut Settings)) -> Vec<String> {
    let mut settings = good();
    change(&mut settings);
    let findings = settings.check();
    assert_eq!(
        Config::load(&settings).is_ok(),
        findings.iter().all(|f| f.severity == Severity::Warning)
    );
    findings
        .iter()
        .filter(|f| f.severity == Severity::Error)
        .map(|f| format!("{}: {}", f.setting, f.message))
        .collect()
}

#[track_caller]
fn one(change: impl FnOnce(&mut Settings), expected: &str) {
    let found = errors(change);
    assert!(
        found.len() == 1 && found[0].contains(expected),
        "expected {expected:?}, found {found:#?}"
    );
}

#[test]
fn good_settings_have_no_findings_and_survive_json() {
    let settings = good();
    assert_eq!(settings.check(), []);
    let text = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings);
    let config = Config::load(&settings).unwrap();
    assert_eq!(config.platform_key_ids().len(), 2);
    let unknown = text.replacen("\"mchid\"", "\"mch_id\"", 1);
    assert!(serde_json::from_str::<Settings>(&unknown).is_err());
}

#[test]
fn every_finding_says_what_and_where() {
    let keys = SimKeys::shared();
    let other = SimKeys::generate().unwrap();
    one(
        |s| s.mchid = "12a".into(),
        "mchid: must be the merchant number",
    );
    one(|s| s.appid = "gh_123".into(), "appid: must be");
    one(
        |s| s.app_secret = Source::new("short"),
        "app_secret: has 5 characters",
    );
    one(
        |s| s.api_v3_key = Source::new("x".repeat(31)),
        "api_v3_key: has 31 bytes",
    );
    one(
        |s| s.api_v3_key = Source::new("x".repeat(64)),
        "api_v3_key: has 64 bytes",
    );
    one(
        |s| s.api_v3_key = Source::new("env:DIKA_NOT_SET_ANYWHERE"),
        "DIKA_NOT_SET_ANYWHERE is not set",
    );
    one(
        |s| s.merchant_key = Source::new("file:/nowhere/apiclient_key.pem"),
        "can't be read",
    );
    one(
        |s| s.merchant_key = Source::new("/nowhere/apiclient_key.pem"),
        "can't be read",
    );
    one(
        |s| s.merchant_key = Source::new(""),
        "merchant_key: is not set",
    );
    one(
        |s| s.merchant_key = Source::new(keys.merchant_certificate_pem()),
        "merchant_key: is a certificate",
    );
    one(
        |s| s.merchant_key = Source::new(keys.public_key_pem()),
        "merchant_key: is a public key",
    );
    one(
        |s| {
            s.merchant_key =
                Source::new("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        },
        "not an RSA",
    );
    one(
        |s| {
            s.merchant_key = Source::new(
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
            )
        },
        "locked with a password",
    );
    one(
        |s| s.merchant_key = Source::new("-----BEGIN PRIVATE KEY-----\n!!\n"),
        "merchant_key: ",
    );
    one(
        |s| s.merchant_key = Source::new(other.merchant_key_pem()),
        "does not belong to merchant_key",
    );
    one(
        |s| s.merchant_serial = Some("ABCDEF".into()),
        "merchant_serial: is ABCDEF, but",
    );
    one(|s| s.merchant_serial = Some("AB:CD".into()), "no colons");
    one(
        |s| (s.merchant_serial, s.merchant_certificate) = (None, None),
        "merchant_serial: is not set",
    );
    one(
        |s| s.merchant_certificate = Some(Source::new(keys.merchant_key_pem())),
        "merchant_certificate: is a private key",
    );
    one(|s| s.platform_keys.clear(), "platform_keys: is empty");
    one(
        |s| s.platform_keys[1].id = None,
        "platform_keys[1].id: must be",
    );
    one(
        |s| s.platform_keys[0].id = Some("ABC".into()),
        "platform_keys[0].id: is ABC, but",
    );
    one(
        |s| s.platform_keys[1].pem = Source::new(keys.merchant_key_pem()),
        "platform_keys[1].pem: is a private key",
    );
    one(
        |s| s.platform_keys[0].pem = Source::new(keys.merchant_certificate_pem()),
        "the merchant's own certificate; WeChat Pay's platform certificate",
    );
    one(
        |s| {
            let copy = s.platform_keys[0].clone();
            s.platform_keys.push(copy);
        },
        "repeats the key",
    );
    one(
        |s| s.notify_url = "https://school.example/notify?x=1".into(),
        "must have no query",
    );
    one(
        |s| s.notify_url = "http://school.example/notify".into(),
        "must be https",
    );
    one(|s| s.notify_url = "notify".into(), "is not an address");
    one(
        |s| s.hosts = HostSettings::default(),
        "notify_url: points at this machine",
    );
    one(
        |s| s.hosts.pay = "http://api.mch.weixin.qq.com".into(),
        "hosts.pay: must be https",
    );
    one(
        |s| s.hosts.api = "http://127.0.0.1:1/x".into(),
        "hosts.api: must be a host alone",
    );
    one(|s| s.time_limit_s = 0, "time_limit_s");
}

#[test]
fn several_errors_are_found_at_once_and_told_together() {
    let mut settings = good();
    settings.mchid = String::new();
    settings.api_v3_key = Source::new("short");
    settings.merchant_key = Source::new("nothing");
    let error = Config::load(&settings).unwrap_err();
    assert_eq!(error.0.len(), 3, "{error}");
    assert!(error.to_string().contains("error: api_v3_key has 5 bytes"));
    assert!(!error.to_string().contains("short"));
}

#[test]
fn certificates_are_read_with_their_time() {
    let keys = SimKeys::shared();
    let with = |from, until| {
        let mut settings = good();
        settings.merchant_serial = None;
        settings.merchant_certificate = Some(Source::new(
            keys.merchant_certificate_between(from, until).unwrap(),
        ));
        settings.check()
    };
    assert_eq!(with(-10, 400), []);
    let expired = with(-20, -1);
    assert!(
        expired[0].severity == Severity::Error && expired[0].message.starts_with("expired on ")
    );
    let early = with(5, 400);
    assert!(early[0].severity == Severity::Error && early[0].message.contains("clock"));
    let soon = with(-300, 10);
    assert!(
        soon.len() == 1
            && soon[0].severity == Severity::Warning
            && soon[0].message.starts_with("expires on ")
    );
    // The same settings, asked for another day.
    let later = good().check_at(4_102_444_800);
    assert_eq!(
        later
            .iter()
            .filter(|f| f.message.starts_with("expired on "))
            .count(),
        2
    );
}

#[test]
fn a_verifying_certificate_that_ended_stops_nothing_beside_another_key() {
    let far = 4_102_444_800;
    let of = |settings: &Settings| {
        let findings = settings.check_at(far);
        let about = findings
            .into_iter()
            .find(|found| found.setting == "platform_keys[0].pem");
        about.expect("a finding")
    };
    // The simulator's settings: a certificate, then a public key, which never ends.
    let both = of(&good());
    assert_eq!(both.severity, Severity::Warning);
    assert!(both.message.contains("not used"), "{}", both.message);
    let mut alone = good();
    alone.platform_keys.truncate(1);
    assert_eq!(of(&alone).severity, Severity::Error);
    // What ended neither verifies nor is asked for.
    let mut settings = good();
    let ended = SimKeys::shared().platform_certificate_between(-20, -1);
    settings.platform_keys[0].pem = Source::new(ended.unwrap());
    let config = Config::load(&settings).unwrap();
    assert_eq!(config.platform_key_ids().len(), 1);
    assert!(config.platform_key_ids()[0].starts_with("PUB_KEY_ID_"));
}

#[test]
fn a_serial_may_come_from_the_certificate_and_keys_from_files() {
    let keys = SimKeys::shared();
    let folder = std::env::temp_dir().join(format!("dika-wechat-settings-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut settings = good();
    settings.merchant_serial = None;
    settings.merchant_key = Source::new(write("apiclient_key.pem", keys.merchant_key_pem()));
    settings.merchant_certificate = Some(Source::new(format!(
        "file:{}",
        write("cert.pem", keys.merchant_certificate_pem())
    )));
    let plain = serde_json::to_value(good()).unwrap();
    let key = format!("{}\n", plain["api_v3_key"].as_str().unwrap());
    settings.api_v3_key = Source::new(format!("file:{}", write("key.txt", &key)));
    settings.platform_keys = vec![PlatformKeySettings {
        id: None,
        pem: Source::new(write("platform.pem", keys.platform_certificate_pem())),
    }];
    let found = settings.check();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(found, []);
}

#[test]
fn kept_keys_are_the_same_keys() {
    let folder = std::env::temp_dir().join(format!("dika-wechat-keys-{}", std::process::id()));
    let first = SimKeys::load_or_generate(&folder).unwrap();
    let second = SimKeys::load_or_generate(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let of = |keys: &SimKeys| keys.settings("http://127.0.0.1:1", "http://127.0.0.1:1/n");
    assert_eq!(of(&first), of(&second));
}
