//! ML-DSA-44 (FIPS 204), by the `ml-dsa` crate: seeds are expanded where they are used.

use ml_dsa::{Keypair, MlDsa44, SigningKey as Expanded};
use strongroom_memory::StackBudget;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use crate::cose::key::{ML_DSA_44_PUBLIC, ML_DSA_SEED};

/// Bytes of a signature (FIPS 204 table 2).
pub(super) const SIGNATURE: usize = 2420;

/// Bytes of the random value of a hedged signature (FIPS 204 algorithm 2).
pub(super) const RANDOM: usize = 32;

/// What an operation reserves that expands a key. Measured with [`Expanded`] of 40 KiB: 175 to 226 KiB in release
/// builds, the more the more of the code the compiler sees at once, 398 in builds without optimisation.
///
/// If another dependency of the program turns on the feature `alloc` of that crate, expanded keys lie on the heap,
/// which is not protected. The kind of operations is then reported as `plain`, and refused where protection in use is
/// demanded.
pub(super) const EXPAND: StackBudget = expanding(size_of::<Expanded<MlDsa44>>());

/// What is reserved where an expanded key takes so many bytes by itself: few, if the rest of it lies on the heap.
const fn expanding(bytes: usize) -> StackBudget {
    if bytes > 32 << 10 { StackBudget::stack(272 << 10, 448 << 10) } else { StackBudget::ALLOCATING }
}

/// A key as it rests: the seed, and the public key, which takes a third of a millisecond to compute.
pub(super) struct MlDsa44Key {
    seed: [u8; ML_DSA_SEED],
    public: [u8; ML_DSA_44_PUBLIC],
    state: State,
}

/// What is known of the public key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing: it is zeros.
    Seed,
    /// It was written beside the seed.
    Claimed,
    /// It is that of the seed.
    Proved,
}

impl MlDsa44Key {
    /// A key that was read or made. Its public key is still to be computed, or compared.
    pub(super) fn unproved(seed: &[u8; ML_DSA_SEED], public: Option<&[u8; ML_DSA_44_PUBLIC]>) -> Self {
        match public {
            Some(public) => Self { seed: *seed, public: *public, state: State::Claimed },
            None => Self { seed: *seed, public: [0; ML_DSA_44_PUBLIC], state: State::Seed },
        }
    }

    /// A key that had been proved before it was put to rest.
    pub(super) fn rested(seed: &[u8; ML_DSA_SEED], public: &[u8; ML_DSA_44_PUBLIC]) -> Self {
        Self { seed: *seed, public: *public, state: State::Proved }
    }

    pub(super) fn is_proved(&self) -> bool {
        self.state == State::Proved
    }

    /// The key with the public key that the seed gives; `None` if another one was written beside it.
    #[inline(never)]
    pub(super) fn prove(&self) -> Option<Self> {
        let public = encode(&expand(&self.seed));
        let fits = self.state == State::Seed || bool::from(public.ct_eq(&self.public));
        fits.then(|| Self::rested(&self.seed, &public))
    }

    pub(super) fn seed(&self) -> &[u8; ML_DSA_SEED] {
        &self.seed
    }

    pub(super) fn public(&self) -> &[u8; ML_DSA_44_PUBLIC] {
        &self.public
    }

    /// The signature of `message` with the empty context (FIPS 204 algorithm 2). `random` is new for each signature.
    #[inline(never)]
    pub(super) fn sign(&self, random: &[u8; RANDOM], message: &[u8]) -> [u8; SIGNATURE] {
        sign(&expand(&self.seed), random, message)
    }
}

// Each of the three is a frame of its own: what one needs is free again for the next. So are the two above: what they
// need must not lie in the frame of an operation that does the same for a key of another algorithm, far below what it
// uses.

#[inline(never)]
fn expand(seed: &[u8; ML_DSA_SEED]) -> Expanded<MlDsa44> {
    let mut seed = (*seed).into();
    let key = Expanded::from_seed(&seed);
    seed.zeroize();
    key
}

#[inline(never)]
fn encode(key: &Expanded<MlDsa44>) -> [u8; ML_DSA_44_PUBLIC] {
    key.verifying_key().encode().into()
}

#[inline(never)]
fn sign(key: &Expanded<MlDsa44>, random: &[u8; RANDOM], message: &[u8]) -> [u8; SIGNATURE] {
    // A message that is not hashed before, and a context of no bytes.
    let domain = [0, 0];
    key.expanded_key().sign_internal(&[&domain, message], &(*random).into()).encode().into()
}
