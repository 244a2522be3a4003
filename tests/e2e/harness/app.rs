use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use thirtyfour::{By, error::WebDriverResult};

use super::{
    browser::{Browser, Engine, Options},
    place,
    sandbox::Sandbox,
    server::Server,
};

/// How long anything on a page may take to happen. Machines that test are slow; people are not asked
/// to wait so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often to look.
const LOOK_AGAIN: Duration = Duration::from_millis(80);

/// Finds the first shown element of a selector and puts it into the middle of the screen.
const SHOWN: &str = "
    const shown = [...document.querySelectorAll(arguments[0])].find(it => it.getClientRects().length
        && getComputedStyle(it).visibility !== 'hidden');
    if (shown) shown.scrollIntoView({ block: 'center', behavior: 'instant' });
    return shown ?? null;
";

/// The app, its server and the browser that shows it.
#[derive(Debug)]
pub struct App {
    /// The sandbox of this journey's server.
    pub sandbox: Sandbox,
    /// Which browser it is.
    pub engine: Engine,
    browser: Browser,
    // Last: the browser's connections end before the server.
    server: Server,
}

impl App {
    /// Opens a browser at no page yet.
    pub async fn open(server: Server, options: Options) -> Self {
        Self {
            sandbox: Sandbox::new(&server.base),
            engine: options.engine,
            browser: Browser::open(options).await,
            server,
        }
    }

    /// Closes the browser, then the server.
    pub async fn close(self) {
        let Self {
            browser, server, ..
        } = self;
        // A browser that is gone already has nothing left to close.
        drop(browser.driver.clone().quit().await);
        drop(browser);
        drop(server);
    }

    /// The browser's remote control, for the rare thing that has no name here.
    pub fn driver(&self) -> &thirtyfour::WebDriver {
        &self.browser.driver
    }

    /// `http://127.0.0.1:PORT`.
    pub fn base(&self) -> &str {
        &self.server.base
    }

    /// The server behind the app, for journeys on which it dies.
    pub fn server(&self) -> &Server {
        &self.server
    }

    // Going places.

