//! The app, mounted at an address, with ways to read and operate it.

use std::sync::Arc;

use dika::app::App;
use dika_contract::Language;
use gloo_timers::future::TimeoutFuture;
use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, Event, HtmlElement, HtmlInputElement};

use crate::scripted_transport::ScriptedTransport;

/// The mounted app. Unmounted when dropped.
pub struct TestApp {
    host: HtmlElement,
    app: Option<Box<dyn std::any::Any>>,
}

fn document() -> Document {
    web_sys::window()
        .and_then(|window| window.document())
        .expect("a document")
}

/// Clears what earlier tests stored.
pub fn clear_storage() {
    let window = web_sys::window().expect("a window");
    for storage in [window.session_storage(), window.local_storage()] {
        storage
            .ok()
            .flatten()
            .expect("storage")
            .clear()
            .expect("it can be cleared");
    }
}

impl TestApp {
    /// Mounts the app at an address, in English.
    pub fn open(path: &str, script: &ScriptedTransport) -> Self {
        let window = web_sys::window().expect("a window");
        let history = window.history().expect("a history");
        history
            .replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(path))
            .expect("an address of this origin");
        let host: HtmlElement = document()
            .create_element("div")
            .expect("a div")
            .unchecked_into();
        document()
            .body()
            .expect("a body")
            .append_child(&host)
            .expect("it takes a child");
        let transport = Arc::new(script.clone());
        let app = mount_to(host.clone(), move || {
            view! { <App language=Language::English transport/> }
        });
        Self {
            host,
            app: Some(Box::new(app)),
        }
    }

    /// The first element that matches, if any.
    pub fn find(&self, css: &str) -> Option<Element> {
        self.host.query_selector(css).expect("a selector")
    }

    /// Waits for an element that matches.
    pub async fn wait_for(&self, css: &str) -> Element {
        for _ in 0..500 {
            if let Some(found) = self.find(css) {
                return found;
            }
            TimeoutFuture::new(10).await;
        }
        panic!("no {css} in: {}", self.text());
    }

    /// Waits until no element matches.
    pub async fn wait_until_gone(&self, css: &str) {
        for _ in 0..500 {
            if self.find(css).is_none() {
                return;
            }
            TimeoutFuture::new(10).await;
        }
        panic!("still {css} in: {}", self.text());
    }

    /// Waits until the visible text contains this.
    pub async fn reads(&self, what: &str) {
        for _ in 0..500 {
            if self.text().contains(what) {
                return;
            }
            TimeoutFuture::new(10).await;
        }
        panic!("no {what:?} in: {}", self.text());
    }

    /// The visible text.
    pub fn text(&self) -> String {
        self.host.inner_text()
    }

    /// Waits for an enabled action and taps it.
    pub async fn tap(&self, action: &str) {
        let css = format!("[data-action='{action}']:not([aria-disabled=true])");
        let button: HtmlElement = self.wait_for(&css).await.unchecked_into();
        button.click();
    }

    /// Waits for an input and replaces its text.
    pub async fn type_into(&self, name: &str, text: &str) {
        let css = format!("input[name='{name}']");
        let input: HtmlInputElement = self.wait_for(&css).await.unchecked_into();
        input.set_value(text);
        let typed = Event::new("input").expect("an event");
        input.dispatch_event(&typed).expect("it takes events");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.app.take());
        self.host.remove();
    }
}

/// Another browser's name, until dropped.
pub struct Agent;

impl Agent {
    /// WeChat on a phone.
    pub fn wechat() -> Self {
        js_sys::Function::new_no_args(
            "Object.defineProperty(navigator, 'userAgent', { configurable: true, value:
             'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5) Mobile/15E148 MicroMessenger/8.0.50' })",
        )
        .call0(&wasm_bindgen::JsValue::NULL)
        .expect("the name is set");
        Self
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let name = js_sys::Function::new_no_args("delete navigator.userAgent");
        let _ = name.call0(&wasm_bindgen::JsValue::NULL);
    }
}

/// Waits for a number of milliseconds.
pub async fn sleep(ms: u32) {
    TimeoutFuture::new(ms).await;
}
