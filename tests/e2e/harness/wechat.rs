//! WeChat around the app: the simulator of Tencent's side, and the bridge that WeChat puts into its
//! pages, as documented: there a moment after the page, with an event; one answer per call.

use std::{ffi::OsStr, path::PathBuf};

use serde_json::{Value, json};

use super::{App, Options, place, port::free_port, process::Guarded, server::Server, tell};

/// WeChat on Android, the engine that it has carried since 2025.
pub const ANDROID: &str = "Mozilla/5.0 (Linux; Android 14; V2307A Build/UP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/138.0.7204.180 Mobile Safari/537.36 XWEB/1380215 MMWEBSDK/20250503 MicroMessenger/8.0.61.2880(0x28003D50) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64";
/// WeChat on an iPhone.
pub const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003237) NetType/WIFI Language/zh_CN";
/// WeChat on a desktop, whose bridge does not pay.
pub const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/132.0.0.0 Safari/537.36 NetType/WIFI MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat(0x63090a13) UnifiedPCWindowsWechat(0xf2541022) XWEB/16467 Flue";
/// An ordinary browser on a desktop.
pub const DESKTOP: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36";
/// A phone's ordinary browser.
pub const PHONE_BROWSER: &str = "Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36";

/// The bridge. What the page asks for is kept for the journey, which answers; so are the events that it
/// listens to, and what else it tells.
const BRIDGE: &str = "
    window.journeyCalls = [];
    window.journeyEvents = {};
    window.journeyTold = [];
    const bridge = {
        invoke(name, parameters, answer) {
            if (name === 'getBrandWCPayRequest') window.journeyCalls.push({ parameters, answer });
            else window.journeyTold.push([name, parameters]);
        },
        on(name, call) { window.journeyEvents[name] = call; },
    };
    document.addEventListener('DOMContentLoaded', () => setTimeout(() => {
        window.WeixinJSBridge = bridge;
        document.dispatchEvent(new Event('WeixinJSBridgeReady'));
    }, 150));
";

/// The simulator of one journey.
#[derive(Debug)]
pub struct WeChat {
    origin: String,
    client: reqwest::Client,
    folder: PathBuf,
    program: Option<Guarded>,
}

/// Tells a story in Chromium under another name, beside a simulator that the server takes for WeChat.
/// Under WeChat's name the browser has its bridge.
pub fn wechat_journey(agent: &'static str, story: impl AsyncFnOnce(&App, &WeChat)) {
    stranger_journey(agent, async |app, wechat| {
        give_bridge(app, agent).await;
        story(app, wechat).await;
    });
}

/// Puts WeChat's bridge into the pages of a browser that has WeChat's name.
pub(super) async fn give_bridge(app: &App, agent: &str) {
    if agent.contains("MicroMessenger") {
        app.before_every_page(BRIDGE).await;
    }
}

/// The same in a browser that has only WeChat's name, as somebody who tries the sandbox has it.
pub fn stranger_journey(agent: &'static str, story: impl AsyncFnOnce(&App, &WeChat)) {
    let (port, server_origin) = free_origin();
    let (wechat, merchant) = WeChat::start(&server_origin);
    let config = wechat.folder.join("server.toml");
    let text = format!(
        "public_url = \"{server_origin}\"\nwechat = {}\n",
        toml(&merchant)
    );
    std::fs::write(&config, text).expect("the server's settings are written");
    let server = Server::start_with(port, Some(&config));
    let options = Options {
        user_agent: Some(agent),
        ..Options::default()
    };
    tell(server, options, async |app| {
        story(app, &wechat).await;
    });
}

/// A port that nobody listens at, and the origin there: each side has to know the other's address before it starts.
pub(super) fn free_origin() -> (u16, String) {
    let port = free_port();
    (port, format!("http://127.0.0.1:{port}"))
}

/// JSON as TOML on one line; TOML has no word for null.
pub(super) fn toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: Vec<String> = fields
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| format!("{} = {}", json!(name), toml(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(toml).collect();
            format!("[{}]", items.join(", "))
        }
        plain => plain.to_string(),
    }
}

