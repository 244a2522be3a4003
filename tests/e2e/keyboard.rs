//! Both main journeys by keyboard alone: the focus is always seen, moves with the page, into sheets and
//! back, and is never trapped; and the order in which a screen reader reads.

use dika_contract::{Issuer, WalletKind};
use serde_json::{Value, json};

use crate::harness::{App, Person, assert_plain, journey};

/// Presses and lets go of a key.
async fn press(app: &App, key: &str) {
    let (code, number, text) = match key {
        "Tab" => ("Tab", 9, ""),
        "Enter" => ("Enter", 13, "\r"),
        " " => ("Space", 32, " "),
        "Escape" => ("Escape", 27, ""),
        "ArrowDown" => ("ArrowDown", 40, ""),
        "ArrowRight" => ("ArrowRight", 39, ""),
        other => panic!("{other} has no place on this keyboard"),
    };
    for kind in ["keyDown", "keyUp"] {
        let text = if kind == "keyDown" { text } else { "" };
        app.devtools(
            "Input.dispatchKeyEvent",
            json!({ "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "text": text }),
        )
        .await;
    }
}

/// Types into what has the focus, key by key.
async fn write(app: &App, text: &str) {
    for letter in text.chars() {
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" {
                letter.to_string()
            } else {
                String::new()
            };
            app.devtools(
                "Input.dispatchKeyEvent",
                json!({ "type": kind, "key": letter.to_string(), "text": text }),
            )
            .await;
        }
    }
}

/// What is wrong with how the focus shows; nothing where it can be seen.
const UNSEEN: &str = "
    const it = document.activeElement;
    if (!it || it === document.body || it.matches('main, .sheet, .summary, .sheet-layer > span')) return '';
    const ring = style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
        && !/^rgba\\(.*, 0\\)$|^transparent$/.test(style.outlineColor);
    const field = it.closest('.field-box');
    const seen = ring(getComputedStyle(it)) || ring(getComputedStyle(it, '::after'))
        || (field && getComputedStyle(field).boxShadow !== 'none');
    const name = `${it.tagName} ${it.className} ${(it.innerText || it.name || '').trim().slice(0, 30)}`;
    if (!seen) return `${name} does not show its focus`;
    const box = (it.closest('.face') ?? it).getBoundingClientRect();
    const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    if (y < 0 || y > innerHeight) return `${name} has the focus off the screen: ${Math.round(y)}`;
    const top = document.elementFromPoint(x, y);
    const covered = top && !it.contains(top) && !top.contains(it) && !(it.labels && [...it.labels].some(l => l.contains(top)))
        && !(it.closest('.face') ?? it).contains(top);
    return covered ? `${name} is covered by ${top.tagName} ${top.className}` : '';
";

async fn assert_seen(app: &App) {
    let fault = app.ask(UNSEEN, json!([])).await;
    assert_eq!(fault, "", "on {}", app.path().await);
}

/// Tabs on until an element of this selector has the focus; looks at the focus at every step.
async fn tab_to(app: &App, css: &str) {
    app.shows(css).await;
    for _ in 0..60 {
        press(app, "Tab").await;
        assert_seen(app).await;
        let there = "return !!document.activeElement?.matches(arguments[0])";
        if app.ask(there, json!([css])).await == true {
            return;
        }
    }
    panic!("{css} on {} can't be reached by tabbing", app.path().await);
}

/// Tabs to a control and presses a key on it.
async fn use_key(app: &App, css: &str, key: &str) {
    tab_to(app, css).await;
    press(app, key).await;
}

/// Waits for a page that was led to inside the app: the focus came along.
async fn arrived(app: &App, page: &str) {
    app.page(page).await;
    app.wait(
        "the focus at the new page's beginning",
        "return document.activeElement?.matches(`main[data-page='${arguments[0]}']`)",
        json!([page]),
    )
    .await;
}

