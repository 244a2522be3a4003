use dika_core::ids::Ids;

/// Randomness from the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsRandom;

impl Ids for OsRandom {
    /// # Panics
    /// If the operating system has no randomness: then no id or token is safe to make.
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        assert_ne!(OsRandom.token(), OsRandom.token());
    }
}
