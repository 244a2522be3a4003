//! The functions in a browser.

use std::{
    cell::{Cell, RefCell},
    future::Future,
    rc::Rc,
};

use dika_contract::{Timestamp, Typed};
use leptos::prelude::on_cleanup;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Document, HtmlElement, HtmlTextAreaElement, Node, Storage, VisibilityState, Window};

use super::{
    filter::inverts,
    presence::{OBSERVE_EVERY_MS, Presence},
    server_clock::ServerClock,
    storage_key::StorageKey,
};

fn window() -> Window {
    // Only a worker has no window, and none runs this.
    web_sys::window().expect("a window")
}

fn document() -> Document {
    window().document().expect("a document")
}

thread_local! {
    static CLOCK: Cell<ServerClock> = const { Cell::new(ServerClock::Unknown) };
}

/// Milliseconds since 1970 by the device's clock, which may be hours off.
fn device_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// Milliseconds since the page was opened, by a clock that nobody sets.
fn page_ms() -> i64 {
    window()
        .performance()
        .map_or_else(js_sys::Date::now, |clock| clock.now()) as i64
}

/// Takes the server's time from a reply, in milliseconds since 1970 UTC; `None` where a reply doesn't say.
pub fn hear_server_time(server_ms: Option<i64>) {
    let mut clock = CLOCK.get();
    match server_ms {
        Some(server_ms) => clock.hear(server_ms, page_ms()),
        None => clock.hear_nothing(),
    }
    CLOCK.set(clock);
}

/// The time at the server; `None` before its first reply.
pub fn server_now() -> Option<Timestamp> {
    let now_ms = CLOCK.get().now_ms(page_ms(), device_ms())?;
    Some(Timestamp::from_unix(now_ms / 1000))
}

/// The time at the server; before its first reply the device's.
pub fn now() -> Timestamp {
    server_now().unwrap_or_else(|| Timestamp::from_unix(device_ms() / 1000))
}

/// The storage for a key. It can be missing or refuse (private mode, snapshot pages); nothing is then
/// stored.
fn storage(key: &StorageKey) -> Option<Storage> {
    let storage = if key.is_persistent() {
        window().local_storage()
    } else {
        window().session_storage()
    };
    storage.ok().flatten()
}

/// Reads typed text; the normal forms are the browser's.
pub fn typed(text: &str) -> Typed {
    Typed::with(text, |text| {
        js_sys::JsString::from(text).normalize("NFKC").into()
    })
}

/// The text that an `input` event put in; `None` where something was deleted or set by a script.
pub fn inserted_text(event: &leptos::ev::Event) -> Option<String> {
    let data = js_sys::Reflect::get(event, &"data".into());
    data.ok()?.as_string()
}

/// Reads a stored value.
pub fn load(key: &StorageKey) -> Option<String> {
    storage(key)?.get_item(&key.name()).ok().flatten()
}

/// Stores a value.
pub fn store(key: &StorageKey, value: &str) {
    if let Some(storage) = storage(key) {
        // If storage is full or forbidden the app goes on without it.
        let _ = storage.set_item(&key.name(), value);
    }
}

/// Deletes a stored value.
pub fn remove(key: &StorageKey) {
    if let Some(storage) = storage(key) {
        let _ = storage.remove_item(&key.name());
    }
}

/// Removes everything that is stored for the tab.
pub fn remove_drafts() {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.clear();
    }
}

thread_local! {
    static RETURN_LISTENERS: ReturnListeners = const { ReturnListeners::new() };
}

type ReturnCallback = Rc<dyn Fn()>;

/// The callbacks of [`on_page_shown`].
struct ReturnListeners {
    presence: Cell<Option<Presence>>,
    callbacks: RefCell<Vec<(u32, ReturnCallback)>>,
    last_id: Cell<u32>,
    /// Whether an event said that the page is hidden: then an event will say when it is shown again.
    is_hidden_by_event: Cell<bool>,
    is_observing: Cell<bool>,
}

impl ReturnListeners {
    const fn new() -> Self {
        Self {
            presence: Cell::new(None),
            callbacks: RefCell::new(Vec::new()),
            last_id: Cell::new(0),
            is_hidden_by_event: Cell::new(false),
            is_observing: Cell::new(false),
        }
    }

