//! The addresses below [`BASE`]. The server mounts these patterns; the app fills them in.

use alloc::string::String;

/// Where the API lives on its origin.
pub const BASE: &str = "/api/v1";

/// `GET` a [`crate::Session`], `POST` a [`crate::session::SignIn`], `DELETE` to sign out (204).
pub const SESSION: &str = "/session";
/// `POST` a [`crate::session::RequestCode`], get a [`crate::session::CodeSent`] (202).
pub const SESSION_CODE: &str = "/session/code";
/// `POST`, empty: the cards hidden from this session are another person's. The phone number parts with
/// them. Gives the [`crate::Session`].
pub const SESSION_START_CLEAN: &str = "/session/start-clean";
/// `POST` a [`crate::session::AnswerJoin`]: whether the other account that was found is the same student's. Gives the
/// [`crate::Session`].
pub const SESSION_JOIN: &str = "/session/join";
/// `GET` the [`crate::Directory`].
pub const DIRECTORY: &str = "/directory";
/// `POST` a [`crate::CreateBinding`], get a [`crate::Binding`] (201).
pub const BINDINGS: &str = "/bindings";
/// `GET` a [`crate::Binding`].
pub const BINDING: &str = "/bindings/{id}";
/// `POST`: yes, this is me. Gives the [`crate::Binding`] with its `card_id`.
pub const BINDING_CONFIRM: &str = "/bindings/{id}/confirm";
/// `POST` a [`crate::RejectBinding`], get the [`crate::Binding`].
pub const BINDING_REJECT: &str = "/bindings/{id}/reject";
/// `GET` a list of [`crate::Card`], the default one first.
pub const CARDS: &str = "/cards";
/// `GET` a [`crate::Card`]; `DELETE` to unbind (204).
pub const CARD: &str = "/cards/{id}";
/// `PUT`, empty: this card is shown first. Gives the [`crate::Card`].
pub const CARD_DEFAULT: &str = "/cards/{id}/default";
/// `POST` a [`crate::CreateTopUp`], get a [`crate::TopUp`] with its prompt (201; 200 when the key was
/// seen before). `GET` a [`crate::TopUpPage`].
pub const TOP_UPS: &str = "/top-ups";
/// `GET` a [`crate::TopUp`].
pub const TOP_UP: &str = "/top-ups/{id}";
/// `POST`: give up an unpaid order. Gives the [`crate::TopUp`].
pub const TOP_UP_CANCEL: &str = "/top-ups/{id}/cancel";
/// `POST` a [`crate::top_up::ContinueTopUp`], get the [`crate::TopUp`] with a fresh prompt.
pub const TOP_UP_CONTINUE: &str = "/top-ups/{id}/continue";
/// `POST`: the six hours are over, let it wait again. Gives the [`crate::TopUp`].
pub const TOP_UP_CONFIRM_CLAIM: &str = "/top-ups/{id}/confirm-claim";
/// `GET`: a calendar file (`text/calendar`) that reminds of the end of the time to collect.
pub const TOP_UP_CALENDAR: &str = "/top-ups/{id}/calendar";
/// `POST`: WeChat Pay tells of a payment or a refund (204). Nobody else is believed.
pub const WECHAT_NOTIFY: &str = "/wechat/notify";
/// `GET ?url=…`: what `wx.config` needs on that page of the app.
pub const WECHAT_JS_CONFIG: &str = "/wechat/js-config";
/// `POST`: an issuer's connector tells that something happened (204). Signed as its calls are.
pub const CONNECTOR_CALLBACK: &str = "/connectors/{id}/callback";
/// `POST`: a card is laid on a machine of the built-in ledger. Signed with the machine's own key.
pub const MACHINE_TAPS: &str = "/machines/{id}/taps";
/// `GET`: 200 while the server and its database work, else 503.
pub const HEALTH: &str = "/health";
/// `GET`: 200 while the server also keeps up with what it has to ask providers and card systems, else 503.
pub const READY: &str = "/ready";
/// `GET` the OpenAPI 3.1 document.
pub const OPENAPI: &str = "/openapi.json";

/// Name of the header that carries [`crate::Session::csrf_token`].
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Name of the header that carries a [`crate::IdempotencyKey`].
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// Name of the header that says what time it is at the server, in milliseconds since 1970 UTC. Every
/// reply of the API that no cache keeps carries it: a device's clock can be hours off.
pub const SERVER_TIME_HEADER: &str = "x-server-time";

/// Puts an id into a pattern. Ids are checked text, so nothing needs escaping.
pub fn with_id(pattern: &str, id: &str) -> String {
    pattern.replace("{id}", id)
}

/// `GET`, at the origin's root and not below the base path: sends the browser to WeChat to sign in; `?return_to=` names
/// one of the app's own paths.
pub const WECHAT_AUTHORIZE: &str = "/wechat/authorize";
/// The address that leads the browser to WeChat, to allow one message about an order, and back to the order's page. Not
/// under the base path.
pub const WECHAT_REMIND: &str = "/wechat/remind/{id}";
