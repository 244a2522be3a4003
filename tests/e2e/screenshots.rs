//! A picture of every page in every state, from top to end: light, dark, in care mode, on a small
//! phone with the text at 200 %, and in English. They go to `artefacts/screenshots/`, whole; with
//! `DIKA_KEEP_SCREENSHOTS=1` a sheet of each look goes to `docs/screenshots/` too, where the longest
//! pages end after two and a half screens.

use std::{cell::RefCell, fs, path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

use crate::{
    harness::{App, Options, artefacts, journey_with},
    states::every_state,
};

/// A look: its name, the screen, theme, text, the root's font size.
#[derive(Clone, Copy)]
struct Look {
    name: &'static str,
    screen: (u32, u32),
    theme: &'static str,
    text: &'static str,
    root: &'static str,
}

const LIGHT: Look = Look {
    name: "light",
    screen: (375, 667),
    theme: "light",
    text: "normal",
    root: "",
};

const CHINESE: [Look; 4] = [
    LIGHT,
    Look {
        name: "dark",
        theme: "dark",
        ..LIGHT
    },
    Look {
        name: "care",
        text: "care",
        ..LIGHT
    },
    Look {
        name: "320-at-200",
        screen: (320, 640),
        root: "200%",
        ..LIGHT
    },
];
const ENGLISH: [Look; 1] = [Look {
    name: "en",
    ..LIGHT
}];

/// What a sheet shows, in the order of a student's way.
const ON_SHEETS: [&str; 24] = [
    "home-first",
    "sign-in",
    "bind-choose",
    "bind-gdut",
    "confirm",
    "confirm-cannot-tell",
    "card",
    "card-unbind",
    "top-up",
    "top-up-review",
    "order-paying",
    "order-paid",
    "home-waiting",
    "order-needs-confirmation",
    "order-claimed",
    "orders",
    "service-points",
    "guide",
    "which-card-answered",
    "new-student-answered",
    "password-helper-answered",
    "money-triage-last",
    "settings",
    "home-stale",
];

const DRESS: &str = "
    const [theme, text, root] = arguments;
    const html = document.documentElement;
    if (theme) { html.dataset.theme = theme; html.dataset.text = text; }
    else { delete html.dataset.theme; delete html.dataset.text; }
    html.style.fontSize = root;
    scrollTo(0, 0);
    // A sheet lies over the screen, not over the page.
    return document.querySelector('[role=dialog]') ? innerHeight : document.scrollingElement.scrollHeight;
";

/// The picture of a whole page, in Base64, as on a screen that is as high as the page.
async fn whole_page(app: &App, width: u32, height: u32) -> String {
    app.screen(width, height).await;
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
    let answer = app
        .devtools(
            "Page.captureScreenshot",
            json!({ "format": "webp", "quality": 80, "captureBeyondViewport": true, "clip": clip }),
        )
        .await;
    answer["data"].as_str().unwrap_or_default().to_owned()
}

fn write(folder: &Path, name: &str, picture: &str) {
    fs::create_dir_all(folder).expect("the folder can be made");
    let bytes = BASE64.decode(picture).expect("a picture");
    fs::write(folder.join(format!("{name}.webp")), bytes).expect("the picture can be written");
}

/// All pictures of a look, by the state's name.
type Shots = Vec<(String, String)>;

fn height_of(told: &Value) -> u32 {
    told.as_u64()
        .and_then(|height| u32::try_from(height).ok())
        // WebP ends at 16383, and nobody looks further.
        .map_or(667, |height| height.min(12_000))
}

async fn shoot(app: &App, name: &str, looks: &[Look], shots: &RefCell<Vec<Shots>>) {
    app.prefers(&[("prefers-reduced-motion", "reduce")]).await;
    for (at, look) in looks.iter().enumerate() {
        app.screen(look.screen.0, look.screen.1).await;
        let height = app
            .ask(DRESS, json!([look.theme, look.text, look.root]))
            .await;
        let picture = whole_page(app, look.screen.0, height_of(&height)).await;
        write(&artefacts("screenshots").join(look.name), name, &picture);
        shots.borrow_mut()[at].push((name.to_owned(), picture));
    }
    app.ask(DRESS, json!(["", "", ""])).await;
    app.screen(LIGHT.screen.0, LIGHT.screen.1).await;
}

/// Puts the pictures of a look on one sheet.
async fn sheet(app: &App, look: Look, shots: &Shots) {
    let chosen: Vec<_> = ON_SHEETS
        .iter()
        .filter_map(|name| shots.iter().find(|(shot, _)| shot == name))
        .collect();
    assert_eq!(
        chosen.len(),
        ON_SHEETS.len(),
        "a state of the sheet is gone"
    );
    let went = app.driver().goto("about:blank").await;
    went.expect("an empty page");
    app.screen(1984, 700).await;
    let lay = "
        const [shots, done] = arguments;
        document.body.style.cssText =
            'margin: 0; position: relative; width: 1984px; background: #777; font: 14px sans-serif; color: #fff';
        const most = 1066, bottoms = Array(8).fill(8);
        Promise.all(shots.map(([name, data]) => {
            const [figure, frame, image] = [document.createElement('div'), document.createElement('div'), new Image()];
            figure.style.cssText = 'position: absolute; width: 240px';
            frame.style.cssText = `width: 240px; max-height: ${most}px; overflow: hidden`;
            image.style.cssText = 'display: block; width: 240px';
            image.src = 'data:image/webp;base64,' + data;
            frame.append(image);
            figure.append(name, frame);
            document.body.append(figure);
            return image.decode().then(() => figure);
        })).then(figures => {
            // Each below the column that ends first, in order.
            for (const figure of figures) {
                const column = bottoms.indexOf(Math.min(...bottoms));
                figure.style.left = `${8 + column * 246}px`;
                figure.style.top = `${bottoms[column]}px`;
                bottoms[column] += figure.offsetHeight + 12;
            }
            document.body.style.height = `${Math.max(...bottoms)}px`;
            done(document.body.offsetHeight);
        }, why => done(`${why}`));
    ";
    // Two dozen long pages take their time to be decoded.
    let patience = app.driver().set_script_timeout(Duration::from_secs(120));
    patience.await.expect("the browser takes its time");
    let height = app.driver().execute_async(lay, vec![json!(chosen)]).await;
    let height = height.expect("the sheet is laid out").json().clone();
    assert!(height.is_u64(), "the sheet is not laid out: {height}");
    let clip = json!({ "x": 0, "y": 0, "width": 1984, "height": height, "scale": 1 });
    let answer = app
        .devtools(
            "Page.captureScreenshot",
            json!({ "format": "webp", "quality": 60, "captureBeyondViewport": true, "clip": clip }),
        )
        .await;
    let picture = answer["data"].as_str().unwrap_or_default();
    write(&artefacts("screenshots"), look.name, picture);
    if std::env::var_os("DIKA_KEEP_SCREENSHOTS").is_some() {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/screenshots");
        write(&docs, look.name, picture);
    }
}

fn every_page(language: &'static str, looks: &[Look]) {
    let options = Options {
        language,
        ..Options::default()
    };
    journey_with(options, async |app| {
        let shots = RefCell::new(vec![Shots::new(); looks.len()]);
        every_state(app, async |app, name| shoot(app, name, looks, &shots).await).await;
        for (look, shots) in looks.iter().zip(shots.into_inner()) {
            sheet(app, *look, &shots).await;
        }
    });
}

#[test]
fn screenshots_of_every_page_in_chinese() {
    every_page("zh-CN", &CHINESE);
}

#[test]
fn screenshots_of_every_page_in_english() {
    every_page("en", &ENGLISH);
}
