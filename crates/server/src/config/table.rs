//! Every setting in one table. The settings file is checked against it, `docs/settings.md` is written from it, and a
//! test compares it with the structs that are read.

/// What a setting's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Whole,
    /// `true` or `false`.
    Switch,
    /// A list of texts; separated by commas in the environment.
    Texts,
    /// A list of whole numbers.
    Wholes,
    /// A text that is never shown.
    Secret,
    /// A table whose keys are free.
    Table,
    /// A list of tables.
    Tables,
}

impl Kind {
    /// As the document names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Whole => "whole number",
            Self::Switch => "true or false",
            Self::Texts => "list of texts",
            Self::Wholes => "list of whole numbers",
            Self::Secret => "text, never shown",
            Self::Table => "table",
            Self::Tables => "list of tables",
        }
    }
}

/// A setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its tables and its name, separated by dots. `{issuer}`, `{wallet}` and `{terminal}` stand for each of them,
    /// `{id}` and `{name}` for any name, `[]` for each table of a list.
    pub key: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What holds where it is left out.
    pub default: &'static str,
    /// What is checked.
    pub check: &'static str,
    /// What it does.
    pub meaning: &'static str,
}

const fn setting(
    key: &'static str,
    kind: Kind,
    default: &'static str,
    check: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        default,
        check,
        meaning,
    }
}

use Kind::{Secret, Switch, Table, Tables, Text, Texts, Whole, Wholes};

const NONE: &str = "none";
const NEEDED: &str = "needed";
const SECRET: &str =
    "`file:PATH` or `env:NAME`; can be read; `whsec_` and base64 of 24 to 64 bytes";
