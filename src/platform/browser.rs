//! In the browser.

use std::future::Future;

use dika_contract::Timestamp;
use leptos::prelude::on_cleanup;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Document, HtmlElement, HtmlTextAreaElement, Node, Storage, VisibilityState, Window};

use super::Key;

fn window() -> Window {
    // A page's script always has a window; a worker would not, and none runs this.
    web_sys::window().expect("a window")
}

fn document() -> Document {
    window().document().expect("a document")
}

/// Seconds since 1970 by the device's clock.
pub fn now() -> Timestamp {
    Timestamp::from_unix(js_sys::Date::now() as i64 / 1000)
}

/// Storage can be missing or refuse (private mode, snapshot pages): then nothing is kept.
fn storage(key: &Key) -> Option<Storage> {
    let storage = if key.lasts() {
        window().local_storage()
    } else {
        window().session_storage()
    };
    storage.ok().flatten()
}

/// What is kept under a key.
pub fn load(key: &Key) -> Option<String> {
    storage(key)?.get_item(&key.name()).ok().flatten()
}

/// Keeps something.
pub fn store(key: &Key, value: &str) {
    if let Some(storage) = storage(key) {
        // A full or forbidden storage costs comfort, never money.
        let _ = storage.set_item(&key.name(), value);
    }
}

/// Keeps it no longer.
pub fn forget(key: &Key) {
    if let Some(storage) = storage(key) {
        let _ = storage.remove_item(&key.name());
    }
}

/// Calls back whenever the user returns to the page: from the cashier, from another app, from the
/// browser's page cache. Until the page that asked is gone.
pub fn on_return(call: impl Fn() + 'static) {
    // A page that is still loading will be shown for the first time: that is no return.
    let arriving = std::cell::Cell::new(document().ready_state() != "complete");
    on_page_life("pageshow", move |shown| {
        let arrives = shown && arriving.replace(false);
        if !arrives && !is_hidden() {
            call();
        }
    });
}

/// Calls back whenever the user leaves the page: for another app, another tab, another site. Until
/// the page that asked is gone.
pub fn on_leave(call: impl Fn() + 'static) {
    on_page_life("pagehide", move |leaving| {
        if leaving || is_hidden() {
            call();
        }
    });
}

/// Listens to an event of the window, and to the page being shown and hidden. The call is told
/// whether it was the window's event.
fn on_page_life(event: &'static str, call: impl Fn(bool) + 'static) {
    let call = std::rc::Rc::new(call);
    let shared = std::rc::Rc::clone(&call);
    listen(window().unchecked_into(), event, move || call(true));
    listen(document().unchecked_into(), "visibilitychange", move || {
        shared(false);
    });
}

/// Listens until the reactive owner is gone.
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

/// Whether the page cannot be seen now.
pub fn is_hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// Waits so many milliseconds.
pub async fn sleep(ms: u32) {
    gloo_timers::future::TimeoutFuture::new(ms).await;
}

/// Runs something in the background, to its end.
pub fn spawn(work: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(work);
}

/// Copies text, inside the tap that asked for it; says whether that worked. An invisible text field
/// and the old command, because the new way may answer after the tap is over, which Safari refuses.
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

/// Calls a method of an object if it has one; what it answers.
fn call(object: &JsValue, method: &str, argument: &JsValue) -> Option<JsValue> {
    let function = js_sys::Reflect::get(object, &method.into()).ok()?;
    let function: js_sys::Function = function.dyn_into().ok()?;
    function.call1(object, argument).ok()
}

/// Opens the browser's way to print, which also saves; says whether there is one.
pub fn print() -> bool {
    call(&window(), "print", &JsValue::UNDEFINED).is_some()
}

/// Opens the system's way to send a text to somebody, inside the tap that asked for it; says whether
/// there is one. What becomes of it is the student's business.
pub fn share(text: &str) -> bool {
    let what = js_sys::Object::new();
    let _ = js_sys::Reflect::set(&what, &"text".into(), &text.into());
    let Some(done) = call(&window().navigator(), "share", &what) else {
        return false;
    };
    // A share that was turned down is no fault of the page.
    if let Ok(done) = done.dyn_into::<js_sys::Promise>() {
        spawn(async move {
            let _ = wasm_bindgen_futures::JsFuture::from(done).await;
        });
    }
    true
}

/// Where the page comes from: `https://card.example`.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// The path and query of the page's address.
pub fn path_and_query() -> String {
    let location = window().location();
    location.pathname().unwrap_or_default() + &location.search().unwrap_or_default()
}

/// The path of the page's address.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Leaves for another address.
pub fn go(url: &str) {
    let _ = window().location().set_href(url);
}

/// Leaves for another address, which takes this one's place in the history.
pub fn replace(url: &str) {
    let _ = window().location().replace(url);
}

/// A text as a value in an address.
pub fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Loads the page again.
pub fn reload() {
    let _ = window().location().reload();
}

/// Names the window.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Moves the focus to the page's content, without a ring and without scrolling.
pub fn focus_main() {
    if let Ok(Some(main)) = document().query_selector("#main") {
        let options = js_sys::Object::new();
        let _ = js_sys::Reflect::set(&options, &"preventScroll".into(), &JsValue::TRUE);
        call(&main, "focus", &options);
    }
}

/// Whether links take this page's place in the history when they are tapped: the one that `css` selects and
/// those that follow beside it. A property that the router reads off a link.
pub fn make_links_replace(css: &str, replace: bool) {
    let first = document().query_selector(css).ok().flatten();
    let mut link: Option<Node> = first.map(Into::into);
    while let Some(node) = link {
        let _ = js_sys::Reflect::set(&node, &"replace".into(), &replace.into());
        link = node.next_sibling();
    }
}

/// Whether anything in the page has the focus.
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

/// The document's language, `zh-CN` or `en`: the server chose it.
pub fn html_lang() -> String {
    document()
        .document_element()
        .and_then(|root| root.get_attribute("lang"))
        .unwrap_or_default()
}

/// Remembers the language for the server's next page: a cookie, one year.
pub fn set_language(tag: &str) {
    let cookie = [
        "dika_lang=",
        tag,
        "; path=/; max-age=31536000; samesite=lax",
    ]
    .concat();
    let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &cookie.into());
}

/// How the browser names itself.
pub fn user_agent() -> String {
    window().navigator().user_agent().unwrap_or_default()
}

/// The API's origin as the deploying school set it; empty is this page's own.
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

/// Says that the page answers to taps: for the script that kept the taps before, and for tests.
pub fn announce_ready() {
    set_html_attribute("data-ready", Some("true"));
    tell("dika:hydrated");
}

/// Says that the app can't start: for the plain script that shows the way on.
pub fn announce_failure() {
    tell("dika:failed");
}

/// A panic is logged, and the plain script outside of this module shows the way on.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        tell("dika:panic");
    }));
}

fn tell(event: &str) {
    if let Ok(event) = web_sys::Event::new(event) {
        let _ = window().dispatch_event(&event);
    }
}
