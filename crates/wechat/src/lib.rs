//! Tencent's protocols as a client: WeChat Pay API v3, web sign-in, JS-SDK tickets.