    fn add(&self, callback: impl Fn() + 'static) -> u32 {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        self.callbacks.borrow_mut().push((id, Rc::new(callback)));
        id
    }

    fn remove(&self, id: u32) {
        self.callbacks.borrow_mut().retain(|entry| entry.0 != id);
    }

    fn get(&self, id: u32) -> Option<ReturnCallback> {
        let callbacks = self.callbacks.borrow();
        let entry = callbacks.iter().find(|entry| entry.0 == id)?;
        Some(Rc::clone(&entry.1))
    }

    /// Calls back if the user has returned since the last observation. `is_shown_event`: an event said that the
    /// page is shown, or hidden, now.
    fn observe(&self, is_shown_event: bool) {
        let hidden = is_hidden();
        let now = device_ms();
        let mut presence = self.presence.get().unwrap_or(Presence::new(hidden, now));
        let returned = presence.observe(hidden, now);
        self.presence.set(Some(presence));
        if hidden && is_shown_event {
            self.is_hidden_by_event.set(true);
        } else if !hidden {
            self.is_hidden_by_event.set(false);
            observe_in_time();
        }
        if returned || (is_shown_event && !hidden) {
            // A callback may remove others; those are not called any more.
            let ids: Vec<u32> = self
                .callbacks
                .borrow()
                .iter()
                .map(|entry| entry.0)
                .collect();
            for callback in ids.into_iter().filter_map(|id| self.get(id)) {
                callback();
            }
        }
    }
}

/// Calls back whenever the user returns to the page: from the cashier, from another app, from the
/// browser's page cache, from a phone that slept. Ends with the reactive owner.
pub fn on_page_shown(callback: impl Fn() + 'static) {
    let id = RETURN_LISTENERS.with(|listeners| {
        if listeners.presence.get().is_none() {
            listeners
                .presence
                .set(Some(Presence::new(is_hidden(), device_ms())));
            observe_presence();
        }
        listeners.add(callback)
    });
    on_cleanup(move || RETURN_LISTENERS.with(|listeners| listeners.remove(id)));
}

/// Observes at every event that may mean a return, and every few seconds, for as long as the page lives.
fn observe_presence() {
    let observe = |is_shown_event| {
        RETURN_LISTENERS.with(|listeners| listeners.observe(is_shown_event));
    };
    // The first event of a page that is still loading is not a return.
    let is_loading = Cell::new(document().ready_state() != "complete");
    let window: web_sys::EventTarget = window().unchecked_into();
    listen_forever(&window, "pageshow", move || {
        observe(!is_loading.replace(false))
    });
    for event in ["focus", "online", "touchstart", "pointerdown", "keydown"] {
        listen_forever(&window, event, move || observe(false));
    }
    listen_forever(&document(), "visibilitychange", move || observe(true));
    observe_in_time();
}

/// Observes every few seconds, unless that is under way. Ends where an event said that the page is hidden:
/// another one will say when it is shown.
fn observe_in_time() {
    if RETURN_LISTENERS.with(|listeners| listeners.is_observing.replace(true)) {
        return;
    }
    spawn(async move {
        while !is_hidden_by_event() {
            sleep(OBSERVE_EVERY_MS).await;
            if !is_hidden_by_event() {
                RETURN_LISTENERS.with(|listeners| listeners.observe(false));
            }
        }
        RETURN_LISTENERS.with(|listeners| listeners.is_observing.set(false));
    });
}

/// Whether an event said that the page is hidden. What runs meanwhile may stop: a return starts it again.
pub fn is_hidden_by_event() -> bool {
    is_hidden() && RETURN_LISTENERS.with(|listeners| listeners.is_hidden_by_event.get())
}

/// Adds an event listener for as long as the page lives.
fn listen_forever(target: &web_sys::EventTarget, event: &str, callback: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(callback).into_js_value();
    let _ = target.add_event_listener_with_callback(event, callback.unchecked_ref());
}

/// Calls back whenever the user leaves the page: for another app, another tab, another site. Ends with
/// the reactive owner.
pub fn on_page_hidden(call: impl Fn() + 'static) {
    on_page_life("pagehide", move |is_pagehide| {
        if is_pagehide || is_hidden() {
            call();
        }
    });
}