async fn signs_in(app: &App, me: &Person) {
    tab_to(app, "input[name=phone]").await;
    write(app, &me.phone).await;
    use_key(app, "[data-action=send-code]", "Enter").await;
    let code = app.sandbox.sms(&me.phone, None).await;
    app.open_tabbing_from("input[name=phone]").await;
    tab_to(app, "input[name=code]").await;
    write(app, &code).await;
    press(app, "Enter").await;
}

impl App {
    /// Starts tabbing anew from here.
    async fn open_tabbing_from(&self, css: &str) {
        let script = "document.querySelector(arguments[0])?.focus()";
        self.ask(script, json!([css])).await;
    }
}

/// From the bind form to the card's page.
async fn binds(app: &App, number: (&str, &str), password: &str) {
    tab_to(app, &format!("input[name={}]", number.0)).await;
    write(app, number.1).await;
    tab_to(app, "input[name=password]").await;
    write(app, password).await;
    press(app, "Enter").await;
    arrived(app, "confirm-identity").await;
    use_key(app, "[data-action=identity-yes]", " ").await;
    arrived(app, "card").await;
}

/// From the card's page over the cashier's to the paid order. Gives its id.
async fn pays(app: &App, wallet: WalletKind) -> String {
    let link = format!(
        "[data-wallet='{wallet}'] [data-action=top-up], [data-wallet='{wallet}'][data-action=top-up]"
    );
    use_key(app, &link, "Enter").await;
    arrived(app, "top-up").await;
    tab_to(app, "input[name=preset]").await;
    press(app, "ArrowRight").await;
    assert_seen(app).await;
    let chosen = "return document.querySelector('input[name=preset]:checked')?.value ?? ''";
    app.wait("a chosen amount", chosen, json!([])).await;
    use_key(app, "[data-action=review]", "Enter").await;
    app.shows("[data-action=pay]").await;
    app.wait(
        "the focus at the review's beginning",
        "return document.activeElement?.matches('main')",
        json!([]),
    )
    .await;
    use_key(app, "[data-action=pay]", "Enter").await;
    let order = app.at_cashier().await;
    for _ in 0..20 {
        press(app, "Tab").await;
        let there = "return document.activeElement?.dataset.action === 'cashier-pay'";
        if app.ask(there, json!([])).await == true {
            break;
        }
    }
    press(app, "Enter").await;
    app.page("order").await;
    app.shows(&format!("[data-order='{order}'][data-payment=paid]"))
        .await;
    order
}

/// Tabs once through the whole page: everything that can be used is met, and the round ends.
async fn goes_round(app: &App) {
    const REST: &str = "
        const usable = [...document.querySelectorAll('a[href], button, input, summary')]
            .filter(it => it.checkVisibility({ visibilityProperty: true }) && !it.disabled);
        const key = it => it.type === 'radio' ? 'radio ' + it.name
            : [it.tagName, it.name, it.getAttribute('href'), it.innerText].join(' ');
        window.met ??= new Set();
        const it = document.activeElement;
        if (it && it !== document.body) window.met.add(key(it));
        return usable.map(key).filter(one => !window.met.has(one));
    ";
    app.ask(
        "window.met = new Set(); document.activeElement?.blur();",
        json!([]),
    )
    .await;
    let mut rest = Value::Null;
    for _ in 0..80 {
        press(app, "Tab").await;
        assert_seen(app).await;
        rest = app.ask(REST, json!([])).await;
        if rest.as_array().is_some_and(Vec::is_empty) {
            return;
        }
    }
    panic!("tabbing through {} never meets {rest}", app.path().await);
}

/// Role and name of all that a screen reader meets, in its order.
async fn read_aloud(app: &App) -> Vec<(String, String)> {
    let tree = app.devtools("Accessibility.getFullAXTree", json!({})).await;
    let nodes = tree["nodes"].as_array().cloned().unwrap_or_default();
    let find = |id: &Value| nodes.iter().find(|node| node["nodeId"] == *id);
    let mut heard = Vec::new();
    let mut next: Vec<Value> = nodes
        .first()
        .map(|root| root["nodeId"].clone())
        .into_iter()
        .collect();
    while let Some(id) = next.pop() {
        let Some(node) = find(&id) else { continue };
        if node["ignored"] != true {
            let word = |field: &str| node[field]["value"].as_str().unwrap_or_default().to_owned();
            heard.push((word("role"), word("name")));
        }
        let children = node["childIds"].as_array().cloned().unwrap_or_default();
        next.extend(children.into_iter().rev());
    }
    heard
}

