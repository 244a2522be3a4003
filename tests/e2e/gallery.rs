//! The gallery, rendered natively with the app's own styles, looks as in the pictures under
//! `tests/gallery/`: a change of look is a choice. `DIKA_ACCEPT_LOOK=1` chooses it: the pictures are
//! taken anew, and git shows which ones changed.
//!
//! The font is the same everywhere (an npm package), and what is compared is the average colour of
//! small squares, so that another way of smoothing edges is no change.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
};

use axum::{Router, extract::Request, http::header::CONTENT_TYPE, response::IntoResponse};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use dika::prerender;
use dika_contract::Language;
use serde_json::{Value, json};

use crate::{
    axe,
    harness::{App, artefacts, journey},
    reflow,
};

/// A way in which the gallery is looked at.
#[derive(Clone, Copy)]
struct Variant {
    name: &'static str,
    language: Language,
    theme: &'static str,
    text: &'static str,
    /// What the browser's owner prefers, beside less motion.
    prefers: (&'static str, &'static str),
}

const LIGHT: Variant = Variant {
    name: "zh-light",
    language: Language::Chinese,
    theme: "light",
    text: "normal",
    prefers: ("prefers-contrast", "no-preference"),
};
const DARK: Variant = Variant {
    name: "zh-dark",
    theme: "dark",
    ..LIGHT
};
const VARIANTS: [Variant; 8] = [
    LIGHT,
    DARK,
    Variant {
        name: "zh-care",
        text: "care",
        ..LIGHT
    },
    Variant {
        name: "zh-contrast",
        prefers: ("prefers-contrast", "more"),
        ..LIGHT
    },
    Variant {
        name: "zh-contrast-dark",
        prefers: ("prefers-contrast", "more"),
        ..DARK
    },
    Variant {
        name: "zh-forced",
        prefers: ("forced-colors", "active"),
        ..LIGHT
    },
    Variant {
        name: "en-light",
        language: Language::English,
        ..LIGHT
    },
    Variant {
        name: "en-dark",
        language: Language::English,
        ..DARK
    },
];
const WIDTH: u32 = 375;
/// Squares of so many pixels are compared.
const SQUARE: u32 = 8;
/// How far the average colour of a square may be off, of 255, before it counts as changed.
const OFF: u32 = 24;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn styles() -> String {
    let sheets = ["tokens", "base", "ui", "pages", "forms", "own"];
    let read = |name| {
        let sheet = root().join(format!("style/{name}.css"));
        fs::read_to_string(&sheet).unwrap_or_else(|why| panic!("{}: {why}", sheet.display()))
    };
    // What lies over the page elsewhere keeps to its place here.
    let own = ":root { --font: 'Noto Sans SC Variable'; } .stand { position: relative; min-height: 4rem; }";
    sheets.map(read).concat() + own
}

/// What the gallery's own little server answers.
async fn serve(request: Request) -> impl IntoResponse {
    let path = request.uri().path().to_owned();
    let file = |name: &str| fs::read(root().join(name)).unwrap_or_default();
    let (kind, body) = match path.as_str() {
        "/app.css" => ("text/css", styles().into_bytes()),
        path if path.starts_with("/art/") => ("image/svg+xml", file(&format!("public{path}"))),
        path if path.starts_with("/font/") => {
            let kind = if path.ends_with(".css") {
                "text/css"
            } else {
                "font/woff2"
            };
            let name = path.replacen("/font", "node_modules/@fontsource-variable/noto-sans-sc", 1);
            (kind, file(&name))
        }
        path => {
            let language = if path.starts_with("/en") {
                Language::English
            } else {
                Language::Chinese
            };
            let query = request.uri().query().unwrap_or_default();
            let page = prerender::page(&format!("/gallery?{query}"), language);
            let html = format!(
                "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>Gallery</title>\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
                 <link rel=\"stylesheet\" href=\"/font/index.css\"><link rel=\"stylesheet\" href=\"/app.css\">\
                 </head><body>{}</body></html>",
                language.tag(),
                page.body,
            );
            ("text/html; charset=utf-8", html.into_bytes())
        }
    };
    ([(CONTENT_TYPE, kind)], body)
}

