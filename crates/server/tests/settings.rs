//! The settings as documents and as an operator meets them. `DIKA_BLESS=1` writes the documents anew.
#![cfg(unix)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use dika_server::config::{SETTINGS, Setting};
use dika_wechat::Source;
use dika_wechat_sim::SimKeys;
use tempfile::TempDir;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|fault| panic!("{path}: {fault}"))
}

/// Compares a document with what it should be, or writes it.
fn bless(path: &str, now: &str) {
    if std::env::var_os("DIKA_BLESS").is_some() {
        std::fs::write(root().join(path), now).expect("written");
    }
    assert!(
        read(path) == now,
        "{path} is not what the program says; run this test with DIKA_BLESS=1"
    );
}

/// The tables of the file, in the order of the document, with a sentence about each.
const TABLES: [(&str, &str); 13] = [
    ("", "At the top of the file, before any table."),
    (
        "database",
        "How PostgreSQL is reached ([what to choose](operate.md)). SQLite needs nothing of it.",
    ),
    (
        "operator",
        "Who runs this installation: the pages `/privacy` and `/terms`, and the payee's name before a student pays.",
    ),
    (
        "connectors",
        "One for each card system, `gdut` and `hemc` ([how to connect one](connect-a-card-system.md)). \
         They are asked independently: one that is silent leaves the other card working.",
    ),
    (
        "issuers",
        "What the school decides for each card and wallet. What is left out is what the connector says, and without \
         its word what the school's guide says. Amounts are whole fen. Wallets: `main`, `utilities`.",
    ),
    (
        "terminals",
        "Words about each kind of machine: `service_point`, `gdut_load`, `gdut_top_up`, `hemc_top_up`.",
    ),
    (
        "service_points",
        "Desks, by id. Those of the guide are `daxuecheng-east`, `daxuecheng-west`, `dongfenglu`, `longdong` and `panyu`; \
         another id adds a desk.",
    ),
    ("notices", "`[[notices]]`, one for each thing to know."),
    (
        "machines",
        "Machines that send taps to the built-in ledger, by a name of your own.",
    ),
    (
        "retention",
        "How long is kept what nothing depends on any more. Sessions, codes by SMS and counted tries go by themselves within \
         a day of their end; orders, their timelines and numbers, and bound cards stay.",
    ),
    (
        "sign_in",
        "When cards are hidden until their password is given again ([why](decisions/0006-a-number-that-changed-hands.md)).",
    ),
    (
        "wechat",
        "WeChat Pay and the official account ([what to set at WeChat](operate.md)).",
    ),
    ("sms", "Codes by SMS, from one of two providers."),
];

fn settings_document() -> String {
    let mut text = String::from(
        "# Settings\n\n\
         Every setting of the file that `dika-server --config FILE` reads, written from `crates/server/src/config/table.rs` by a test. \
         [An example](../deploy/dika.toml) is complete.\n\n\
         - The command line wins over the environment, the environment over the file.\n\
         - As an environment variable a setting is `DIKA_` and its name in capitals, dots as underscores: \
         `DIKA_LISTEN`, `DIKA_ISSUERS_GDUT_WALLETS_MAIN_MIN_FEN`. Lists are separated by commas. Not so the tables `[wechat]` and `[sms]`, lists of tables, and names of your own.\n\
         - Only as variables: `DIKA_LOG` (how much is logged), `DIKA_LOG_FORMAT=json`, and `DIKA_METRICS_LISTEN` (where metrics are \
         served).\n\
         - Secrets are `file:PATH` or `env:NAME`. They are never shown.\n\
         - A setting that nobody knows stops the server and is named with its line and the nearest known one.\n\
         - `dika-server check-config` prints each value and where it comes from, then what is right and what is not. With `--online` it also \
         asks WeChat and the connectors.\n",
    );
    for (table, about) in TABLES {
        let of: Vec<&Setting> = SETTINGS
            .iter()
            .filter(|setting| {
                let group = setting.key.split(['.', '[']).next().unwrap_or_default();
                let group = if setting.key.contains('.') || setting.key == "notices" {
                    group
                } else {
                    ""
                };
                group == table
            })
            .collect();
        if of.is_empty() {
            continue;
        }
        let title = if table.is_empty() {
            "General".to_owned()
        } else {
            format!("`{table}`")
        };
        let _ = write!(
            text,
            "\n## {title}\n\n{about}\n\n| setting | is | left out | check |\n| --- | --- | --- | --- |\n"
        );
        for setting in of {
            let Setting {
                key,
                kind,
                default,
                check,
                meaning,
            } = setting;
            let _ = writeln!(
                text,
                "| `{key}` | {meaning} ({}) | {default} | {check} |",
                kind.as_str()
            );
        }
    }
    text
}