/// One main heading, one main part, one named navigation; and these words in this order.
async fn assert_read_in_order(app: &App, order: &[(&str, &str)]) {
    let heard = read_aloud(app).await;
    let count = |role: &str| heard.iter().filter(|(it, _)| it == role).count();
    assert_eq!(count("main"), 1, "{heard:?}");
    assert_eq!(count("navigation"), 1, "{heard:?}");
    assert!(
        heard
            .iter()
            .all(|(role, name)| role != "navigation" || !name.is_empty()),
        "the navigation has no name"
    );
    assert_eq!(app.count("h1").await, 1);
    let mut at = 0;
    for (role, name) in order {
        let found = heard[at..]
            .iter()
            .position(|(a_role, a_name)| a_role == role && a_name.contains(name));
        let Some(found) = found else {
            panic!("{role} {name:?} is not read, or too early: {heard:?}");
        };
        at += found + 1;
    }
}

async fn words_of(app: &App, css: &str) -> String {
    let script = "return document.querySelector(arguments[0])?.innerText.trim() ?? ''";
    let words = app.ask(script, json!([css])).await;
    words.as_str().unwrap_or_default().to_owned()
}

#[test]
fn keyboard_takes_the_school_s_card_all_the_way() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.open_page("/", "home").await;
        // The first stop leads past everything that repeats.
        press(app, "Tab").await;
        assert_seen(app).await;
        press(app, "Enter").await;
        app.wait(
            "the focus in the main part",
            "return document.activeElement?.id === 'main'",
            json!([]),
        )
        .await;
        use_key(app, "[data-action=bind-card]", "Enter").await;
        arrived(app, "bind-choose").await;
        use_key(app, "[data-action=choose-gdut]", "Enter").await;
        arrived(app, "sign-in").await;
        signs_in(app, &me).await;
        arrived(app, "bind").await;

        // An empty form: the list of faults has the focus, and leads to the field.
        use_key(app, "[data-action=bind]", "Enter").await;
        app.wait(
            "the focus on what to correct",
            "return document.activeElement?.matches('.summary')",
            json!([]),
        )
        .await;
        use_key(app, ".summary a", "Enter").await;
        app.wait(
            "the focus in the field",
            "return document.activeElement?.name === 'account'",
            json!([]),
        )
        .await;
        app.open_tabbing_from("main").await;
        binds(app, ("account", &me.gdut().account), &me.gdut().password).await;
        let order = pays(app, WalletKind::Main).await;
        app.order_is(&order, "paid", "waiting").await;
        app.sandbox.tap(&me.gdut().card_no, "gdut_load").await;
        use_key(app, "[data-action=refresh]", "Enter").await;
        app.order_is(&order, "paid", "claimed").await;
    });
}

#[test]
fn keyboard_takes_both_wallets_of_the_town_s_card_all_the_way() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.open_page("/bind", "bind-choose").await;
        use_key(app, "[data-action=choose-hemc]", "Enter").await;
        arrived(app, "bind").await;
        binds(app, ("card_no", &me.hemc().card_no), &me.hemc().password).await;
        let main = pays(app, WalletKind::Main).await;
        app.order_is(&main, "paid", "not_needed").await;
        use_key(app, "[data-action=see-card]", "Enter").await;
        arrived(app, "card").await;
        let utilities = pays(app, WalletKind::Utilities).await;
        app.order_is(&utilities, "paid", "waiting").await;
        app.sandbox.advance(6 * 3600 + 60).await;
        use_key(app, "[data-action=refresh]", "Enter").await;
        app.order_is(&utilities, "paid", "needs_confirmation").await;
        use_key(app, "[data-action=confirm-claim]", "Enter").await;
        app.order_is(&utilities, "paid", "waiting").await;
        app.sandbox.tap(&me.hemc().card_no, "hemc_top_up").await;
        app.open_tabbing_from("main").await;
        use_key(app, "[data-action=refresh]", "Enter").await;
        app.order_is(&utilities, "paid", "claimed").await;
        assert_eq!(
            app.amounts(Issuer::Hemc, WalletKind::Utilities)
                .await
                .waiting,
            0
        );
    });
}