impl WeChat {
    /// Starts one for the server that will be there; gives the merchant's settings, too.
    pub(super) fn start(server_origin: &str) -> (Self, Value) {
        let folder = std::env::temp_dir().join(format!(
            "dika-e2e-wechat-{}-{}",
            std::process::id(),
            place::number()
        ));
        std::fs::create_dir_all(&folder).expect("a folder for the simulator's settings");
        let settings = folder.join("settings.json");
        let notify = format!("{server_origin}/api/v1/wechat/notify");
        let arguments = [
            OsStr::new("--addr"),
            OsStr::new("127.0.0.1:0"),
            OsStr::new("--notify-url"),
            OsStr::new(&notify),
            OsStr::new("--settings"),
            settings.as_os_str(),
        ];
        let (program, origin) = Guarded::start(
            &place::wechat_simulator(),
            &arguments,
            &[],
            &folder.join("simulator.log"),
            |line| {
                let address = line.strip_prefix("WeChat simulator on ")?;
                Some(address.trim().trim_end_matches("/sim").to_owned())
            },
        );
        let text = std::fs::read_to_string(&settings).expect("the simulator wrote its settings");
        let merchant: Value = serde_json::from_str(&text).expect("JSON");
        let wechat = Self {
            origin,
            client: reqwest::Client::new(),
            folder,
            program: Some(program),
        };
        (wechat, merchant)
    }

    /// Lets time go by on WeChat's side.
    pub async fn later(&self, seconds: u32) {
        self.post("/sim/control/clock/advance", json!({ "seconds": seconds }))
            .await;
    }

    /// Signs in as WeChat does it, without typing, and comes back to a page.
    pub async fn sign_in(&self, app: &App, path: &str, page: &str) {
        app.goto(&format!("/wechat/authorize?return_to={path}"))
            .await;
        app.page(page).await;
        assert_eq!(app.path().await, path, "a clean address");
    }

    /// Waits until the page asks the bridge to pay; gives what it asked with.
    pub async fn asked_to_pay(&self, app: &App) -> Value {
        app.wait(
            "the page to ask WeChat's bridge",
            "return window.journeyCalls?.at(-1)?.parameters ?? null",
            json!([]),
        )
        .await
    }

    /// What WeChat does with such a wish; gives what it would tell the page.
    pub async fn decides(&self, parameters: &Value, outcome: &str) -> Value {
        let mut wish = parameters.clone();
        wish["outcome"] = json!(outcome);
        self.post("/sim/jsapi-pay", wish).await
    }

    /// Tells the page.
    pub async fn answers(&self, app: &App, result: &Value) {
        app.ask(
            "window.journeyCalls.pop().answer(arguments[0])",
            json!([result]),
        )
        .await;
    }

    /// Waits for the page's wish, decides, and tells the page: `ok`, `cancel`, `fail`.
    pub async fn pays(&self, app: &App, outcome: &str) {
        let wish = self.asked_to_pay(app).await;
        let result = self.decides(&wish, outcome).await;
        self.answers(app, &result).await;
    }

    /// Changes how the simulator behaves.
    pub async fn behaves(&self, behaviour: Value) {
        self.post("/sim/control/behaviour", behaviour).await;
    }

    /// Lets calls of the simulator's side go wrong: a rule of its `/sim/control/faults`.
    pub async fn fails(&self, rule: Value) {
        self.post("/sim/control/faults", rule).await;
    }

    /// No more of that.
    pub async fn works_again(&self) {
        let url = format!("{}/sim/control/faults", self.origin);
        let reply = self.client.delete(url).send().await;
        reply.expect("the simulator answers");
    }

    /// How often the server has made a kind of call: `query`, `swap_code`.
    pub async fn calls(&self, kind: &str) -> u64 {
        let url = format!("{}/sim/control/calls", self.origin);
        let reply = self.client.get(url).send().await;
        let calls: Value = reply
            .expect("the simulator answers")
            .json()
            .await
            .expect("JSON");
        calls[kind].as_u64().unwrap_or_default()
    }

    /// Pays what a scanned code says, as the phone does that scanned it.
    pub async fn pay_scanned(&self, code: &str) {
        let ticket = code
            .strip_prefix("weixin://wxpay/bizpayurl?pr=")
            .unwrap_or_else(|| panic!("{code} is no code of WeChat Pay's"));
        let url = format!("{}/sim/native/{ticket}", self.origin);
        let reply = self
            .client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body("do=pay");
        let reply = reply.send().await.expect("the simulator answers");
        let page = reply.text().await.expect("a whole page");
        assert!(page.contains("支付成功"), "{page}");
    }

    /// Where a page of WeChat's leads to, without going there.
    pub async fn leads_to(&self, url: &str) -> String {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        let reply = client.get(url).send().await.expect("WeChat answers");
        let to = reply.headers().get("location").expect("it leads on");
        to.to_str().expect("an address").to_owned()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.origin);
        let reply = self.client.post(&url).json(&body).send().await;
        let reply = reply.expect("the simulator answers");
        let status = reply.status();
        let text = reply.text().await.expect("a whole answer");
        assert!(status.is_success(), "{url}: {status} {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

impl Drop for WeChat {
    fn drop(&mut self) {
        drop(self.program.take());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}
