//! Tencent's protocols as a client: WeChat Pay API v3, web sign-in, JS-SDK tickets.
//!
//! Knows no store and no page: whoever calls decides what an answer means for an order or an account. Every host and
//! key comes from [`Config`], so this client cannot tell a simulator from the real thing.
//!
//! Start with [`Settings`] (plain strings and paths), turn them into a [`Config`] (checked, with plain-English
//! [`Finding`]s), and build from it what is needed: [`pay::Pay`], [`oauth::OAuth`], [`js::Js`].

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        reason = "a test that can't go on should stop there"
    )
)]

/// Calls to the public platform's host that answer `errcode` and `errmsg`: shared by sign-in and tickets.
pub mod api;
/// The system clock in Unix seconds.
mod clock;
/// Settings, what is wrong with them in plain English, and the checked configuration.
pub mod config;
/// One HTTP client: time limits, no redirects, bounded bodies, errors without addresses.
pub mod http;
/// The names Tencent and the merchant give things, each checked once.
pub mod id;
/// JS-SDK: access token and ticket kept for their life, and the signature for `wx.config`.
pub mod js;
/// RSA and AES keys, read from PEM: the only place that signs, verifies and unseals.
mod key;
/// Fields of answers that decide nothing.
mod lenient;
/// Web sign-in inside WeChat: the authorise address and the swap of a code for an openid.
pub mod oauth;
/// WeChat Pay API v3 for a direct merchant.
pub mod pay;
/// Text that never shows in logs.
pub mod secret;
/// One-time subscription messages: the page that asks the user, and the message.
pub mod subscribe;

pub use config::{Config, ConfigError, Finding, Settings, Severity, Source};
pub use id::{InvalidId, OpenId, OutRefundNo, OutTradeNo, PrepayId, TransactionId, UnionId};