#[test]
fn keyboard_is_kept_in_a_sheet_and_comes_back_from_it() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await.id;
        app.open_page(&format!("/cards/{card}"), "card").await;
        for leave in ["Escape", "close", "unbind-cancel"] {
            use_key(app, "[data-action=unbind]", "Enter").await;
            app.wait(
                "the focus in the sheet",
                "return document.activeElement?.matches('[role=dialog]')",
                json!([]),
            )
            .await;
            for _ in 0..9 {
                press(app, "Tab").await;
                assert_seen(app).await;
                let inside = "return !!document.activeElement?.closest('.sheet-layer')";
                assert_eq!(
                    app.ask(inside, json!([])).await,
                    true,
                    "the focus left the sheet"
                );
            }
            if leave == "Escape" {
                press(app, "Escape").await;
            } else {
                use_key(app, &format!("[data-action={leave}]"), "Enter").await;
            }
            app.shows_no("[role=dialog]").await;
            app.wait(
                "the focus back where it was",
                "return document.activeElement?.dataset.action === 'unbind'",
                json!([]),
            )
            .await;
            app.open_tabbing_from("main").await;
        }
    });
}

#[test]
fn keyboard_goes_round_on_every_kind_of_page() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Hemc).await;
        let card = app.card(Issuer::Hemc).await.id;
        let order = app.top_up(Issuer::Hemc, WalletKind::Utilities, "10").await;
        for (path, page) in [
            ("/".to_owned(), "home"),
            ("/bind/gdut".to_owned(), "bind"),
            (format!("/cards/{card}"), "card"),
            (format!("/cards/{card}/top-up/main"), "top-up"),
            (format!("/orders/{order}"), "order"),
            ("/orders".to_owned(), "orders"),
            ("/service-points".to_owned(), "service-points"),
            ("/guide".to_owned(), "guide"),
            ("/guide/which-card".to_owned(), "which-card"),
            ("/guide/new-student".to_owned(), "new-student"),
            ("/guide/password".to_owned(), "password-helper"),
            ("/where-is-my-money".to_owned(), "money-triage"),
            ("/settings".to_owned(), "settings"),
        ] {
            app.open_page(&path, page).await;
            app.shows_no("main .skeleton").await;
            goes_round(app).await;
        }
    });
}

#[test]
fn keyboard_and_screen_reader_meet_heading_facts_and_actions_in_this_order() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.sign_in(&me).await;
        app.ask_to_bind(&me, Issuer::Gdut).await;
        app.shows("[data-action=identity-yes]").await;
        let title = words_of(app, "h1").await;
        let person = words_of(app, "main dd").await;
        let [yes, no, unsure] = [
            words_of(app, "[data-action=identity-yes]").await,
            words_of(app, "[data-action=identity-no]").await,
            words_of(app, "[data-action=identity-unsure]").await,
        ];
        assert!(person.contains('*'), "{person}");
        assert_read_in_order(
            app,
            &[
                ("main", ""),
                ("heading", &title),
                ("StaticText", &person),
                ("button", &yes),
                ("button", &no),
                ("button", &unsure),
                ("navigation", ""),
            ],
        )
        .await;

        app.click("identity-yes").await;
        app.page("card").await;
        let order = app.top_up(Issuer::Gdut, WalletKind::Main, "20").await;
        app.order_is(&order, "paid", "waiting").await;
        let title = words_of(app, "h1").await;
        let state = words_of(app, ".outcome-title").await;
        let fact = words_of(app, "main .facts dt").await;
        let action = words_of(app, "[data-action=refresh]").await;
        assert_read_in_order(
            app,
            &[
                ("main", ""),
                ("heading", &title),
                ("heading", &state),
                ("StaticText", "20"),
                ("StaticText", &fact),
                ("navigation", ""),
            ],
        )
        .await;
        let heard = read_aloud(app).await;
        let place = |name: &str| {
            heard
                .iter()
                .rposition(|(role, a_name)| (role == "button" || role == "link") && a_name == name)
        };
        let last_fact = heard.iter().position(|(_, name)| *name == fact);
        assert!(
            place(&action) > last_fact,
            "{action} comes before the facts: {heard:?}"
        );
    });
}

