/// Whether a database failure passes by itself: a lock or a place that was not given in time, a connection that was cut,
/// two changes in each other's way. What was asked may have happened; asking again is safe where the call itself may be
/// repeated.
pub fn is_passing(fault: &sqlx::Error) -> bool {
    match fault {
        sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) => true,
        sqlx::Error::Database(fault) => fault.code().is_some_and(|code| {
            // SQLite: busy, locked, with what they say more precisely.
            let sqlite = code
                .parse::<u32>()
                .is_ok_and(|code| matches!(code & 0xff, 5 | 6));
            // PostgreSQL: connection lost, could not serialize, deadlock, too many connections, shutting down, a lock or a
            // statement that took too long.
            let postgres = code.starts_with("08")
                || matches!(
                    code.as_ref(),
                    "40001" | "40P01" | "53300" | "55P03" | "57014" | "57P01" | "57P02" | "57P03"
                );
            // Five characters are PostgreSQL's, also where all are digits.
            if code.len() == 5 { postgres } else { sqlite }
        }),
        _ => false,
    }
}

/// Whether two changes were in each other's way, so that PostgreSQL ended this one: nothing of it was written, and it can be
/// made again at once.
pub fn is_conflict(fault: &sqlx::Error) -> bool {
    fault
        .as_database_error()
        .and_then(|fault| fault.code())
        .is_some_and(|code| matches!(code.as_ref(), "40001" | "40P01"))
}