const MONEY: &str = "the limits of a wallet agree: 0 < min ≤ max, daily and cap not below min";

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    setting(
        "listen",
        Text,
        "`127.0.0.1:8080`",
        "an address and a port",
        "Where the server listens; port 0 takes a free one.",
    ),
    setting(
        "data_dir",
        Text,
        "`data`",
        "can be made",
        "Where the SQLite database lies.",
    ),
    setting(
        "app_dir",
        Text,
        "none: the API alone",
        "holds `index.html`",
        "The built app.",
    ),
    setting(
        "database_url",
        Secret,
        "SQLite in `data_dir`",
        "begins with `postgres:` or `sqlite:`; a password does not stand in the file",
        "The database. With a password: `DIKA_DATABASE_URL`.",
    ),
    setting(
        "database.tls",
        Text,
        "the URL's `sslmode`; without it `verify-full`, on this machine `prefer`",
        "`disable`, `prefer`, `require`, `verify-ca` or `verify-full`",
        "What of TLS is asked of PostgreSQL.",
    ),
    setting(
        "database.ca_file",
        Text,
        "public authorities",
        "",
        "A PEM file: who may vouch for PostgreSQL's certificate.",
    ),
    setting(
        "database.locks",
        Text,
        "`advisory`",
        "`advisory` or `rows`; the same at all servers",
        "What a change locks: an advisory lock, or a row, for engines that speak PostgreSQL's protocol without them.",
    ),
    setting(
        "database.connections",
        Whole,
        "`32`",
        "at least 2",
        "Connections to PostgreSQL of each server; half of them may write.",
    ),
    setting(
        "database.acquire_timeout_s",
        Whole,
        "`5`",
        "at least 1",
        "How long a call waits for a connection before it is told *busy*.",
    ),
    setting(
        "database.lock_timeout_s",
        Whole,
        "`5`",
        "at least 1",
        "How long PostgreSQL waits for a lock.",
    ),
    setting(
        "database.statement_timeout_s",
        Whole,
        "`20`",
        "at least 1",
        "How long PostgreSQL works on one statement.",
    ),
    setting(
        "database.idle_in_transaction_timeout_s",
        Whole,
        "`30`",
        "at least 1",
        "After how long PostgreSQL ends a change in which nothing happens.",
    ),
    setting(
        "public_url",
        Text,
        NEEDED,
        "https, without a path",
        "Where people reach the app.",
    ),
    setting(
        "allowed_origins",
        Texts,
        NONE,
        "origins",
        "Other origins whose apps may call.",
    ),
    setting(
        "api_origin",
        Text,
        "the app's own",
        "an origin",
        "Where the app's pages call the API.",
    ),
    setting(
        "verify_dir",
        Text,
        NONE,
        "holds an `MP_verify_….txt` where WeChat is connected",
        "Files for WeChat's domain check.",
    ),
    setting(
        "trusted_proxies",
        Texts,
        NONE,
        "addresses or nets",
        "Whose `X-Forwarded-For` is believed.",
    ),
    setting(
        "maintenance",
        Switch,
        "`false`",
        "",
        "Answers every call with *closed for maintenance*.",
    ),
    setting(
        "service_worker",
        Switch,
        "`true`",
        "",
        "Whether browsers may keep the app for times without a network.",
    ),
    setting(
        "rehearsal",
        Switch,
        "`false`",
        "always a problem; then everything lies on this machine",
        "Starts beside simulators on this machine, to rehearse: no real money, no real cards.",
    ),
    setting(
        "cards",
        Text,
        "`connectors`",
        "`connectors` or `built-in`",
        "Which card system is asked: the school's behind connectors, or the ledger in this database for places without one.",
    ),
    setting(
        "checked_on",
        Text,
        "the guide's day",
        "a day, `2026-11-22`",
        "When the facts below were last checked; students see it.",
    ),
    setting(
        "complaints_email",
        Text,
        "the guide's",
        "",
        "Complaints and suggestions.",
    ),
    setting(
        "connectors.{issuer}.url",
        Text,
        NEEDED,
        "https, or this machine",
        "The connector's address.",
    ),
    setting(
        "connectors.{issuer}.secret",
        Secret,
        NEEDED,
        SECRET,
        "The key that signs calls and callbacks.",
    ),
    setting(
        "connectors.{issuer}.other_secret",
        Secret,
        NONE,
        SECRET,
        "The other key while it is changed; calls carry both signatures.",
    ),
    setting(
        "connectors.{issuer}.time_limit_s",
        Whole,
        "8",
        "1 to 20",
        "How long a call may take. A student is kept waiting for 3 s at most; what takes longer is finished behind the scenes.",
    ),
    setting(
        "connectors.{issuer}.breaker_silences",
        Whole,
        "5",
        "1 or more",
        "After so many calls in a row without an answer the next ones fail at once.",
    ),
    setting(
        "connectors.{issuer}.breaker_pause_s",
        Whole,
        "5",
        "1 to 600",
        "How long they do; doubles up to a minute while it stays silent.",
    ),
    setting(
        "connectors.{issuer}.direct",
        Switch,
        "`false`; `true` on this machine",
        "",
        "Skips the proxy that the environment names.",
    ),
    setting(
        "machines.{name}.kind",
        Text,
        NEEDED,
        "`service_point`, `gdut_load`, `gdut_top_up` or `hemc_top_up`; only with `cards = \"built-in\"`",
        "What kind of machine sends taps under this name.",
    ),
    setting(
        "machines.{name}.secret",
        Secret,
        NEEDED,
        SECRET,
        "The key that signs its calls.",
    ),
    setting(
        "machines.{name}.other_secret",
        Secret,
        NONE,
        SECRET,
        "The other key while it is changed.",
    ),
    setting(
        "issuers.{issuer}.top_ups",
        Switch,
        "`true`",
        "a connector and all limits are there, or `false`",
        "Whether these cards can be topped up here.",
    ),
    setting(
        "issuers.{issuer}.hours",
        Text,
        "the connector's, else always",
        "`06:30-23:30`, up to `24:00`",
        "When top-ups are taken, in China.",
    ),
    setting(
        "issuers.{issuer}.holidays",
        Texts,
        NONE,
        "days, `2027-01-01`, or spans, `2027-02-10/2027-02-17`",
        "Days on which no top-ups are taken.",
    ),
    setting(
        "issuers.{issuer}.site",
        Text,
        "the guide's",
        "",
        "The issuer's site.",
    ),
    setting(
        "issuers.{issuer}.official_account",
        Text,
        "the guide's",
        "",
        "The official account in WeChat.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.min_fen",
        Whole,
        "the connector's; else needed",
        MONEY,
        "The smallest top-up.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.max_fen",
        Whole,
        "the connector's; else needed",
        MONEY,
        "The largest top-up.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.daily_fen",
        Whole,
        "the connector's; else needed",
        MONEY,
        "The most for one card on one day in China.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.cap_fen",
        Whole,
        "the connector's; else needed",
        MONEY,
        "The most that the wallet may hold, waiting money included.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.presets_fen",
        Wholes,
        "the connector's, else none",
        "from min to max",
        "Amounts to choose with one tap.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.warn_from_fen",
        Whole,
        "the connector's, else none",
        "",
        "From here on the app says what happens to the money when the card is lost.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.claim_terminals",
        Texts,
        "the connector's, else the guide's",
        "kinds of machines that serve this issuer's cards",
        "Where paid money is collected; an empty list: it is on the card at once.",
    ),
    setting(
        "issuers.{issuer}.wallets.{wallet}.claim_within_s",
        Whole,
        "the connector's, else the guide's",
        "0 or more",
        "Within how many seconds it is collected before the student has to confirm; 0: without a limit.",
    ),
    setting(
        "terminals.{terminal}.name.zh",
        Text,
        "the guide's",
        "both languages",
        "What is written on machines of this kind.",
    ),
    setting(
        "terminals.{terminal}.name.en",
        Text,
        "the guide's",
        "both languages",
        "The same in English.",
    ),
    setting(
        "terminals.{terminal}.whereabouts.zh",
        Text,
        "the guide's",
        "both languages",
        "Where to look for one.",
    ),
    setting(
        "terminals.{terminal}.whereabouts.en",
        Text,
        "the guide's",
        "both languages",
        "The same in English.",
    ),
    setting(
        "service_points.{id}.closed",
        Switch,
        "`false`",
        "the guide has this desk",
        "Takes a desk of the guide off the list.",
    ),
    setting(
        "service_points.{id}.name.zh",
        Text,
        "the guide's; needed for a new desk",
        "both languages",
        "The desk's name.",
    ),
    setting(
        "service_points.{id}.name.en",
        Text,
        "the guide's; needed for a new desk",
        "both languages",
        "The same in English.",
    ),
    setting(
        "service_points.{id}.address.zh",
        Text,
        "the guide's; needed for a new desk",
        "both languages",
        "Where it is.",
    ),
    setting(
        "service_points.{id}.address.en",
        Text,
        "the guide's; needed for a new desk",
        "both languages",
        "The same in English.",
    ),
    setting(
        "service_points.{id}.campus",
        Text,
        "the guide's; needed for a new desk",
        "`daxuecheng`, `longdong`, `dongfenglu` or `panyu`",
        "On which campus.",
    ),
    setting(
        "service_points.{id}.issuers",
        Texts,
        "the guide's; needed for a new desk",
        "`gdut`, `hemc`",
        "The cards it helps with.",
    ),
    setting(
        "service_points.{id}.phones",
        Tables,
        "the guide's",
        "",
        "Its phones, in place of the guide's.",
    ),
    setting(
        "service_points.{id}.phones[].number",
        Text,
        NEEDED,
        "",
        "As dialled.",
    ),
    setting(
        "service_points.{id}.phones[].issuers",
        Texts,
        "all cards",
        "`gdut`, `hemc`",
        "The cards it answers for.",
    ),
    setting(
        "service_points.{id}.phones[].note.zh",
        Text,
        NONE,
        "both languages",
        "Whose it is, where it is not a card desk's.",
    ),
    setting(
        "service_points.{id}.phones[].note.en",
        Text,
        NONE,
        "both languages",
        "The same in English.",
    ),
    setting(
        "service_points.{id}.hours.zh",
        Text,
        "the guide's",
        "both languages",
        "When it is open, in words.",
    ),
    setting(
        "service_points.{id}.hours.en",
        Text,
        "the guide's",
        "both languages",
        "The same in English.",
    ),
    setting(
        "notices",
        Tables,
        NONE,
        "",
        "What students should know for a time: a machine that is out of order, a holiday.",
    ),
    setting("notices[].zh", Text, NEEDED, "", "The sentence in Chinese."),
    setting("notices[].en", Text, NEEDED, "", "The same in English."),
    setting(
        "notices[].issuers",
        Texts,
        "all cards",
        "`gdut`, `hemc`",
        "The cards that it is about.",
    ),
    setting(
        "notices[].from",
        Text,
        "at once",
        "a day",
        "From this day on.",
    ),
    setting(
        "notices[].until",
        Text,
        "without an end",
        "a day",
        "Up to this day, included.",
    ),
    setting(
        "retention.bindings_days",
        Whole,
        "30",
        "1 to 365",
        "After so many days the question whose card it is (masked name and number) is deleted, answered or not.",
    ),
    setting(
        "retention.devices_days",
        Whole,
        "400",
        "30 to 400",
        "After so many days without a visit a browser counts as a new one.",
    ),
    setting(
        "retention.messages_days",
        Whole,
        "90",
        "7 to 3650",
        "After so many days a message in WeChat that was sent or given up is deleted, and who had allowed it is forgotten.",
    ),
    setting(
        "retention.notes_days",
        Whole,
        "1095",
        "30 to 3650",
        "After so many days a note of the desk's is deleted.",
    ),
    setting(
        "sign_in.reverify_after_days",
        Whole,
        "120",
        "0 or more",
        "In a browser known from before, cards are hidden until their password is given again when the number was last proven longer ago.",
    ),
    setting(
        "sign_in.new_device_after_days",
        Whole,
        "45",
        "0 or more",
        "The same in any other browser; 0: every new browser asks.",
    ),
    setting(
        "operator.since",
        Text,
        NEEDED,
        NONE,
        "The day since which the words on `/privacy` and `/terms` apply.",
    ),
    setting(
        "operator.zh.name",
        Text,
        NEEDED,
        NONE,
        "Who runs the service and receives the money, in Chinese.",
    ),
    setting(
        "operator.zh.contact",
        Text,
        NEEDED,
        NONE,
        "Where to ask about one's data or to complain, in Chinese.",
    ),
    setting(
        "operator.zh.retention",
        Text,
        NEEDED,
        NONE,
        "How long accounts and orders are kept: whole sentences in Chinese.",
    ),
    setting(
        "operator.zh.privacy",
        Text,
        NONE,
        NONE,
        "More on privacy in Chinese; may have several lines.",
    ),
    setting(
        "operator.zh.terms",
        Text,
        NONE,
        NONE,
        "More terms in Chinese; may have several lines.",
    ),
    setting(
        "operator.en.name",
        Text,
        NEEDED,
        NONE,
        "Who runs the service and receives the money, in English.",
    ),
    setting(
        "operator.en.contact",
        Text,
        NEEDED,
        NONE,
        "Where to ask about one's data or to complain, in English.",
    ),
    setting(
        "operator.en.retention",
        Text,
        NEEDED,
        NONE,
        "How long accounts and orders are kept: whole sentences in English.",
    ),
    setting(
        "operator.en.privacy",
        Text,
        NONE,
        NONE,
        "More on privacy in English; may have several lines.",
    ),
    setting(
        "operator.en.terms",
        Text,
        NONE,
        NONE,
        "More terms in English; may have several lines.",
    ),
    setting(
        "wechat.mchid",
        Text,
        NEEDED,
        "8 to 10 digits",
        "The merchant number.",
    ),
    setting(
        "wechat.appid",
        Text,
        NEEDED,
        "`wx` and 16 characters",
        "The official account's id.",
    ),
    setting(
        "wechat.app_secret",
        Secret,
        "`DIKA_WECHAT_APP_SECRET`",
        "`file:PATH` or `env:NAME`; can be read",
        "The official account's secret.",
    ),
    setting(
        "wechat.api_v3_key",
        Secret,
        "`DIKA_WECHAT_API_V3_KEY`",
        "`file:PATH` or `env:NAME`; 32 characters",
        "The APIv3 key.",
    ),
    setting(
        "wechat.merchant_key",
        Secret,
        "`DIKA_WECHAT_MERCHANT_KEY`",
        "a path; a private RSA key",
        "The merchant's private key.",
    ),
    setting(
        "wechat.merchant_serial",
        Text,
        "the certificate's",
        "fits the certificate",
        "Serial of the merchant's certificate.",
    ),
    setting(
        "wechat.merchant_certificate",
        Text,
        NONE,
        "a path; fits the key; in date for 30 days",
        "The merchant's certificate.",
    ),
    setting(
        "wechat.platform_keys",
        Tables,
        NEEDED,
        "one that is in date",
        "WeChat Pay's verifying keys.",
    ),
    setting(
        "wechat.platform_keys[].id",
        Text,
        "the certificate's serial",
        "`PUB_KEY_ID_…` for a public key",
        "The key's id.",
    ),
    setting(
        "wechat.platform_keys[].pem",
        Text,
        NEEDED,
        "a path; a public key or certificate",
        "The key.",
    ),
    setting(
        "wechat.notify_url",
        Text,
        "follows from `public_url`",
        "this server's",
        "Where WeChat Pay sends notifications of payments.",
    ),
    setting(
        "wechat.refund_notify_url",
        Text,
        "`notify_url`",
        "https",
        "Where it sends those of refunds.",
    ),
    setting(
        "wechat.subscribe_template_id",
        Text,
        "none: no messages",
        "",
        "The template of one-time messages.",
    ),
    setting(
        "wechat.time_limit_s",
        Whole,
        "10",
        "1 to 60",
        "Seconds allowed for one call.",
    ),
    setting(
        "wechat.hosts.pay",
        Text,
        "Tencent's",
        "not on this machine",
        "WeChat Pay's API. Only a rehearsal changes it.",
    ),
    setting(
        "wechat.hosts.api",
        Text,
        "Tencent's",
        "not on this machine",
        "The public platform's API. Only a rehearsal changes it.",
    ),
    setting(
        "wechat.hosts.open",
        Text,
        "Tencent's",
        "not on this machine",
        "The sign-in page. Only a rehearsal changes it.",
    ),
    setting(
        "wechat.hosts.mp",
        Text,
        "Tencent's",
        "not on this machine",
        "The page on which a message is allowed. Only a rehearsal changes it.",
    ),
    setting(
        "sms.provider",
        Text,
        NEEDED,
        "`aliyun` or `tencent`",
        "Who sends codes. Without `[sms]` people sign in by WeChat alone.",
    ),
    setting(
        "sms.access_key_id",
        Text,
        "needed by aliyun",
        "not empty",
        "AccessKey ID of a RAM user that may call `dysms:SendSms`.",
    ),
    setting(
        "sms.access_key_secret",
        Secret,
        "needed by aliyun",
        "`file:PATH` or `env:NAME`; can be read",
        "Its secret.",
    ),
    setting(
        "sms.template_code",
        Text,
        "needed by aliyun",
        "not empty",
        "The approved template, `SMS_…`.",
    ),
    setting(
        "sms.secret_id",
        Text,
        "needed by tencent",
        "not empty",
        "SecretId of a CAM user that may call `sms:SendSms`.",
    ),
    setting(
        "sms.secret_key",
        Secret,
        "needed by tencent",
        "`file:PATH` or `env:NAME`; can be read",
        "Its SecretKey.",
    ),
    setting(
        "sms.sdk_app_id",
        Text,
        "needed by tencent",
        "not empty",
        "SdkAppId of the SMS application.",
    ),
    setting(
        "sms.template_id",
        Text,
        "needed by tencent",
        "not empty",
        "The approved template.",
    ),
    setting(
        "sms.region",
        Text,
        "`ap-guangzhou`",
        "",
        "Tencent: the region called.",
    ),
    setting(
        "sms.sign_name",
        Text,
        NEEDED,
        "without brackets",
        "The approved signature.",
    ),
    setting(
        "sms.template_params",
        Table,
        "the code alone",
        "`{code}` is in it",
        "The template's parameters: aliyun a table by name, tencent a list. `{code}` and `{minutes}` are replaced.",
    ),
    setting(
        "sms.endpoint",
        Text,
        "the provider's",
        "https; not on this machine",
        "The address called. Only a rehearsal changes it.",
    ),
    setting(
        "sms.time_limit_s",
        Whole,
        "8",
        "1 to 60",
        "Seconds allowed for one call.",
    ),
];