/// Listens to an event of the window and to visibility changes. The argument tells whether it was the
/// window's event.
fn on_page_life(event: &'static str, call: impl Fn(bool) + 'static) {
    let call = std::rc::Rc::new(call);
    let shared = std::rc::Rc::clone(&call);
    listen(window().unchecked_into(), event, move || call(true));
    listen(document().unchecked_into(), "visibilitychange", move || {
        shared(false);
    });
}

/// Adds an event listener that is removed with the reactive owner.
fn listen(target: web_sys::EventTarget, event: &'static str, call: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(call);
    let function: &js_sys::Function = callback.as_ref().unchecked_ref();
    let _ = target.add_event_listener_with_callback(event, function);
    let held = SendWrapper::new((target, callback));
    on_cleanup(move || {
        let (target, callback) = &*held;
        let function: &js_sys::Function = callback.as_ref().unchecked_ref();
        let _ = target.remove_event_listener_with_callback(event, function);
    });
}

/// Whether the page is hidden now.
pub fn is_hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// Waits for a number of milliseconds.
pub async fn sleep(ms: u32) {
    gloo_timers::future::TimeoutFuture::new(ms).await;
}

/// Runs a future in the background, to its end.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// Copies text. Returns whether that worked. Must run within the tap. Uses an invisible text field and
/// `execCommand`: the clipboard API may finish after the tap, which Safari refuses.
pub fn copy(text: &str) -> bool {
    let document = document();
    let Some(body) = document.body() else {
        return false;
    };
    let Ok(field) = document.create_element("textarea") else {
        return false;
    };
    let field: HtmlTextAreaElement = field.unchecked_into();
    field.set_value(text);
    field.set_class_name("sr-only");
    let _ = field.set_attribute("readonly", "");
    let _ = field.set_attribute("aria-hidden", "true");
    if body.append_child(&field).is_err() {
        return false;
    }
    let focused = document.active_element();
    field.select();
    let _ = field.set_selection_range(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let copied =
        call(&document, "execCommand", &"copy".into()).is_some_and(|done| done.is_truthy());
    field.remove();
    if let Some(focused) = focused.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        let _ = focused.focus();
    }
    copied
}

/// Calls a method of an object. Returns `None` if there is none or it throws.
fn call(object: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    let function = js_sys::Reflect::get(object, &method.into()).ok()?;
    let function: js_sys::Function = function.dyn_into().ok()?;
    function.call1(object, argument).ok()
}

/// Opens the print dialog. Returns whether there is one.
pub fn print() -> bool {
    call(&window(), "print", &JsValue::UNDEFINED).is_some()
}

/// Calls a method of an object with several arguments.
fn call_with(object: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let function = js_sys::Reflect::get(object, &method.into()).ok()?;
    let function: js_sys::Function = function.dyn_into().ok()?;
    let arguments: js_sys::Array = arguments.iter().collect();
    function.apply(object, &arguments).ok()
}

/// Draws lines of text, black on white, as a PNG. Returns its `data:` address, or `None` if the browser can't.
pub fn picture_of(lines: &[&str]) -> Option<String> {
    // In units of the canvas's own text, which is ten high.
    const WIDTH: i32 = 300;
    const LINE: i32 = 17;
    const MARGIN: i32 = 16;
    const SCALE: i32 = 3;
    let set = |object: &JsValue, name: &str, value: JsValue| {
        js_sys::Reflect::set(object, &name.into(), &value).ok()
    };
    let height = i32::try_from(lines.len()).ok()? * LINE + 2 * MARGIN;
    let canvas: JsValue = document().create_element("canvas").ok()?.into();
    set(&canvas, "width", (WIDTH * SCALE).into())?;
    set(&canvas, "height", (height * SCALE).into())?;
    let pen = call(&canvas, "getContext", &"2d".into())?;
    call_with(&pen, "scale", &[SCALE.into(), SCALE.into()])?;
    set(&pen, "fillStyle", "#fff".into())?;
    let area = [0, 0, WIDTH, height].map(JsValue::from);
    call_with(&pen, "fillRect", &area)?;
    set(&pen, "fillStyle", "#000".into())?;
    let mut baseline = MARGIN + LINE * 2 / 3;
    for line in lines {
        let room = WIDTH - 2 * MARGIN;
        let [left, room] = [MARGIN, room].map(JsValue::from);
        call_with(
            &pen,
            "fillText",
            &[(*line).into(), left, baseline.into(), room],
        )?;
        baseline += LINE;
    }
    call(&canvas, "toDataURL", &"image/png".into())?.as_string()
}

