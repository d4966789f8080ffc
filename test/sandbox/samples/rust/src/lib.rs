use std::hash::Hasher;

/// Returns the FNV digest of a text.
pub fn digest(text: &str) -> u64 {
    let mut hasher = fnv::FnvHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}
