//! The reference API: real HTTP, a real database, a real payment protocol.
