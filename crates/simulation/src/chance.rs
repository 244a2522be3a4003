use std::sync::{Mutex, MutexGuard, PoisonError};

use dika_core::ids::Ids;
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Everything that is left to chance, from one seed.
#[derive(Debug)]
pub struct Chance(Mutex<Pcg64Mcg>);

impl Chance {
    /// The chances of a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(Pcg64Mcg::seed_from_u64(seed)))
    }

    fn source(&self) -> MutexGuard<'_, Pcg64Mcg> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number from `from` to `to`, both included.
    pub fn between(&self, from: i64, to: i64) -> i64 {
        self.source().random_range(from..=to)
    }

    /// A number below `end`, which is not zero.
    pub fn below(&self, end: usize) -> usize {
        self.source().random_range(0..end)
    }

    /// True so many times in a thousand.
    pub fn permille(&self, times: u32) -> bool {
        self.source().random_ratio(times.min(1_000), 1_000)
    }

    /// True once in so many times.
    pub fn one_in(&self, times: u32) -> bool {
        self.source().random_ratio(1, times.max(1))
    }

    /// One of these; nothing where there is none.
    pub fn pick<T: Clone>(&self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())].clone())
    }
}

/// The server's randomness.
impl Ids for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        self.source().fill_bytes(bytes);
    }
}
