use std::path::Path;

use serde_json::json;

use crate::harness::journey;

/// The same app under other names: what another release is to a page that was loaded before it.
fn another_release(dist: &Path) {
    let assets = dist.join("assets");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&assets).expect("the app's assets") {
        let name = entry.expect("a file").file_name();
        names.push(name.into_string().expect("a plain name"));
    }
    for name in &names {
        let to = assets.join(renamed(name));
        std::fs::rename(assets.join(name), to).expect("renamed");
    }
    names.retain(|name| !name.ends_with(".br") && !name.ends_with(".gz"));
    rewrite(dist, &names);
}

fn renamed(name: &str) -> String {
    name.replacen('-', "-next", 1)
}

fn rewrite(folder: &Path, names: &[String]) {
    for entry in std::fs::read_dir(folder).expect("a folder of the app") {
        let path = entry.expect("an entry").path();
        let is = |extension: &str| path.extension().is_some_and(|it| it == extension);
        if path.is_dir() {
            rewrite(&path, names);
        } else if is("html") || is("js") {
            let mut text = std::fs::read_to_string(&path).expect("text");
            for name in names {
                text = text.replace(name.as_str(), &renamed(name));
            }
            std::fs::write(&path, text).expect("written");
            for packed in ["br", "gz"] {
                // Only the text itself was changed.
                drop(std::fs::remove_file(format!("{}.{packed}", path.display())));
            }
        }
    }
}

#[test]
fn release_while_a_page_is_open_costs_one_loading_and_nothing_else() {
    journey(async |app| {
        // What keeps the old release's files would hide that they are gone.
        app.devtools("Network.enable", json!({})).await;
        app.devtools("Network.setBypassServiceWorker", json!({ "bypass": true }))
            .await;
        app.open_page("/guide", "guide").await;
        let next = app.server().copy_of_dist();
        another_release(&next);
        app.server().kill();
        app.server().serve_next(next);
        app.server().revive();
        app.ask("window.isOld = true", json!([])).await;
        // Its code was not fetched before, and is gone.
        app.tap("nav a[href='/orders']").await;
        app.page("sign-in").await;
        app.awake().await;
        assert_eq!(
            app.ask("return window.isOld ?? null", json!([])).await,
            json!(null)
        );
        assert_eq!(app.path().await, "/sign-in?to=/orders");
        // What the browser says of the files that are gone is what was wanted.
        let log = app.driver().browser_log().await;
        drop(log.expect("the console"));
    });
}
