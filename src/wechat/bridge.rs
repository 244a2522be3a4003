//! Payment through `WeixinJSBridge`, the object that WeChat adds to its pages. The result is a hint only: the
//! caller asks the API afterwards.

/// The result of a payment according to the bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BridgeResult {
    /// Paid.
    Ok,
    /// The student cancelled.
    Cancelled,
    /// Failed.
    Failed,
    /// There is no bridge, or it did not reply in time.
    NoAnswer,
}

impl BridgeResult {
    /// Parses the bridge's `err_msg`. Any unknown message is a failure; the API then tells the truth.
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

/// Natively there is no bridge.
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

    /// WeChat adds the bridge soon after the page has loaded.
    const READY_LIMIT_MS: u32 = 5_000;
    /// Time for the student to enter a password or to choose another bank card.
    const PAY_LIMIT_MS: u32 = 180_000;

    /// The bridge object.
    struct Bridge(JsValue);

    impl Bridge {
        /// The bridge, if it was added.
        fn find() -> Option<Self> {
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

    /// Waits until the callback given to `start` is called, with a time limit. The first call counts.
    async fn within(limit_ms: u32, start: impl FnOnce(Function)) -> Option<JsValue> {
        let mut answer = None;
        let promise = Promise::new(&mut |resolve, _| answer = Some(resolve));
        let answer = answer?;
        let late = answer.clone();
        let timer = Timeout::new(limit_ms, move || {
            // A promise takes only its first value; `undefined` stands for the time limit.
            let _ = late.call0(&JsValue::UNDEFINED);
        });
        start(answer);
        let value = JsFuture::from(promise).await.ok();
        drop(timer);
        value.filter(|value| !value.is_undefined())
    }

    /// Waits for the bridge.
    async fn ready() -> Option<Bridge> {
        if let Some(bridge) = Bridge::find() {
            return Some(bridge);
        }
        let document = web_sys::window()?.document()?;
        within(READY_LIMIT_MS, |answer| {
            let _ = document.add_event_listener_with_callback("WeixinJSBridgeReady", &answer);
        })
        .await;
        // Also after the limit: the bridge may have been added without the event.
        Bridge::find()
    }

    /// Opens WeChat's cashier.
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
        // Unchanged: the server signed them.
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
            // Never freed, a few bytes per payment: the bridge may call it twice, or after the limit.
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
                // It will never call back.
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
    fn messages_of_the_bridge_are_parsed() {
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
