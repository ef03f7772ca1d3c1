//! Random bytes: secret ones straight into an operation, public ones in batches.

use crate::error::RandomError;
use crate::fork::Epoch;
use crate::scope::ScopeToken;
use crate::sys;
use std::cell::RefCell;

/// Fills `out`, which lies in an operation, by the system's own call (on Linux the raw one, as the C library's may keep
/// generator state in ordinary memory).
///
/// # Errors
/// [`RandomError`]: the system refuses, as under a seccomp filter. What `out` holds then must not be used.
pub fn secret(_inside: &ScopeToken<'_>, out: &mut [u8]) -> Result<(), RandomError> {
    sys::fill_random(out).map_err(RandomError)
}

/// Bytes a batch holds: 32 initialisation vectors of AES-CBC for one system call.
const BATCH: usize = 512;

/// Random bytes fetched ahead.
struct Batch {
    bytes: [u8; BATCH],
    used: usize,
    /// Whose they are: a forked child must not hand out what the parent hands out too.
    epoch: Option<Epoch>,
}

thread_local! {
    static AHEAD: RefCell<Batch> = const { RefCell::new(Batch { bytes: [0; BATCH], used: BATCH, epoch: None }) };
}

/// Fills `out` with random bytes that are public: initialisation vectors, nonces, salts. They are fetched ahead into
/// ordinary memory of the thread, so never make a key of them. No byte is handed out twice, not even after a fork.
///
/// # Errors
/// [`RandomError`]: the system refuses.
pub fn public(out: &mut [u8]) -> Result<(), RandomError> {
    let batched = AHEAD.try_with(|ahead| match ahead.try_borrow_mut() {
        Ok(mut ahead) => ahead.serve(out),
        Err(_) => None,
    });
    match batched {
        Ok(Some(served)) => served,
        // Too long for a batch, or the thread is ending.
        _ => sys::fill_random(out).map_err(RandomError),
    }
}

impl Batch {
    fn serve(&mut self, out: &mut [u8]) -> Option<Result<(), RandomError>> {
        if out.len() > BATCH / 2 {
            return None;
        }
        let now = Epoch::current();
        if self.epoch != Some(now) || BATCH - self.used < out.len() {
            self.epoch = None;
            if let Err(refusal) = sys::fill_random(&mut self.bytes) {
                return Some(Err(RandomError(refusal)));
            }
            self.used = 0;
            self.epoch = Some(now);
        }
        let end = self.used + out.len();
        let from = self.bytes.get_mut(self.used..end)?;
        out.copy_from_slice(from);
        from.fill(0);
        self.used = end;
        Some(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_vector_comes_twice_on_any_thread() {
        let draw = || {
            (0..1000)
                .map(|_| {
                    let mut iv = [0; 16];
                    public(&mut iv).unwrap();
                    iv
                })
                .collect::<Vec<_>>()
        };
        let other = std::thread::spawn(draw).join().unwrap();
        let all: HashSet<[u8; 16]> = draw().into_iter().chain(other).collect();
        assert_eq!(all.len(), 2000);
        assert!(!all.contains(&[0; 16]));
    }

    #[test]
    fn any_length_is_filled() {
        for len in [0, 1, 16, 255, 256, 257, 512, 5000] {
            let mut out = vec![0u8; len];
            public(&mut out).unwrap();
            // 2^-64 and less for a filled buffer of 8 and more bytes.
            assert!(len < 8 || out.iter().any(|&byte| byte != 0), "{len}");
        }
    }
}
