use std::path::Path;

use crate::harness::{App, Engine};

/// Has a script run before every page that comes, ahead of the page's own, in either engine.
pub async fn inject(app: &App, script: &str) {
    if app.engine == Engine::Chromium {
        app.before_every_page(script).await;
        return;
    }
    // WebKit's driver has no such command: the pages name it themselves.
    let changed = app.server().copy_of_dist();
    std::fs::write(changed.join("journey.js"), script).expect("written");
    name_script(&changed);
    app.server().kill();
    app.server().serve_next(changed);
    app.server().revive();
}

fn name_script(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder of the app") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            name_script(&path);
        } else if path.extension().is_some_and(|it| it == "html") {
            let text = std::fs::read_to_string(&path).expect("text");
            let named = text.replacen("<head>", "<head><script src=\"/journey.js\"></script>", 1);
            std::fs::write(&path, named).expect("written");
            for packed in ["br", "gz"] {
                drop(std::fs::remove_file(format!("{}.{packed}", path.display())));
            }
        }
    }
}