/// Notes what each live region of the app held when it came, and what it has said since.
const LISTEN: &str = "
    window.came = []; window.said = [];
    const regions = node => node.nodeType !== 1 ? []
        : [node, ...node.querySelectorAll('*')].filter(it => it.matches('.app [role=status]'));
    new MutationObserver(list => {
        for (const it of list) for (const node of it.addedNodes)
            for (const region of regions(node)) if (region.textContent.trim()) came.push(region.textContent);
        for (const region of document.querySelectorAll('.app [role=status]')) {
            const words = region.textContent.trim();
            if (words && said.at(-1) !== words) said.push(words);
        }
    }).observe(document, { childList: true, subtree: true, characterData: true });
";

#[test]
fn what_is_waited_for_and_what_is_old_is_said_by_a_region_that_was_there_before() {
    journey(async |app| {
        let me = app.sandbox.ordinary().await;
        app.with_card(&me, Issuer::Gdut).await;
        let card = app.card(Issuer::Gdut).await.id;
        app.before_every_page(LISTEN).await;
        let heard = async |words: &str| {
            let script =
                "return window.said.find(it => !arguments[0] || it === arguments[0]) ?? ''";
            let said = app.wait("it to be said", script, json!([words])).await;
            let came = app.ask("return window.came", json!([])).await;
            assert_eq!(came, json!([]), "came together with its words");
            said.as_str().unwrap_or_default().to_owned()
        };
        // Opened by its address, and reached by a link from there.
        app.sandbox
            .fault("GET", "/api/v1/top-ups", "delay", 1)
            .await;
        app.open_page("/orders", "orders").await;
        let waiting = heard("").await;
        assert_plain(&waiting, "while the orders come");
        app.shows_no("main .skeleton").await;
        app.sandbox
            .fault("GET", "/api/v1/cards/{id}", "delay", 1)
            .await;
        app.open_page("/", "home").await;
        app.shows("[data-card]").await;
        app.ask("window.came = []; window.said = []", json!([]))
            .await;
        app.tap(&format!("a[href='/cards/{card}']")).await;
        app.page("card").await;
        heard(&waiting).await;
        app.shows_no("main .skeleton").await;

        // What is shown is old.
        app.sandbox
            .fault("GET", "/api/v1/cards/{id}", "error", 9)
            .await;
        app.ask("window.came = []; window.said = []", json!([]))
            .await;
        app.click("refresh").await;
        app.shows("main .stale").await;
        let shown = words_of(app, "main .stale .notice-body").await;
        heard(&shown).await;
    });
}

/// A judge who never finds anything may be blind.
#[test]
fn a_region_that_comes_with_its_words_is_noticed() {
    journey(async |app| {
        app.before_every_page(LISTEN).await;
        app.open_page("/guide", "guide").await;
        app.ask(
            "window.came = [];
            const region = document.createElement('p');
            region.setAttribute('role', 'status'); region.textContent = 'too early';
            document.querySelector('main').append(region);",
            json!([]),
        )
        .await;
        app.wait(
            "it to be noticed",
            "return window.came[0] === 'too early'",
            json!([]),
        )
        .await;
    });
}
