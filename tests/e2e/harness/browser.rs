use std::{
    ffi::OsStr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use serde_json::{Value, json};
use thirtyfour::{Capabilities, WebDriver};

use super::{place, port::free_port, process::Guarded};

/// The browser's make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Android's, and of WeChat there.
    Chromium,
    /// That of every browser on iOS, and of WeChat there.
    WebKit,
}

/// How a journey's browser is set up.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which browser.
    pub engine: Engine,
    /// What its owner reads, as in `Accept-Language`.
    pub language: &'static str,
    /// What it calls itself, where that matters.
    pub user_agent: Option<&'static str>,
    /// Whether scripts run.
    pub scripts: bool,
    /// Whether cookies and storage are allowed. Chromium only.
    pub cookies: bool,
}

impl Options {
    /// An ordinary visitor in Chromium.
    const CHROMIUM: Self = Self {
        engine: Engine::Chromium,
        language: "zh-CN",
        user_agent: None,
        scripts: true,
        cookies: true,
    };

    /// The same in WebKit.
    pub const WEBKIT: Self = Self {
        engine: Engine::WebKit,
        ..Self::CHROMIUM
    };
}

impl Default for Options {
    fn default() -> Self {
        Self::CHROMIUM
    }
}

/// A driver program; ends with the last journey that uses it.
#[derive(Debug)]
pub struct Driver {
    address: String,
    // In this order: the driver goes before the display it draws on.
    _program: Guarded,
    _display: Option<Guarded>,
}

/// Chromium's driver, shared by the journeys that run at the same time.
static CHROMEDRIVER: Mutex<Weak<Driver>> = Mutex::new(Weak::new());

fn driver(engine: Engine) -> Arc<Driver> {
    match engine {
        Engine::Chromium => {
            // A poisoned lock only says that an earlier start failed.
            let mut running = CHROMEDRIVER.lock().unwrap_or_else(PoisonError::into_inner);
            running.upgrade().unwrap_or_else(|| {
                let started = Arc::new(chromedriver());
                *running = Arc::downgrade(&started);
                started
            })
        }
        // WebKit's serves one session at a time.
        Engine::WebKit => Arc::new(webkit_driver()),
    }
}

fn log(name: &str) -> PathBuf {
    place::artefacts("e2e").join(name)
}

fn chromedriver() -> Driver {
    let (program, port) = Guarded::start(
        &place::chromedriver(),
        &[OsStr::new("--port=0")],
        &[],
        &log(&format!("chromedriver-{}.log", place::number())),
        |line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        },
    );
    Driver {
        address: format!("http://127.0.0.1:{port}"),
        _program: program,
        _display: None,
    }
}

fn webkit_driver() -> Driver {
    let (display, number) = Guarded::start(
        &place::xvfb(),
        &[
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1024x1024x24",
            "-nolisten",
            "tcp",
        ]
        .map(OsStr::new),
        &[],
        &log(&format!("xvfb-{}.log", place::number())),
        |line| line.trim().parse::<u16>().ok(),
    );
    // The driver can't choose a free port by itself.
    let port = free_port();
    let (program, ()) = Guarded::start(
        "sh".as_ref(),
        // It says nothing when it is ready, so this says that it was started; connecting retries.
        &["-c", r#"echo started; exec "$0" "$@""#]
            .map(OsStr::new)
            .into_iter()
            .chain([
                place::webkit_driver().as_os_str(),
                OsStr::new(&format!("--port={port}")),
            ])
            .collect::<Vec<_>>(),
        &[
            ("DISPLAY", &format!(":{number}")),
            ("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1"),
            ("LIBGL_ALWAYS_SOFTWARE", "1"),
            ("LANGUAGE", "zh_CN"),
        ],
        &log(&format!("webkit-driver-{}.log", place::number())),
        |line| (line == "started").then_some(()),
    );
    Driver {
        address: format!("http://127.0.0.1:{port}"),
        _program: program,
        _display: Some(display),
    }
}

fn capabilities(options: Options) -> Capabilities {
    let wanted = match options.engine {
        Engine::Chromium => {
            // A desktop's screen takes no touches.
            let touch = options
                .user_agent
                .is_none_or(|agent| agent.contains("Mobile") || agent.contains("Android"));
            let mut emulation = json!({
                "deviceMetrics": { "width": 375, "height": 667, "pixelRatio": 2, "touch": touch },
            });
            if let Some(agent) = options.user_agent {
                emulation["userAgent"] = json!(agent);
            }
            let mut chrome = json!({
                "args": [
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
                    "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync",
                    "--window-size=375,667",
                    format!("--lang={}", options.language),
                ],
                "prefs": {
                    "intl.accept_languages": options.language,
                    "profile.managed_default_content_settings.javascript":
                        if options.scripts { 1 } else { 2 },
                    "profile.default_content_setting_values.cookies":
                        if options.cookies { 1 } else { 2 },
                },
                "mobileEmulation": emulation,
            });
            if let Some(binary) = place::chromium() {
                chrome["binary"] = json!(binary);
            }
            json!({
                "browserName": "chrome",
                "goog:chromeOptions": chrome,
                "goog:loggingPrefs": { "browser": "ALL" },
            })
        }
        Engine::WebKit => json!({
            "webkitgtk:browserOptions": {
                "binary": place::webkit_browser(),
                "args": ["--automation"],
            },
        }),
    };
    let Value::Object(wanted) = wanted else {
        unreachable!("an object was written above")
    };
    Capabilities::from(wanted)
}

/// A browser with a fresh profile.
#[derive(Debug)]
pub struct Browser {
    /// Its remote control.
    pub driver: WebDriver,
    _program: Arc<Driver>,
}

impl Browser {
    /// Opens one.
    pub async fn open(options: Options) -> Self {
        let program = driver(options.engine);
        let mut tries = 0;
        let driver = loop {
            match WebDriver::new(&program.address, capabilities(options)).await {
                Ok(driver) => break driver,
                Err(why) if tries == 20 => panic!("the browser did not open: {why}"),
                Err(_) => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
            }
        };
        let browser = Self {
            driver,
            _program: program,
        };
        if options.engine == Engine::WebKit {
            let sized = browser.driver.set_window_rect(0, 0, 375, 667).await;
            sized.expect("the window takes a phone's size");
        }
        browser
    }
}