/// The names that a placeholder stands for; any where it is empty.
fn names(placeholder: &str) -> Option<&'static [&'static str]> {
    match placeholder {
        "{issuer}" => Some(&["gdut", "hemc"]),
        "{wallet}" => Some(&["main", "utilities"]),
        "{terminal}" => Some(&["service_point", "gdut_load", "gdut_top_up", "hemc_top_up"]),
        "{id}" | "{name}" => Some(&[]),
        _ => None,
    }
}

/// Whether a segment of a key in the file is one of a setting's key.
fn fits(pattern: &str, segment: &str) -> bool {
    match names(pattern) {
        None => pattern == segment,
        Some([]) => true,
        Some(names) => names.contains(&segment),
    }
}

/// What a key in the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A setting.
    Setting(Kind),
    /// A table of settings.
    Group,
    /// Nothing that anybody knows.
    Nothing,
}

/// Looks a key up, `notices[].zh` for each table of a list.
pub(super) fn lookup(key: &str) -> Found {
    let mut found = Found::Nothing;
    for setting in SETTINGS {
        let mut pattern = setting.key.split('.');
        let fits = key
            .split('.')
            .all(|segment| pattern.next().is_some_and(|part| fits(part, segment)));
        if fits && pattern.next().is_none() {
            return Found::Setting(setting.kind);
        }
        if fits {
            found = Found::Group;
        }
    }
    found
}