/// Opens the share sheet with a text. Returns whether there is one. Must run within the tap.
pub fn share(text: &str) -> bool {
    let what = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&what, &"text".into(), &text.into());
    let Some(done) = call(&window().navigator(), "share", &what) else {
        return false;
    };
    // Ignore the result: cancelling is not an error.
    if let Ok(done) = done.dyn_into::<js_sys::Promise>() {
        spawn(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(done).await;
        });
    }
    true
}

/// The page's origin: `https://card.example`.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Path and query in the address bar.
pub fn path_and_query() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// The path in the address bar.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Ends what is on its way, so that another address need not share the network with it.
pub fn stop_loading() {
    let _ = window().stop();
}

/// Loads another address.
pub fn open_url(url: &str) {
    let _ = window().location().set_href(url);
}

/// Loads another address in place of this one in the history.
pub fn replace_url(url: &str) {
    let _ = window().location().replace(url);
}

/// Encodes a text as a value in a query.
pub fn encode_uri_component(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Reloads the page.
pub fn reload() {
    let _ = window().location().reload();
}

/// Sets the document's title.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Moves the focus to the page's content without scrolling.
pub fn focus_main() {
    if let Ok(Some(main)) = document().query_selector("#main") {
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
        call(&main, "focus", &options);
    }
}

/// Scrolls to the top of the page.
pub fn scroll_to_top() {
    let options = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&options, &"top".into(), &JsValue::from(0));
    call(&window(), "scrollTo", &options);
}

/// Scrolls a line that scrolls sideways until the element that `css` selects is seen; the page stays where it is.
pub fn scroll_line_to(css: &str) {
    if let Ok(Some(element)) = document().query_selector(css) {
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"block".into(), &"nearest".into());
        call(&element, "scrollIntoView", &options);
    }
}

/// Sets whether links replace the current history entry: the first link that `css` selects and its
/// following siblings. The router reads this property of a link.
pub fn make_links_replace(css: &str, replace: bool) {
    let first = document().query_selector(css).ok().flatten();
    let mut link: Option<Node> = first.map(Into::into);
    while let Some(node) = link {
        let _ = js_sys::Reflect::set(&node, &"replace".into(), &replace.into());
        link = node.next_sibling();
    }
}

/// Whether there is an element that `css` selects.
pub fn is_on_page(css: &str) -> bool {
    document().query_selector(css).is_ok_and(|it| it.is_some())
}

/// Whether an element has the focus.
pub fn has_focus() -> bool {
    let document = document();
    document.active_element() != document.body().map(Into::into)
}

/// Whether the document's root has an attribute.
pub fn has_html_attribute(name: &str) -> bool {
    document()
        .document_element()
        .is_some_and(|root| root.has_attribute(name))
}

/// Sets or removes an attribute of the document's root.
pub fn set_html_attribute(name: &str, value: Option<&str>) {
    if let Some(root) = document().document_element() {
        let _ = match value {
            Some(value) => root.set_attribute(name, value),
            None => root.remove_attribute(name),
        };
    }
}

/// The document's language, which the server chose: `zh-CN` or `en`.
pub fn html_lang() -> String {
    document()
        .document_element()
        .and_then(|root| root.get_attribute("lang"))
        .unwrap_or_default()
}

/// Sets a cookie that says for a year what was chosen in the settings. Without a text, nothing is chosen.
pub fn set_cookie(name: &str, text: &str) {
    let cookie = [name, "=", text, "; path=/; max-age=31536000; samesite=lax"].concat();
    let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &cookie.into());
}

/// The browser's user agent.
pub fn user_agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// Whether the screen takes touches.
pub fn takes_touches() -> bool {
    window().navigator().max_touch_points() > 0
}

/// Whether the browser says that it keeps cookies. One that says so may still refuse this site's.
/// Engines that are set to block cookies deny access to storage, even where `cookieEnabled` is true.
pub fn keeps_cookies() -> bool {
    window().local_storage().is_ok()
        && js_sys::Reflect::get(&window().navigator(), &"cookieEnabled".into())
            .is_ok_and(|enabled| enabled.is_truthy())
}

