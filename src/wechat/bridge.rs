//! `WeixinJSBridge`, the object that WeChat puts into its pages: waits for it with a time limit, has
//! it pay, and says how that ended. What it says is a hint: whoever calls this asks the API next.

/// How a payment by the bridge ended, in the bridge's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgeResult {
    /// It says: paid.
    Ok,
    /// It says: the student turned back.
    Cancelled,
    /// It says: failed.
    Failed,
    /// There is no bridge, or it did not answer in time.
    NoAnswer,
}

impl BridgeResult {
    /// Reads the bridge's `err_msg`. Anything unknown is a failure, which the API then corrects.
    pub fn from_err_msg(message: &str) -> Self {
        match message.rsplit(':').next() {
            Some("ok") => Self::Ok,
            Some("cancel") => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

#[cfg(target_arch = "wasm32")]
pub use browser::pay;

/// There is no bridge natively.
#[cfg(not(target_arch = "wasm32"))]
pub async fn pay(_: &dika_contract::PaymentPrompt) -> BridgeResult {
    BridgeResult::NoAnswer
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use dika_contract::PaymentPrompt;
    use gloo_timers::callback::Timeout;
    use js_sys::{Function, Object, Promise, Reflect};
    use wasm_bindgen::{JsCast, JsValue, closure::Closure};
    use wasm_bindgen_futures::JsFuture;

    use super::BridgeResult;

    /// WeChat puts the bridge in soon after the page has loaded.
    const READY_LIMIT_MS: u32 = 5_000;
    /// A student types a password, or looks for another bank card; after this the page goes on
    /// without an answer.
    const PAY_LIMIT_MS: u32 = 180_000;

    /// The bridge, once it is there.
    struct Bridge(JsValue);

    impl Bridge {
        /// The bridge if it is there now.
        fn current() -> Option<Self> {
            let bridge = Reflect::get(&js_sys::global(), &"WeixinJSBridge".into()).ok()?;
            bridge.is_object().then_some(Self(bridge))
        }

        /// `WeixinJSBridge.invoke(name, parameters, answer)`.
        fn invoke(&self, name: &str, parameters: &Object, answer: &JsValue) -> Option<()> {
            let invoke = Reflect::get(&self.0, &"invoke".into()).ok()?;
            let invoke: Function = invoke.dyn_into().ok()?;
            invoke
                .call3(&self.0, &name.into(), parameters, answer)
                .ok()
                .map(drop)
        }
    }

    /// Waits until `start`'s callback is called, at most so long. The first answer counts.
    async fn within(limit_ms: u32, start: impl FnOnce(Function)) -> Option<JsValue> {
        let mut answer = None;
        let promise = Promise::new(&mut |resolve, _| answer = Some(resolve));
        let answer = answer?;
        let late = answer.clone();
        let timer = Timeout::new(limit_ms, move || {
            // A promise takes only its first value; `undefined` says that nobody answered.
            let _ = late.call0(&JsValue::UNDEFINED);
        });
        start(answer);
        let value = JsFuture::from(promise).await.ok();
        drop(timer);
        value.filter(|value| !value.is_undefined())
    }

    /// Waits for the bridge.
    async fn ready() -> Option<Bridge> {
        if let Some(bridge) = Bridge::current() {
            return Some(bridge);
        }
        let document = web_sys::window()?.document()?;
        within(READY_LIMIT_MS, |answer| {
            let _ = document.add_event_listener_with_callback("WeixinJSBridgeReady", &answer);
        })
        .await;
        // Also after the limit: it may have come without the event.
        Bridge::current()
    }

    /// Has WeChat's cashier pay.
    pub async fn pay(prompt: &PaymentPrompt) -> BridgeResult {
        let PaymentPrompt::Jsapi {
            app_id,
            time_stamp,
            nonce_str,
            package,
            sign_type,
            pay_sign,
        } = prompt
        else {
            return BridgeResult::Failed;
        };
        let Some(bridge) = ready().await else {
            return BridgeResult::NoAnswer;
        };
        // As they came: the server signed them.
        let parameters = Object::new();
        for (name, value) in [
            ("appId", app_id),
            ("timeStamp", time_stamp),
            ("nonceStr", nonce_str),
            ("package", package),
            ("signType", sign_type),
            ("paySign", pay_sign),
        ] {
            let _ = Reflect::set(&parameters, &name.into(), &value.into());
        }
        let answer = within(PAY_LIMIT_MS, |answer| {
            let answered = answer.clone();
            // Kept for good, a few bytes a payment: a bridge may call it twice, also after the limit.
            let tell = Closure::<dyn Fn(JsValue)>::new(move |result: JsValue| {
                let message = Reflect::get(&result, &"err_msg".into()).ok();
                let message = message.and_then(|message| message.as_string());
                let _ = answered.call1(
                    &JsValue::UNDEFINED,
                    &message.unwrap_or_default().as_str().into(),
                );
            })
            .into_js_value();
            if bridge
                .invoke("getBrandWCPayRequest", &parameters, &tell)
                .is_none()
            {
                // It will never answer.
                let _ = answer.call0(&JsValue::UNDEFINED);
            }
        })
        .await;
        answer
            .and_then(|answer| answer.as_string())
            .map_or(BridgeResult::NoAnswer, |message| {
                BridgeResult::from_err_msg(&message)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bridge_s_words_are_read() {
        for (message, end) in [
            ("get_brand_wcpay_request:ok", BridgeResult::Ok),
            ("get_brand_wcpay_request:cancel", BridgeResult::Cancelled),
            ("get_brand_wcpay_request:fail", BridgeResult::Failed),
            ("system:access_denied", BridgeResult::Failed),
            ("", BridgeResult::Failed),
        ] {
            assert_eq!(BridgeResult::from_err_msg(message), end, "{message}");
        }
    }
}
