use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::Parser;
use dika_store::hidden_cards::VouchLimits;

use super::model::embedded_url;
use super::sections::HOSTS;
use super::{Command, CommandLine, Config, Options, SETTINGS};
use crate::settings::{Deployment, SIGN_IN_DEFAULT};

use Deployment::{Production, Sandbox};

fn read(text: &str, deployment: Deployment, env: &[(&str, &str)]) -> anyhow::Result<Config> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dika.toml");
    std::fs::write(&file, text).expect("a file");
    let options = Options {
        config: Some(file),
        ..Options::default()
    };
    Config::read(&options, deployment, |name| {
        env.iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn the_command_line_is_understood() {
    let line = CommandLine::try_parse_from([
        "dika-server",
        "--listen",
        "127.0.0.1:0",
        "--app-dir",
        "dist",
        "--data",
        "d",
    ])
    .expect("good");
    assert!(line.options.app_dir.is_some() && line.command.is_none());
    let line = CommandLine::try_parse_from(["dika-server", "check-config", "--config", "f"])
        .expect("good");
    let offline = Some(Command::CheckConfig { online: false });
    assert_eq!(line.command, offline);
    assert!(line.options.config.is_some());
    let line = CommandLine::try_parse_from(["dika-server", "check-config", "--online"]);
    let online = Some(Command::CheckConfig { online: true });
    assert_eq!(line.expect("good").command, online);
    assert!(CommandLine::try_parse_from(["dika-server", "--online"]).is_err());
}

#[test]
fn environment_wins_over_file() {
    let text = "listen = \"127.0.0.1:1\"\npublic_url = \"https://Dika.example.edu/\"\n";
    let config = read(
        text,
        Sandbox,
        &[
            ("DIKA_LISTEN", "127.0.0.1:2"),
            (
                "DIKA_ALLOWED_ORIGINS",
                "https://a.example, http://localhost:8081",
            ),
        ],
    )
    .expect("good");
    assert_eq!(config.listen.port(), 2);
    assert_eq!(
        config.settings.public_origin.as_deref(),
        Some("https://dika.example.edu")
    );
    assert_eq!(
        config.settings.allowed_origins,
        ["https://a.example", "http://localhost:8081"]
    );
}

#[test]
fn how_long_a_proven_number_speaks_for_a_person_can_be_set() {
    let limits = |text: &str| read(text, Sandbox, &[]).map(|config| config.settings.sign_in);
    assert_eq!(limits("").expect("good"), SIGN_IN_DEFAULT);
    let set = limits("[sign_in]\nreverify_after_days = 180\nnew_device_after_days = 0\n");
    let wanted = VouchLimits {
        known_device_s: 180 * 86_400,
        new_device_s: 0,
    };
    assert_eq!(set.expect("good"), wanted);
    for wrong in [
        "[sign_in]\nreverify_after_days = -1\n",
        "[sign_in]\nafter_days = 1\n",
    ] {
        assert!(limits(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_service_worker_is_on_until_somebody_says_no() {
    assert!(
        read("", Sandbox, &[])
            .expect("good")
            .settings
            .service_worker
    );
    let off = read("service_worker = false", Sandbox, &[]).expect("good");
    assert!(!off.settings.service_worker);
    let told = off.check();
    assert!(
        told.iter()
            .any(|it| it.good && it.text.contains("service_worker"))
    );
    let off = read("", Sandbox, &[("DIKA_SERVICE_WORKER", "false")]).expect("good");
    assert!(!off.settings.service_worker);
    let fault = read("", Sandbox, &[("DIKA_SERVICE_WORKER", "perhaps")]).expect_err("no switch");
    assert!(fault.to_string().contains("DIKA_SERVICE_WORKER"), "{fault}");
}

#[test]
fn faults_are_one_sentence_without_secrets() {
    for (text, told) in [
        ("listen = \"nowhere\"", "nowhere is no address"),
        ("listne = \"127.0.0.1:1\"", "line 1"),
        ("public_url = \"dika.example.edu\"", "public_url"),
        (
            "allowed_origins = [\"https://a.example/path\"]",
            "allowed_origins",
        ),
    ] {
        let fault = read(text, Sandbox, &[]).expect_err(text).to_string();
        assert!(fault.contains(told), "{fault}");
    }
    let fault = read("[wechat]\napp_secret = \"hush\nx = 1", Sandbox, &[]).expect_err("bad TOML");
    assert!(!format!("{fault:#}").contains("hush"), "{fault:#}");
}

#[test]
fn a_simulator_is_told_from_real_credentials() {
    let section = |text: &str| {
        let config = read(text, Sandbox, &[]).expect("readable");
        config.wechat.expect("a section")
    };
    let real = "[wechat]\nmchid = \"1\"\napp_secret = \"hush\"\n";
    assert!(!section(real).is_simulator());
    let config = read(real, Production, &[]).expect("good");
    assert!(!format!("{config:?}").contains("hush"));
    config.refuse_simulators().expect("Tencent's own hosts");
    let half = "[wechat.hosts]\npay = \"http://127.0.0.1:1\"\napi = \"http://localhost:1\"\n";
    assert!(!section(half).is_simulator());
    let trick = format!("{half}open = \"http://127.0.0.1@open.weixin.qq.com\"\n");
    assert!(!section(&trick).is_simulator());
    let simulator = format!("{half}open = \"http://[::1]:1/x\"\n");
    assert!(section(&simulator).is_simulator());
}

#[test]
fn production_refuses_each_host_on_this_machine() {
    for host in [
        "http://127.0.0.1:1",
        "http://127.1:1",
        "http://0x7f000001/",
        "http://localhost:9",
        "https://LOCALHOST./",
        "http://pay.localhost/",
        "http://[::1]:1",
        "http://[::ffff:127.0.0.1]/",
        "http://0.0.0.0:1",
        "http://api.mch.weixin.qq.com@127.0.0.1/",
    ] {
        for key in HOSTS {
            let text = format!("[wechat.hosts]\n{key} = \"{host}\"\n");
            let config = read(&text, Production, &[]).expect("readable");
            let fault = config.refuse_simulators().expect_err(host).to_string();
            assert!(
                fault.contains(key) && fault.contains("real cards"),
                "{fault}"
            );
            let told: Vec<String> = config.check().iter().map(ToString::to_string).collect();
            let found = told
                .iter()
                .any(|line| line.starts_with("problem") && line.contains("real cards"));
            assert!(found, "{host}: {told:?}");
        }
    }
    for host in [
        "https://api.mch.weixin.qq.com",
        "https://localhost.example.cn/",
    ] {
        let text = format!("[wechat.hosts]\npay = \"{host}\"\n");
        let config = read(&text, Production, &[]).expect("readable");
        config.refuse_simulators().expect(host);
    }
}

#[test]
fn wechat_settings_are_checked_without_telling_them() {
    let text = "public_url = \"https://dika.example.edu\"\n[wechat]\nmchid = \"12\"\n\
        appid = \"wx\"\napp_secret = \"hush\"\napi_v3_key = \"hush\"\nmerchant_key = \"/none\"\n\
        platform_keys = []\n";
    let told = |text: &str| {
        let found = read(text, Production, &[]).expect("readable").check();
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        lines.join("\n")
    };
    let found = told(text);
    for named in ["mchid", "appid", "app_secret", "api_v3_key", "merchant_key"] {
        assert!(found.contains(&format!("{named} ")), "{named}: {found}");
    }
    assert!(!found.contains("hush"), "{found}");
    assert!(found.contains("problem  verify_dir is missing"), "{found}");
    let found = told(&text.replace("platform_keys = []", "platform_keys = \"hush\""));
    assert!(
        found.contains("wrong kind") && !found.contains("hush"),
        "{found}"
    );
    let found = told(&text.replace("mchid", "mchidd"));
    assert!(found.contains("mchid"), "{found}");
    let found = told(&text.replace("public_url = \"https://dika.example.edu\"\n", ""));
    assert!(found.contains("needs public_url"), "{found}");
}

#[test]
fn proxies_are_addresses_or_nets() {
    let config = read(
        "trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]",
        Sandbox,
        &[],
    );
    assert_eq!(config.expect("good").settings.trusted_proxies.len(), 2);
    assert!(read("trusted_proxies = [\"a\"]", Sandbox, &[]).is_err());
}

#[test]
fn findings_name_what_is_missing() {
    let config = read("", Production, &[]).expect("readable");
    let problems: Vec<String> = config
        .check()
        .into_iter()
        .filter(|finding| !finding.good)
        .map(|finding| finding.text)
        .collect();
    assert!(problems.iter().any(|text| text.contains("public_url")));
    assert!(problems.iter().any(|text| text.contains("[wechat]")));
    assert!(
        read("", Sandbox, &[])
            .expect("readable")
            .check()
            .iter()
            .all(|finding| finding.good)
    );
}

#[test]
fn odd_folders_make_good_addresses() {
    assert_eq!(
        embedded_url(Path::new("/a b/50%?#")),
        "sqlite:///a b/50%25%3f%23?mode=rwc"
    );
}

/// The names in serde's message about a field that is none: it lists those that there are.
fn listed(fault: &str) -> BTreeSet<String> {
    assert!(fault.contains("unknown field `zzz`"), "{fault}");
    fault
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| *name != "zzz")
        .map(str::to_owned)
        .collect()
}

/// The fields of the struct that is read from a table, `notices[]` for each table of a list.
fn fields_of(table: &str) -> BTreeSet<String> {
    let text = match table {
        "" => "zzz = 1".to_owned(),
        table => match table.strip_suffix("[]") {
            Some(list) => format!("[[{list}]]\nzzz = 1"),
            // A table below each table of a list.
            None => match table.split_once("[].") {
                Some((list, inner)) => format!("[[{list}]]\n[{list}.{inner}]\nzzz = 1"),
                None => format!("[{table}]\nzzz = 1"),
            },
        },
    };
    let read = |text: &str| -> String {
        if table.starts_with("wechat") {
            let text = text.replace("[wechat]\n", "").replace("wechat.", "");
            toml::from_str::<dika_wechat::Settings>(&text).map(drop)
        } else {
            toml::from_str::<super::file::File>(text).map(drop)
        }
        .expect_err(table)
        .to_string()
    };
    if table == "sms" {
        let of = |provider: &str| {
            let text = format!("provider = \"{provider}\"\nzzz = 1");
            listed(
                &toml::from_str::<dika_sms::Settings>(&text)
                    .expect_err("zzz")
                    .to_string(),
            )
        };
        let mut fields = of("aliyun");
        fields.extend(of("tencent"));
        fields.insert("provider".to_owned());
        return fields;
    }
    listed(&read(&text))
}

#[test]
fn the_table_of_settings_and_the_structs_agree() {
    let concrete = |key: &str| {
        key.replace("{issuer}", "gdut")
            .replace("{wallet}", "main")
            .replace("{terminal}", "gdut_load")
            .replace("{id}", "panyu")
            .replace("{name}", "east")
    };
    let mut tables: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for setting in SETTINGS {
        let parts: Vec<&str> = setting.key.split('.').collect();
        for at in 0..parts.len() {
            let table = concrete(&parts[..at].join("."));
            let names: Vec<String> = match parts[at] {
                "{issuer}" => vec!["gdut".to_owned(), "hemc".to_owned()],
                "{wallet}" => vec!["main".to_owned(), "utilities".to_owned()],
                "{terminal}" => ["service_point", "gdut_load", "gdut_top_up", "hemc_top_up"]
                    .map(str::to_owned)
                    .to_vec(),
                // A map: any name is right.
                "{id}" | "{name}" => continue,
                name => vec![name.trim_end_matches("[]").to_owned()],
            };
            tables.entry(table).or_default().extend(names);
        }
    }
    assert!(tables.len() > 15, "{tables:?}");
    for (table, named) in tables {
        assert_eq!(named, fields_of(&table), "the table [{table}]");
    }
}

#[test]
fn a_typing_error_names_its_line_and_the_nearest_setting() {
    for (text, told) in [
        (
            "\nlistne = \"a\"",
            "line 2: unknown setting listne; did you mean listen?",
        ),
        (
            "[issuers.gdut]\nhuors = \"a\"",
            "line 2: unknown setting issuers.gdut.huors; did you mean hours?",
        ),
        (
            "[connectors.gdtu]\nurl = \"a\"",
            "unknown setting connectors.gdtu; did you mean gdut?",
        ),
        (
            "[issuers.hemc.wallets.utilitys]\nmin_fen = 1",
            "did you mean utilities?",
        ),
        (
            "claim_within_s = 5",
            "did you mean issuers.{issuer}.wallets.{wallet}.claim_within_s?",
        ),
        (
            "[[notices]]\nzh = \"a\"\nen = \"b\"\n[[notices]]\nzh = \"a\"\nen = \"b\"\nutnil = 2027-01-01",
            "line 7: unknown setting notices.1.utnil; did you mean until?",
        ),
    ] {
        let fault = read(text, Production, &[]).expect_err(text).to_string();
        assert!(fault.contains(told), "{fault}");
    }
    let two = read("listne = 1\n[sign_in]\nreverify_days = 2", Production, &[]);
    assert_eq!(two.expect_err("two").to_string().lines().count(), 2);
}

#[test]
fn a_value_of_the_wrong_kind_names_its_line_and_what_is_expected() {
    let wallet = "[issuers.gdut.wallets.main]\n";
    for (text, told) in [
        (
            format!("{wallet}min_fen = \"20\""),
            "line 2: issuers.gdut.wallets.main.min_fen: a whole number is expected, not a text",
        ),
        (
            "[issuers.gdut]\nhours = \"6-23\"".to_owned(),
            "line 2: issuers.gdut.hours: hours like 06:30-23:30 are expected",
        ),
        (
            "[issuers.gdut]\nholidays = [\"2027-02-30\"]".to_owned(),
            "line 2: issuers.gdut.holidays",
        ),
        (
            "cards = \"biult-in\"".to_owned(),
            "line 1: cards: one of connectors, built-in is expected",
        ),
        (
            format!("{wallet}claim_terminals = [\"gdut_laod\"]"),
            "one of service_point, gdut_load, gdut_top_up, hemc_top_up is expected, not gdut_laod",
        ),
        (
            "[connectors.gdut]\nurl = \"https://a.example/\"\nsecret = \"whsec_hush\"".to_owned(),
            "line 3: connectors.gdut.secret: file:PATH or env:NAME is expected",
        ),
        (
            "[connectors.gdut]\nsecret = \"env:A\"".to_owned(),
            "connectors.gdut: url is missing",
        ),
    ] {
        let fault = read(&text, Production, &[]).expect_err(&text).to_string();
        assert!(fault.contains(told), "{told}: {fault}");
        assert!(!fault.contains("hush"), "{fault}");
    }
    let fault = read(
        "",
        Production,
        &[("DIKA_ISSUERS_GDUT_WALLETS_MAIN_MIN_FEN", "two")],
    );
    let fault = fault.expect_err("no number").to_string();
    assert!(
        fault.contains("DIKA_ISSUERS_GDUT_WALLETS_MAIN_MIN_FEN"),
        "{fault}"
    );
}

#[test]
fn each_value_says_where_it_comes_from() {
    let text = "public_url = \"https://a.example\"\n[issuers.gdut]\nhours = \"06:30-23:30\"\n\
        [issuers.gdut.wallets.main]\nmin_fen = 100\nmax_fen = 200\n";
    let env = [
        ("DIKA_ISSUERS_GDUT_WALLETS_MAIN_MAX_FEN", "300"),
        ("DIKA_DATABASE_URL", "postgres://a:hush@b/c"),
        ("DIKA_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
    ];
    let config = read(text, Production, &env).expect("readable");
    let lines = config.values(&config.merged(&BTreeMap::new())).join("\n");
    for told in [
        "value    listen = 127.0.0.1:8080  (default)",
        "dika.toml, line 1)",
        "value    database_url = set, not shown  (DIKA_DATABASE_URL)",
        "value    trusted_proxies = 127.0.0.1, 10.0.0.0/8  (DIKA_TRUSTED_PROXIES)",
        "value    issuers.gdut.hours = 06:30-23:30  (",
        "dika.toml, line 3)",
        "value    issuers.gdut.wallets.main.min_fen = 1.00 yuan  (",
        "value    issuers.gdut.wallets.main.max_fen = 3.00 yuan  (DIKA_ISSUERS_GDUT_WALLETS_MAIN_MAX_FEN)",
        "value    issuers.hemc.wallets.utilities.claim_within_s = 21600  (guide)",
        "value    issuers.hemc.hours = always  (default)",
    ] {
        assert!(lines.contains(told), "{told} in\n{lines}");
    }
    assert!(!lines.contains("hush"), "{lines}");
}

#[test]
fn a_wallet_without_limits_is_a_problem_where_nobody_else_can_give_them() {
    let problems = |text: &str| -> Vec<String> {
        let found = read(text, Production, &[]).expect("readable").check();
        let bad = found.into_iter().filter(|finding| !finding.good);
        bad.map(|finding| finding.text).collect()
    };
    let told = problems("cards = \"built-in\"");
    let of = |start: &str| told.iter().any(|text| text.starts_with(start));
    assert!(
        of("gdut main: takes no top-ups, because nobody gave min_fen, max_fen"),
        "{told:?}"
    );
    assert!(of("hemc utilities: takes no top-ups"), "{told:?}");
    let told = problems("cards = \"built-in\"\n[issuers.hemc]\ntop_ups = false");
    assert!(
        !told.iter().any(|text| text.starts_with("hemc")),
        "{told:?}"
    );
    // A connector may give them; it was not asked here.
    let folder = tempfile::tempdir().expect("a folder");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n").expect("a file");
    let told = problems(&format!(
        "[connectors.gdut]\nurl = \"https://a.example/\"\nsecret = \"file:{}\"",
        secret.display()
    ));
    assert!(
        !told.iter().any(|text| text.starts_with("gdut")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|text| text.starts_with("[connectors.hemc] is missing")),
        "{told:?}"
    );
}

#[test]
fn a_rehearsal_is_a_problem_and_starts_on_this_machine_only() {
    let good = "rehearsal = true\npublic_url = \"http://127.0.0.1:8080\"\n\
        [wechat.hosts]\npay = \"http://127.0.0.1:1\"\napi = \"http://127.0.0.1:1\"\nopen = \"http://127.0.0.1:1\"\n\
        [connectors.gdut]\nurl = \"http://127.0.0.1:9/\"\nsecret = \"env:PATH\"\n";
    let config = read(good, Production, &[]).expect("readable");
    assert_eq!(config.settings.deployment, Deployment::Rehearsal);
    config.refuse_simulators().expect("all of it is here");
    let told: Vec<String> = config.check().iter().map(ToString::to_string).collect();
    assert!(
        told.iter()
            .any(|line| line.starts_with("problem  rehearsal is on")),
        "{told:?}"
    );
    for (here, there, told) in [
        (
            "http://127.0.0.1:8080",
            "https://dika.example.edu",
            "public_url",
        ),
        (
            "rehearsal = true",
            "rehearsal = true\nlisten = \"0.0.0.0:80\"",
            "listen",
        ),
        ("pay = \"http://127.0.0.1:1\"\n", "", "[wechat.hosts]"),
        (
            "http://127.0.0.1:9/",
            "https://cards.example.edu/",
            "[connectors.gdut] url",
        ),
        (
            "[wechat.hosts]",
            "[sms]\nprovider = \"aliyun\"\n[wechat.hosts]",
            "[sms] endpoint",
        ),
    ] {
        let text = good.replace(here, there);
        let config = read(&text, Production, &[]).expect("readable");
        let fault = config.refuse_simulators().expect_err(there).to_string();
        assert!(fault.contains(told), "{fault}");
    }
    assert!(read("rehearsal = true", Sandbox, &[]).is_err());
}

#[test]
fn secrets_do_not_stand_in_the_file() {
    let text = "database_url = \"postgres://dika:hush@db/dika\"\n[wechat]\napp_secret = \"hush\"\n\
        api_v3_key = \"env:A\"\n[sms]\naccess_key_secret = \"hush\"\n";
    let found = read(text, Production, &[]).expect("readable").check();
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    let told = told.join("\n");
    for part in [
        "problem  [wechat] app_secret stands in the settings file",
        "problem  [sms] access_key_secret stands in the settings file",
        "holds a password; set DIKA_DATABASE_URL instead",
    ] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    assert!(
        !told.contains("hush") && !told.contains("api_v3_key stands"),
        "{told}"
    );
}

#[test]
fn the_operator_is_named_to_students_and_missed_where_nobody_is() {
    let text = "[operator]\nsince = \"2026-12-01\"\n\
        [operator.zh]\nname = \"学校\"\ncontact = \"1\"\nretention = \"五年。\"\n\
        [operator.en]\nname = \"The school\"\ncontact = \"1\"\nretention = \"Five years.\"\n";
    let config = read(text, Production, &[]).expect("good");
    let named = config.settings.directory.operator.as_ref().expect("named");
    assert_eq!(
        (named.zh.as_str(), named.en.as_str()),
        ("学校", "The school")
    );
    let told = |config: &Config| {
        let found = config.check().into_iter();
        found
            .map(|finding| finding.to_string())
            .find(|line| line.contains("/privacy"))
            .expect("a finding")
    };
    assert!(told(&config).starts_with("ok"), "{}", told(&config));
    let nobody = read("", Production, &[]).expect("readable");
    assert!(nobody.settings.directory.operator.is_none());
    assert!(told(&nobody).starts_with("problem"), "{}", told(&nobody));
    assert!(read(&text.replace("contact", "contacts"), Production, &[]).is_err());
}
