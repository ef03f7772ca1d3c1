//! Random bytes: secret ones straight into an operation, nonces straight to their message, other public ones in
//! batches.

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

/// Fills `out` with a nonce: random bytes that are public and must not repeat under one key. Each call asks the system.
///
/// Two messages with one nonce give away the XOR of their contents. They also give away how to forge: for AES-256-GCM
/// any message of the key, for XAES-256-GCM and XChaCha20-Poly1305 any message of that nonce. 24 bytes do not help
/// against a repetition, only against chance. So a nonce never comes out of a batch of [`public`], which a restored
/// snapshot of a virtual machine would repeat. It is fetched when the message is made.
///
/// What remains is the system's part. After a restored snapshot its generator has to be seeded anew before it answers.
/// Linux does so since 5.18 if the hypervisor tells it (the device `vmgenid`), in the moment in which the notice
/// arrives. A call between the restoration and the notice, or on a system that gets no notice, can repeat bytes.
///
/// # Errors
/// [`RandomError`]: the system refuses. What `out` holds then must not be used.
pub fn nonce(out: &mut [u8]) -> Result<(), RandomError> {
    sys::fill_random(out).map_err(RandomError)
}

/// Fills `out` with random bytes that are public and may repeat in the worst case: initialisation vectors of CBC,
/// salts. For a nonce there is [`nonce`]. The bytes are fetched ahead into ordinary memory of the thread, so never make
/// a key of them.
///
/// In one run of the machine no byte is handed out twice, not even after a fork. A snapshot of a virtual machine holds
/// what was fetched ahead, up to 512 bytes of each thread. Each restoration of it hands these bytes out again. Two
/// texts that are encrypted by CBC with one key and one initialisation vector show how many blocks they have in common
/// at the beginning, and nothing else.
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

    /// What a restored snapshot of a virtual machine does to a thread: its memory is as it was.
    #[test]
    fn a_nonce_does_not_repeat_where_a_batch_does() {
        let draw = |fill: fn(&mut [u8]) -> Result<(), RandomError>| {
            let mut out = [0; 12];
            fill(&mut out).unwrap();
            out
        };
        draw(public); // a batch is there
        let (bytes, used) = AHEAD.with_borrow(|ahead| (ahead.bytes, ahead.used));
        let restore = || AHEAD.with_borrow_mut(|ahead| (ahead.bytes, ahead.used) = (bytes, used));
        let [before, after] = [(), ()].map(|()| {
            restore();
            (draw(public), draw(nonce))
        });
        assert_eq!(before.0, after.0, "the control");
        assert_ne!(before.1, after.1);
        assert_ne!(before.1, before.0);
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
