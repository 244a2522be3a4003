//! WeChat has a text size of its own, which pages follow, as Tencent's cashier rules ask: text and
//! what holds it grow, and nothing turns the setting off.

/// Follows WeChat's text size from now on. Once, in an effect of the app; does nothing elsewhere.
#[cfg(target_arch = "wasm32")]
pub fn follow_font_size() {
    use crate::{platform, wechat::Place};

    if Place::here() == Place::WeChat {
        platform::spawn(browser::follow());
    }
}

/// There is no WeChat natively.
#[cfg(not(target_arch = "wasm32"))]
pub fn follow_font_size() {}

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::{Function, JSON, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue, closure::Closure};

    use crate::wechat::bridge::ready;

    pub(super) async fn follow() {
        if let Some(scale) = at_start() {
            set(&scale);
        }
        let Some(bridge) = ready().await else { return };
        let Some(again) = ready().await else { return };
        let changed = Closure::<dyn Fn(JsValue)>::new(move |setting: JsValue| {
            let told = |name: &str| Reflect::get(&setting, &name.into()).ok();
            // iOS scales the page's text; Android wants to be told to do it.
            if let Some(scale) = told("fontScale") {
                set(&scale);
            }
            let size = Object::new();
            if let Some(step) = told("fontSize") {
                let _ = Reflect::set(&size, &"fontSize".into(), &step);
            }
            let _ = again.invoke("setFontSizeCallback", &size, &JsValue::UNDEFINED);
        });
        let _ = bridge.on("menu:setfont", changed.as_ref());
        // For as long as the page lives.
        changed.forget();
    }

    /// The setting at the page's start, in per cent: `JSON.parse(__wxWebEnv.getEnv()).fontScale`.
    fn at_start() -> Option<JsValue> {
        let environment = Reflect::get(&js_sys::global(), &"__wxWebEnv".into()).ok()?;
        let get: Function = Reflect::get(&environment, &"getEnv".into())
            .ok()?
            .dyn_into()
            .ok()?;
        let told = get.call0(&environment).ok()?.as_string()?;
        Reflect::get(&JSON::parse(&told).ok()?, &"fontScale".into()).ok()
    }

    fn set(scale: &JsValue) {
        // A number, or its digits as text; anything else is left alone.
        let Some(percent) = JSON::stringify(scale)
            .ok()
            .and_then(|json| json.as_string())
        else {
            return;
        };
        let percent = percent.trim_matches('"');
        if percent.is_empty() || !percent.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            return;
        }
        let body = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.body());
        if let Some(body) = body {
            let _ = body
                .style()
                .set_property("-webkit-text-size-adjust", &[percent, "%"].concat());
        }
    }
}