    /// Opens an address of the app, as if typed in.
    pub async fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.server.base);
        let went = self.driver().goto(&url).await;
        went.unwrap_or_else(|why| panic!("{url} did not open: {why}"));
    }

    /// Opens an address and waits for its page.
    pub async fn open_page(&self, path: &str, page: &str) {
        self.goto(path).await;
        self.page(page).await;
    }

    /// Loads the page again.
    pub async fn reload(&self) {
        let done = self.driver().refresh().await;
        done.expect("the page loads again");
    }

    /// Goes back, as with the phone's own button.
    pub async fn back(&self) {
        self.driver().back().await.expect("the browser goes back");
    }

    /// Waits for a page by its `data-page`, and for the app to be awake on it.
    pub async fn page(&self, name: &str) {
        self.wait(
            &format!("the page main[data-page={name}]"),
            "return !!document.querySelector(`main[data-page='${arguments[0]}']`)",
            json!([name]),
        )
        .await;
        self.awake().await;
    }

    /// Waits until the app has taken over the page that came ready-made. A page to be read would wait with its code:
    /// it is told not to.
    pub async fn awake(&self) {
        self.wait(
            "the app to wake (html[data-ready=true])",
            "if (document.readyState !== 'loading') dispatchEvent(new Event('dika:wanted'));
            return document.documentElement.dataset.ready === 'true'",
            json!([]),
        )
        .await;
    }

    /// The path and query that the browser shows.
    pub async fn path(&self) -> String {
        let path = self.ask("return location.pathname + location.search", json!([]));
        path.await.as_str().unwrap_or_default().to_owned()
    }

    // Seeing.

    /// Runs a script and gives its result.
    pub async fn ask(&self, script: &str, arguments: Value) -> Value {
        match self.try_ask(script, arguments).await {
            Ok(value) => value,
            Err(why) => panic!("the page could not be asked {script:?}: {why}"),
        }
    }

    async fn try_ask(&self, script: &str, arguments: Value) -> WebDriverResult<Value> {
        let Value::Array(arguments) = arguments else {
            panic!("arguments are a list");
        };
        let answer = self.driver().execute(script, arguments).await?;
        Ok(answer.json().clone())
    }

    /// Looks until a script gives something true, and gives that.
    ///
    /// # Panics
    /// After a while, with all that helps to see why.
    pub async fn wait(&self, what: &str, script: &str, arguments: Value) -> Value {
        let start = Instant::now();
        loop {
            // While a page goes and another comes there is nothing to ask.
            let seen = self.try_ask(script, arguments.clone()).await;
            match seen {
                Ok(value) if is_true(&value) => return value,
                _ if start.elapsed() < PATIENCE => tokio::time::sleep(LOOK_AGAIN).await,
                seen => self.give_up(what, &format!("{seen:?}")).await,
            }
        }
    }

    /// Waits for a shown element.
    pub async fn shows(&self, css: &str) {
        let script = SHOWN.replace("return shown ?? null", "return !!shown");
        self.wait(&format!("a shown {css}"), &script, json!([css]))
            .await;
    }

    /// Waits until no element of this selector is left.
    pub async fn shows_no(&self, css: &str) {
        self.wait(
            &format!("{css} to go"),
            "return !document.querySelector(arguments[0])",
            json!([css]),
        )
        .await;
    }

    /// Waits until the page has this text.
    pub async fn reads(&self, text: &str) {
        self.wait(
            &format!("the words {text:?}"),
            "return document.body.innerText.replace(/\\s+/g, '').includes(
                arguments[0].replace(/\\s+/g, ''))",
            json!([text]),
        )
        .await;
    }

    /// All that can be read in the page's main part.
    pub async fn main_text(&self) -> String {
        let script = "return (document.querySelector('main') ?? document.body).innerText";
        let text = self.ask(script, json!([])).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// How many elements there are.
    pub async fn count(&self, css: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        self.ask(script, json!([css])).await.as_u64().unwrap_or(0)
    }

    /// An attribute of the first such element.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let script =
            "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        let value = self.ask(script, json!([css, name])).await;
        value.as_str().map(str::to_owned)
    }

    /// What an input holds.
    pub async fn value(&self, name: &str) -> String {
        let script = "return document.querySelector(`[name='${arguments[0]}']`)?.value ?? ''";
        let value = self.ask(script, json!([name])).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Asks the API as the page would, with the browser's own session.
    pub async fn api(&self, path: &str) -> Value {
        let script = "
            const [url, done] = arguments;
            fetch(url, { credentials: 'same-origin', cache: 'no-store' })
                .then(async reply => done({ status: reply.status, body: await reply.text() }))
                .catch(why => done({ status: 0, body: String(why) }));
        ";
        let url = format!("/api/v1{path}");
        let answer = self.driver().execute_async(script, vec![json!(url)]).await;
        let answer = answer.expect("the page can ask the API").json().clone();
        let body = answer["body"].as_str().unwrap_or_default();
        assert_eq!(answer["status"], 200, "GET {url}: {body}");
        serde_json::from_str(body).unwrap_or_else(|why| panic!("GET {url} gave {body}: {why}"))
    }

    // Doing.

    /// Taps the first shown element, in the middle of it, as a finger would.
    pub async fn tap(&self, css: &str) {
        let start = Instant::now();
        loop {
            let tried = async {
                let found = self.driver().execute(SHOWN, vec![json!(css)]).await?;
                if found.json().is_null() {
                    return Ok(false);
                }
                found.element()?.click().await.map(|()| true)
            };
            let tried: WebDriverResult<bool> = tried.await;
            match tried {
                Ok(true) => return,
                _ if start.elapsed() < PATIENCE => tokio::time::sleep(LOOK_AGAIN).await,
                tried => {
                    let found = tried.map(|_| "no such element is shown");
                    self.give_up(&format!("{css}, to tap it"), &format!("{found:?}"))
                        .await;
                }
            }
        }
    }

    /// Taps a `data-action` that is ready to be tapped.
    pub async fn click(&self, action: &str) {
        self.tap(&format!(
            "[data-action='{action}']:not([aria-busy=true]):not([aria-disabled=true]):not(:disabled)"
        ))
        .await;
    }

    /// Types into an input, in place of what it held.
    pub async fn type_into(&self, name: &str, text: &str) {
        let css = format!("input[name='{name}']");
        self.shows(&css).await;
        let typed: WebDriverResult<()> = async {
            let input = self.driver().find(By::Css(&css)).await?;
            input.clear().await?;
            input.send_keys(text).await
        }
        .await;
        if let Err(why) = typed {
            self.give_up(&format!("{css}, to type into it"), &why.to_string())
                .await;
        }
        let held = self.value(name).await;
        assert_eq!(held, text, "{css} holds something else than was typed");
    }

    /// Chooses a radio or an option by the value it stands for.
    pub async fn choose(&self, css: &str, value: &str) {
        let chosen = self
            .wait(
                &format!("a choice {css} of {value}"),
                "
                const choice = [...document.querySelectorAll(arguments[0])]
                    .find(it => it.value === arguments[1]);
                if (!choice) return false;
                if (choice.tagName === 'OPTION') {
                    choice.selected = true;
                    choice.parentElement.dispatchEvent(new Event('change', { bubbles: true }));
                } else (choice.closest('label') ?? choice.labels?.[0] ?? choice).click();
                return choice.checked ?? choice.selected;
                ",
                json!([css, value]),
            )
            .await;
        assert_eq!(chosen, true, "{css} takes {value}");
    }

    /// Has a script run before every page that comes, ahead of the page's own. Chromium only.
    pub async fn before_every_page(&self, script: &str) {
        let method = "Page.addScriptToEvaluateOnNewDocument";
        self.devtools(method, json!({ "source": script })).await;
    }

    /// Gives a command of the DevTools protocol, and gives its answer. Chromium only.
    pub async fn devtools(&self, method: &str, arguments: Value) -> Value {
        let answer = self.driver().cdp().send_raw(method, arguments).await;
        answer.unwrap_or_else(|why| panic!("{method}: {why}"))
    }

    /// Has the browser say of its owner and its screen what these media features say.
    pub async fn prefers(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        self.devtools(
            "Emulation.setEmulatedMedia",
            json!({ "features": features }),
        )
        .await;
    }

    /// Makes the screen so wide and so high.
    pub async fn screen(&self, width: u32, height: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true }),
        )
        .await;
    }

    // Judging.

    /// What the browser's console holds that nobody should see there. Each entry is given once.
    async fn complaints(&self) -> Vec<String> {
        if self.engine != Engine::Chromium {
            return Vec::new();
        }
        let entries = self.driver().browser_log().await.unwrap_or_default();
        entries
            .into_iter()
            .filter(|entry| {
                let text = entry.message.to_lowercase();
                let loud = entry.level == "SEVERE";
                // Refusals and lost answers are part of many journeys; the API's are no mistakes.
                let network = entry.source.as_deref() == Some("network");
                // An unknown address is answered 404 with the app's page; a missing file is a mistake.
                let unknown_page = network
                    && text.contains("status of 404")
                    && text
                        .split_whitespace()
                        .next()
                        .and_then(|url| url.split('?').next()?.rsplit('/').next())
                        .is_some_and(|last| !last.contains('.'));
                let told_off = [
                    "hydrat",
                    "panicked",
                    "unreachable",
                    "content security",
                    "preload",
                ]
                .iter()
                .any(|word| text.contains(word));
                told_off || (loud && !unknown_page && !(network && text.contains("/api/v1/")))
            })
            .map(|entry| format!("{}: {}", entry.level, entry.message))
            .collect()
    }

    /// Fails on panics, hydration faults, broken policies, missing files.
    pub async fn assert_clean_console(&self) {
        let complaints = self.complaints().await;
        assert!(
            complaints.is_empty(),
            "the browser's console complains:\n{}",
            complaints.join("\n")
        );
    }

    /// Ends the journey with all that helps to see why.
    async fn give_up(&self, what: &str, last: &str) -> ! {
        let path = self.try_ask("return location.href", json!([])).await;
        let page = "return document.querySelector('main')?.dataset.page ?? 'none'";
        let page = self.try_ask(page, json!([])).await;
        let text = self.try_ask("return document.body.innerText", json!([]));
        let text = text.await.unwrap_or_default();
        let text: String = text
            .as_str()
            .unwrap_or_default()
            .chars()
            .take(900)
            .collect();
        let complaints = self.complaints().await.join("\n");
        panic!(
            "waited in vain for {what}\n  last: {last}\n  at: {path:?}, data-page: {page:?}\n  \
             console: {complaints}\n  the page reads:\n{text}"
        );
    }

    /// Keeps a picture, the page and the server's log of a journey that failed.
    pub async fn keep_evidence(&self) {
        let name = std::thread::current()
            .name()
            .unwrap_or("journey")
            .replace("::", "-");
        let folder = place::artefacts("e2e/failures");
        self.picture(&folder.join(format!("{name}.png"))).await;
        if let Ok(source) = self.driver().source().await {
            drop(std::fs::write(folder.join(format!("{name}.html")), source));
        }
        drop(std::fs::copy(
            self.server.log(),
            folder.join(format!("{name}.server.log")),
        ));
        println!("evidence: {}", folder.join(name).display());
    }

    /// Takes a picture of the screen.
    pub async fn picture(&self, file: &PathBuf) {
        match self.driver().screenshot_as_png().await {
            Ok(png) => std::fs::write(file, png).expect("the picture can be written"),
            Err(why) => println!("no picture: {why}"),
        }
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => true,
    }
}