/// Starts the gallery's server; it ends with the journey. Gives its address.
async fn start() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(serve);
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn open(app: &App, base: &str, over: &str, variant: Variant) {
    let Variant {
        language,
        theme,
        text,
        prefers,
        ..
    } = variant;
    let url = format!("{base}/{}{over}", language.tag());
    let went = app.driver().goto(&url).await;
    went.unwrap_or_else(|why| panic!("{url}: {why}"));
    // What the look before preferred would stay in some versions of Chromium.
    let mut features = [
        ("prefers-reduced-motion", "reduce"),
        ("prefers-contrast", "no-preference"),
        ("forced-colors", "none"),
    ];
    for feature in &mut features {
        if feature.0 == prefers.0 {
            *feature = prefers;
        }
    }
    app.prefers(&features).await;
    let ready = "
        const [theme, text, done] = arguments;
        Object.assign(document.documentElement.dataset, { theme, text });
        [...document.querySelectorAll('details')].at(-1).open = true;
        // Seen while it has the focus only.
        document.querySelector('main .skip').focus({ preventScroll: true });
        // Drawings come from a file of their own, and have no event that says they came.
        const drawings = ['pictures', 'face_gdut', 'face_hemc'].map(it => fetch(`/art/${it}.svg`));
        Promise.all([document.fonts.ready, ...drawings])
            .then(() => setTimeout(() => document.fonts.ready.then(() => done(true)), 400));
    ";
    let ready = app
        .driver()
        .execute_async(ready, vec![json!(theme), json!(text)])
        .await;
    ready.expect("the gallery is drawn");
}

/// A picture of a part of the page, in Base64.
async fn picture(app: &App, area: &Value) -> String {
    let clip = json!({
        "x": area[0], "y": area[1], "width": area[2], "height": area[3],
        // The phone's screen has two points for each pixel of the page.
        "scale": 0.5,
    });
    let answer = app
        .devtools(
            "Page.captureScreenshot",
            json!({ "format": "webp", "quality": 60, "captureBeyondViewport": true, "clip": clip }),
        )
        .await;
    answer["data"].as_str().unwrap_or_default().to_owned()
}

/// How many squares of two pictures differ, and how many there are; their sizes where these differ.
const COMPARE: &str = "
    const [before, now, side, off, done] = arguments;
    const load = data => new Promise((loaded, failed) => {
        const image = new Image();
        image.onload = () => loaded(image); image.onerror = failed;
        image.src = 'data:image/webp;base64,' + data;
    });
    const squares = image => {
        const canvas = document.createElement('canvas');
        const [wide, high] = [image.width, image.height];
        canvas.width = wide; canvas.height = high;
        const ground = canvas.getContext('2d');
        ground.drawImage(image, 0, 0);
        const { data } = ground.getImageData(0, 0, wide, high);
        const across = Math.ceil(wide / side), down = Math.ceil(high / side);
        const sums = new Float64Array(across * down * 4);
        for (let y = 0; y < high; y++) for (let x = 0; x < wide; x++) {
            const from = (y * wide + x) * 4;
            const to = (Math.floor(y / side) * across + Math.floor(x / side)) * 4;
            for (let part = 0; part < 3; part++) sums[to + part] += data[from + part];
            sums[to + 3] += 1;
        }
        return sums;
    };
    Promise.all([load(before), load(now)]).then(([before, now]) => {
        if (before.width !== now.width || Math.abs(before.height - now.height) > side)
            return done(`it was ${before.width} x ${before.height} and is ${now.width} x ${now.height}`);
        const [a, b] = [squares(before), squares(now)];
        const shared = Math.min(a.length, b.length);
        let changed = 0;
        for (let at = 0; at < shared; at += 4)
            if ([0, 1, 2].some(part => Math.abs(a[at + part] / a[at + 3] - b[at + part] / b[at + 3]) > off))
                changed += 1;
        const most = Math.max(3, shared / 4 / 200);
        done(changed > most ? `${changed} of ${shared / 4} squares changed` : '');
    }, why => done(`can't be compared: ${why}`));