/// The known name nearest to one that nobody knows, beside its siblings in `table`; or, where that is far away, the
/// same name in another table.
pub(super) fn nearest(table: &str, name: &str) -> String {
    let mut siblings = Vec::new();
    for setting in SETTINGS {
        let mut pattern = setting.key.split('.');
        let inside = table.is_empty()
            || table
                .split('.')
                .all(|segment| pattern.next().is_some_and(|part| fits(part, segment)));
        let next = pattern.next().filter(|_| inside);
        match next.map(|next| (next, names(next))) {
            None | Some((_, Some([]))) => {}
            Some((next, None)) => siblings.push(next.trim_end_matches("[]")),
            Some((_, Some(names))) => siblings.extend(names),
        }
    }
    let distance = |known: &&str| strsim::damerau_levenshtein(known, name);
    let sibling = siblings.into_iter().min_by_key(distance);
    let elsewhere = SETTINGS
        .iter()
        .find(|setting| setting.key.rsplit('.').next() == Some(name));
    match (sibling, elsewhere) {
        (Some(sibling), _) if distance(&sibling) <= 3 => sibling.to_owned(),
        (_, Some(elsewhere)) => elsewhere.key.to_owned(),
        (Some(sibling), None) => sibling.to_owned(),
        (None, None) => "another".to_owned(),
    }
}

