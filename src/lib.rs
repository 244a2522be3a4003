//! Dika.