";

/// Compares a picture with the one kept, or keeps it where the new look is accepted.
async fn judge(app: &App, name: &str, now: &str, changed: &RefCell<Vec<String>>) {
    let kept = root().join(format!("tests/gallery/{name}.webp"));
    let bytes = BASE64.decode(now).expect("a picture");
    let write = |file: &PathBuf| {
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder can be made");
        fs::write(file, &bytes).expect("the picture can be written");
    };
    let before = fs::read(&kept).ok();
    let fault = match &before {
        None => "there is no picture of it".to_owned(),
        Some(before) => {
            let arguments = vec![
                json!(BASE64.encode(before)),
                json!(now),
                json!(SQUARE),
                json!(OFF),
            ];
            let answer = app.driver().execute_async(COMPARE, arguments).await;
            let answer = answer.expect("pictures can be compared").json().clone();
            answer.as_str().unwrap_or("no answer").to_owned()
        }
    };
    if fault.is_empty() {
        return;
    }
    if std::env::var_os("DIKA_ACCEPT_LOOK").is_some() {
        write(&kept);
        return;
    }
    let seen = artefacts("gallery").join(format!("{name}.webp"));
    write(&seen);
    changed
        .borrow_mut()
        .push(format!("{name}: {fault}; now {}", seen.display()));
}

const SECTIONS: &str = "
    return [...document.querySelectorAll('main > .section')].map(it => {
        const box = it.getBoundingClientRect();
        return [it.querySelector('h2').innerText, [0, Math.max(0, box.top + scrollY - 8), innerWidth, box.height + 16]];
    });
";

#[test]
fn gallery_looks_as_it_did() {
    journey(async |app| {
        let base = start().await;
        let changed = RefCell::new(Vec::new());
        app.screen(WIDTH, 667).await;
        for look in VARIANTS {
            let variant = look.name;
            open(app, &base, "", look).await;
            let misfits = reflow::misfits(app, WIDTH).await;
            assert!(misfits.is_empty(), "{variant}:\n{}", misfits.join("\n"));
            let sections = app.ask(SECTIONS, json!([])).await;
            let sections = sections.as_array().cloned().unwrap_or_default();
            assert!(sections.len() > 15, "the gallery is empty: {sections:?}");
            for section in sections {
                let part = section[0].as_str().unwrap_or_default();
                let now = picture(app, &section[1]).await;
                judge(app, &format!("{variant}/{part}"), &now, &changed).await;
            }
            for over in ["sheet", "toast"] {
                open(app, &base, &format!("?over={over}"), look).await;
                let now = picture(app, &json!([0, 0, WIDTH, 667])).await;
                judge(app, &format!("{variant}/{over}"), &now, &changed).await;
            }
        }
        let changed = changed.into_inner();
        assert!(
            changed.is_empty(),
            "the look changed; where it should, run again with DIKA_ACCEPT_LOOK=1:\n{}",
            changed.join("\n")
        );
    });
}

#[test]
fn gallery_gives_axe_nothing_to_find() {
    journey(async |app| {
        let base = start().await;
        let (axe, found) = (axe::source(), RefCell::new(Vec::new()));
        for language in Language::ALL.iter().copied() {
            for over in ["", "?over=sheet", "?over=toast"] {
                // What judges dresses the page in every look.
                open(app, &base, over, Variant { language, ..LIGHT }).await;
                let name = format!("gallery {}{over}", language.tag());
                axe::judge(app, &name, &axe, &found).await;
            }
        }
        let found = found.into_inner();
        assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    });
}