#[test]
fn every_setting_is_in_the_document() {
    let text = settings_document();
    for setting in SETTINGS {
        assert!(
            text.contains(&format!("| `{}` |", setting.key)),
            "{}",
            setting.key
        );
    }
    bless("docs/settings.md", &text);
}

/// The example's files, each where it says, below a folder of this test.
struct Host {
    folder: TempDir,
    text: String,
}

impl Host {
    fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let at = |path: &str| folder.path().join(path);
        for made in ["etc/dika/wechat", "srv/dika/dist", "var/lib/dika"] {
            std::fs::create_dir_all(at(made)).expect("a folder");
        }
        let wechat = SimKeys::shared().settings("http://127.0.0.1:1", "https://dika.example.edu/n");
        let pem = |source: &Source| {
            serde_json::to_value(source)
                .expect("a text")
                .as_str()
                .expect("a text")
                .to_owned()
        };
        let certificate = wechat.merchant_certificate.as_ref().expect("a certificate");
        for (path, text) in [
            ("etc/dika/connector-gdut.secret", SECRET),
            ("etc/dika/connector-hemc.secret", SECRET),
            (
                "etc/dika/wechat-app.secret",
                "0123456789abcdef0123456789abcdef",
            ),
            (
                "etc/dika/wechat-api-v3.key",
                "0123456789abcdef0123456789abcdef",
            ),
            ("etc/dika/apiclient_key.pem", &pem(&wechat.merchant_key)),
            ("etc/dika/apiclient_cert.pem", &pem(certificate)),
            ("etc/dika/pub_key.pem", &pem(&wechat.platform_keys[1].pem)),
            ("etc/dika/sms.secret", "hush"),
            ("etc/dika/wechat/MP_verify_0123456789.txt", "0123456789"),
            ("srv/dika/dist/index.html", "<!doctype html>"),
        ] {
            std::fs::write(at(path), text).expect("a file");
        }
        let mut text = read("deploy/dika.toml");
        for top in ["/etc/dika", "/srv/dika", "/var/lib/dika"] {
            text = text.replace(top, &format!("{}{top}", folder.path().display()));
        }
        Self { folder, text }
    }

    /// What `check-config` says of a file, with the paths of the example again, and whether all is well.
    fn check(&self, text: &str) -> (String, bool) {
        let file = self.folder.path().join("etc/dika/dika.toml");
        std::fs::write(&file, text).expect("a file");
        let output = Command::new(env!("CARGO_BIN_EXE_dika-server"))
            .args(["check-config", "--config"])
            .arg(&file)
            .env_clear()
            .output()
            .expect("it runs");
        let mut told = String::from_utf8_lossy(&output.stdout).into_owned();
        told += &String::from_utf8_lossy(&output.stderr);
        let told = told.replace(&self.folder.path().display().to_string(), "");
        // A rule of the example ends on a day that goes by.
        let told = told.replace("(shown now)", "(over)");
        (told, output.status.success())
    }

    fn without(&self, table: &str) -> String {
        let start = self.text.find(&format!("[{table}]")).expect("the table");
        let end = self.text[start + 1..]
            .find("\n[")
            .map_or(self.text.len(), |at| start + 1 + at);
        format!("{}{}", &self.text[..start], &self.text[end..])
    }
}

fn problems(told: &str) -> Vec<&str> {
    told.lines()
        .filter(|line| !line.starts_with("ok ") && !line.starts_with("value "))
        .collect()
}

