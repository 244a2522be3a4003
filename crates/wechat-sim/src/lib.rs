//! Tencent's side of those protocols, for tests and the sandbox; loopback only.
