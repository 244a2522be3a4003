//! Ports of this machine.

use std::net::TcpListener;

use anyhow::{Context, Result, bail};

/// Checks that a server can listen at a port of 127.0.0.1.
///
/// # Errors
/// When it can't: says why and what to do.
pub fn check(port: u16) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("port {port} is in use: stop what uses it, or choose another with --port")
        }
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            bail!("port {port} is not for ordinary users: choose one above 1023 with --port")
        }
        Err(error) => Err(error)
            .with_context(|| format!("port {port} can't be used: choose another with --port")),
    }
}
