use std::{
    env,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

fn from_environment(name: &str, otherwise: PathBuf) -> PathBuf {
    env::var_os(name).map_or(otherwise, PathBuf::from)
}

fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The reference server's program.
pub fn server() -> PathBuf {
    from_environment(
        "DIKA_SERVER_BIN",
        checkout().join("target/debug/dika-sandbox"),
    )
}

/// The simulator of WeChat's side.
pub fn wechat_simulator() -> PathBuf {
    from_environment(
        "DIKA_WECHAT_SIM_BIN",
        checkout().join("target/debug/dika-wechat-sim"),
    )
}

/// The production server with the app's pages.
pub fn production_server() -> PathBuf {
    from_environment("DIKA_SITE_BIN", checkout().join("target/debug/dika-site"))
}

/// The simulator of the SMS providers' side.
pub fn sms_simulator() -> PathBuf {
    from_environment(
        "DIKA_SMS_SIM_BIN",
        checkout().join("target/debug/dika-sms-sim"),
    )
}

/// The Python connector over its toy ledger.
pub fn toy_card_system() -> PathBuf {
    checkout().join("crates/connector/adapters/python/toy_card_system.py")
}

/// The built app.
pub fn dist() -> PathBuf {
    from_environment("DIKA_DIST", checkout().join("dist"))
}

/// Chromium's driver.
pub fn chromedriver() -> PathBuf {
    from_environment("CHROMEDRIVER", "chromedriver".into())
}

/// Chromium, where its driver must be told.
pub fn chromium() -> Option<PathBuf> {
    env::var_os("CHROMIUM").map(PathBuf::from)
}

/// WebKit's driver.
pub fn webkit_driver() -> PathBuf {
    from_environment("WEBKIT_DRIVER", "WebKitWebDriver".into())
}

/// A small browser with WebKit inside, or none on this machine.
pub fn webkit_browser() -> PathBuf {
    const USUAL: &str = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
    from_environment("WEBKIT_BROWSER", USUAL.into())
}

/// A display for browsers that can't do without.
pub fn xvfb() -> PathBuf {
    from_environment("XVFB", "Xvfb".into())
}

/// A number that no other caller in this process gets.
pub fn number() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A folder for pictures and logs; git ignores it.
pub fn artefacts(name: &str) -> PathBuf {
    let folder = from_environment("DIKA_ARTEFACTS", checkout().join("artefacts")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder for artefacts");
    folder
}