/// The API's origin as set by the deploying school; empty for the page's own.
pub fn api_origin() -> String {
    let tag = document()
        .query_selector("meta[name=dika-api]")
        .ok()
        .flatten();
    let origin = tag
        .and_then(|tag| tag.get_attribute("content"))
        .unwrap_or_default();
    origin.trim_end_matches('/').to_owned()
}

/// Sixteen random bytes.
pub fn random_bytes() -> [u8; 16] {
    let mut bytes = [0; 16];
    if let Ok(crypto) = window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// Whether filters of others show an element, the one that `css` selects, with light and dark exchanged. Its own
/// `data-turned`, which exchanges them once more, does not count.
pub fn is_turned(css: &str) -> bool {
    let mut is_turned = false;
    let mut element = document().query_selector(css).ok().flatten();
    while let Some(it) = element {
        let style = call(&window(), "getComputedStyle", &it).unwrap_or_default();
        let filter = js_sys::Reflect::get(&style, &"filter".into()).ok();
        let filter = filter
            .and_then(|filter| filter.as_string())
            .unwrap_or_default();
        is_turned ^= inverts(&filter) && !it.has_attribute("data-turned");
        element = it.parent_element();
    }
    is_turned
}

/// What the page brought along under this name (`take_over.js`), until it has been drawn.
pub fn seed(name: &str) -> Option<String> {
    call(&window(), "dikaSeed", &name.into())?.as_string()
}

/// Brings back what a page brought along that the app left as it came (`take_over.js`), to be read again. Returns whether
/// there is something.
pub fn recall_page() -> bool {
    call(&window(), "dikaRecall", &JsValue::UNDEFINED).is_some_and(|kept| kept.is_truthy())
}

/// Forgets all that the page brought along.
pub fn forget_page() {
    call(&window(), "dikaForget", &JsValue::UNDEFINED);
}

/// Whether the app can take over the nodes of the page as it is now. Where it can't, or where `anew` asks for it,
/// the page is empty afterwards, to be drawn from nothing; [`give_back`] then fills its fields again. Without the
/// script of the built app (`take_over.js`) nothing is taken over.
pub fn take_over(anew: bool) -> bool {
    call(&window(), "dikaTakeOver", &anew.into()).is_some_and(|taken| taken.is_truthy())
}

/// Whether the page that came, or the page's content, has the words and attributes of what `draw` draws into an element
/// beside it. What `draw` returns is dropped at the end.
pub fn agrees<T>(draw: impl FnOnce(HtmlElement) -> T) -> bool {
    let Ok(aside) = document().create_element("div") else {
        return true;
    };
    let aside: HtmlElement = aside.unchecked_into();
    let _drawn = draw(aside.clone());
    call(&window(), "dikaAgrees", &aside).is_none_or(|agrees| agrees.is_truthy())
}

/// Puts what stood in the fields of the page before into those of the page that was drawn in its place.
pub fn give_back() {
    call(&window(), "dikaGiveBack", &JsValue::UNDEFINED);
}

/// Calls back whenever what the app draws no longer reaches the screen, because something outside of it put other
/// nodes in the place of its own (`texts.js`).
pub fn on_lost_nodes(call: impl Fn() + 'static) {
    let callback = Closure::<dyn Fn()>::new(call);
    let function: &js_sys::Function = callback.as_ref().unchecked_ref();
    let _ = window().add_event_listener_with_callback("dika:lost", function);
    // For as long as the page lives.
    callback.forget();
}

/// Signals that the page reacts to taps: to `public/boot.js`, which replays earlier ones, and to tests.
pub fn announce_ready() {
    set_html_attribute("data-ready", Some("true"));
    dispatch("dika:hydrated");
}

/// Signals that the app can't start: to `public/rescue.js`.
pub fn announce_failure() {
    dispatch("dika:failed");
}

/// Logs panics, and signals them to `public/rescue.js`.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        dispatch("dika:panic");
    }));
}

fn dispatch(event: &str) {
    if let Ok(event) = web_sys::Event::new(event) {
        let _ = window().dispatch_event(&event);
    }
}