/// A setting as an environment variable.
pub(super) struct Variable {
    /// `DIKA_LISTEN`.
    pub(super) name: String,
    /// `listen`.
    pub(super) key: String,
    /// What its value is.
    pub(super) kind: Kind,
}

/// Every setting that can come as an environment variable: those with names that are known beforehand. The tables of
/// WeChat and SMS read their secrets from variables themselves.
pub(super) fn variables() -> Vec<Variable> {
    let mut variables = Vec::new();
    for setting in SETTINGS {
        let group = setting.key.split('.').next().unwrap_or_default();
        let listed = matches!(setting.kind, Table | Tables) || setting.key.contains("[]");
        if listed || ["wechat", "sms"].contains(&group) {
            continue;
        }
        for key in keys(setting.key) {
            variables.push(Variable {
                name: format!("DIKA_{}", key.replace('.', "_").to_ascii_uppercase()),
                key,
                kind: setting.kind,
            });
        }
    }
    variables
}

/// A setting's key with every known name in place of its placeholders; none where a name is free.
pub(super) fn keys(pattern: &str) -> Vec<String> {
    let mut keys = vec![String::new()];
    for part in pattern.split('.') {
        let own = [part];
        let parts = names(part).unwrap_or(&own);
        keys = keys
            .iter()
            .flat_map(|key| {
                parts.iter().map(move |part| {
                    if key.is_empty() {
                        (*part).to_owned()
                    } else {
                        format!("{key}.{part}")
                    }
                })
            })
            .collect();
    }
    keys
}