#[test]
fn check_config_on_the_complete_file_and_on_wrong_ones() {
    let host = Host::new();
    let (told, good) = host.check(&host.text);
    assert!(good && problems(&told).is_empty(), "{told}");
    for secret in [SECRET, "hush", "0123456789abcdef0123", "BEGIN"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    let lines = |start: &str| {
        let lines: Vec<&str> = told
            .lines()
            .filter(|line| line.starts_with(start))
            .collect();
        lines.join("\n")
    };
    let mut text = format!(
        "On [the example](../deploy/dika.toml) it ends with 0 and says, after each value with the line, variable or default that it comes from:\n\n\
         ```text\nvalue    … one line for each of {} values\n{}\n```\n\n\
         Each of these is wrong in one way; it ends with 1 and says, besides:\n\n",
        told.lines()
            .filter(|line| line.starts_with("value "))
            .count(),
        lines("ok "),
    );
    let replaced = |from: &str, to: &str| {
        assert!(host.text.contains(from), "{from}");
        host.text.replacen(from, to, 1)
    };
    let wrong = [
        (
            "a setting misspelt",
            replaced("trusted_proxies", "trusted_proxys"),
            "line 8: unknown setting trusted_proxys; did you mean trusted_proxies?",
        ),
        (
            "plain http",
            replaced("https://dika.example.edu", "http://dika.example.edu"),
            "is not https",
        ),
        (
            "a secret in the file",
            replaced("\"file:/", "\"whsec_hush/"),
            "a secret does not stand in the settings file",
        ),
        (
            "a connector without TLS",
            replaced("https://cards", "http://cards"),
            "url is not https",
        ),
        (
            "a card without a connector",
            host.without("connectors.hemc"),
            "[connectors.hemc] is missing",
        ),
        (
            "a wallet without a limit, and nobody else to give it",
            {
                let text = host
                    .without("connectors.gdut")
                    .replace("cap_fen = 200000\n", "");
                let start = text.find("[connectors.hemc]").expect("the table");
                let end = start + text[start..].find("\n[").expect("another");
                format!("cards = \"built-in\"\n{}{}", &text[..start], &text[end..])
            },
            "gdut main: takes no top-ups, because nobody gave cap_fen",
        ),
        (
            "limits that contradict each other",
            replaced("max_fen = 50000", "max_fen = 500"),
            "max_fen: not less than min_fen",
        ),
        (
            "an amount as a text",
            replaced("min_fen = 1000", "min_fen = \"10\""),
            "a whole number is expected, not a text",
        ),
        (
            "hours that are none",
            replaced("06:30-23:30", "6-23"),
            "hours like 06:30-23:30 are expected",
        ),
        (
            "a day that is none",
            replaced("2027-02-05/", "2027-02-30/"),
            "holidays",
        ),
        (
            "a machine of the other card",
            replaced("warn_from_fen = 5000", "claim_terminals = [\"gdut_load\"]"),
            "serves other cards",
        ),
        (
            "a simulated WeChat",
            replaced(
                "[[wechat.platform_keys]]",
                "[wechat.hosts]\npay = \"http://127.0.0.1:8099\"\n\n[[wechat.platform_keys]]",
            ),
            "would top up real cards",
        ),
        (
            "a key that is not there",
            replaced("apiclient_key.pem", "apiclient_kee.pem"),
            "merchant_key",
        ),
        (
            "a message without its code",
            replaced("{code}", "{minutes}"),
            "no {code}",
        ),
        (
            "a rehearsal's file",
            format!("rehearsal = true\n{}", host.text),
            "rehearsal is on",
        ),
    ];
    for (what, wrong, wanted) in wrong {
        let (told, good) = host.check(&wrong);
        let problems = problems(&told);
        assert!(
            !good && problems.iter().any(|line| line.contains(wanted)),
            "{what}: {told}"
        );
        assert!(!told.contains("hush"), "{what}: {told}");
        let _ = write!(text, "- {what}\n\n  ```text\n");
        for line in problems {
            let _ = writeln!(text, "  {line}");
        }
        text += "  ```\n";
    }
    let document = read("docs/operate.md");
    let (begin, end) = (
        "<!-- check-config begins -->\n",
        "<!-- check-config ends -->",
    );
    let (before, rest) = document.split_once(begin).expect("a beginning");
    let (_, after) = rest.split_once(end).expect("an end");
    bless(
        "docs/operate.md",
        &format!("{before}{begin}{text}{end}{after}"),
    );
}
