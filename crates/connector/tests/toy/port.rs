//! A port for a server whose address has to be known before it starts.

use std::hash::{BuildHasher, RandomState};
use std::iter::repeat_with;
use std::net::TcpListener;

/// Below the ports that systems give to callers (Linux: from 32768, `ip_local_port_range`): one of those may be a caller's by
/// the time that the server is up.
const FIRST: u64 = 20_000;
const COUNT: u64 = 12_000;

/// A port of this machine that nobody listens at now.
pub fn free_port() -> u16 {
    repeat_with(|| FIRST + RandomState::new().hash_one(()) % COUNT)
        .take(1_000)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}
