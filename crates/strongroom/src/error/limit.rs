//! What was asked for is outside a bound.

use super::parameters::KdfError;

/// What was asked for is outside a bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// Contents that are too long for one encryption or signature.
    #[error("contents of {asked} bytes are too long: at most {most}")]
    Contents {
        /// Their length in bytes.
        asked: u64,
        /// The most that they may be, in bytes.
        most: u64,
    },
    /// A body that is longer than `most` bytes when it is streamed. Where the output is one that is sought back in, a
    /// longer length has no place: by way of a spool it has.
    #[error("such a body of type 7 (COSE_Encrypt0) may have {most} bytes at most")]
    Body {
        /// The most, of contents, in bytes.
        most: u64,
    },
    /// A buffer of the caller's is too short.
    #[error("a buffer of {given} bytes is too short, {needed} are needed")]
    Buffer {
        /// What is needed, in bytes.
        needed: usize,
        /// The buffer's length in bytes.
        given: usize,
    },
    /// There is no ordinary memory for what the operation needs.
    #[error("no memory for {asked} bytes")]
    Memory {
        /// What was asked for, in bytes; the most that there can be if it is still more.
        asked: usize,
    },
    /// The bound that the program set for its secret memory is reached: raise it, or drop some secrets.
    #[error("the program's own bound of {bytes} bytes of secret memory is reached")]
    SecretMemory {
        /// The bound, in bytes.
        bytes: usize,
    },
    /// A secret that is longer than a slot.
    #[error("a secret of {asked} bytes is too large: at most {most}")]
    Secret {
        /// What was asked for, in bytes.
        asked: usize,
        /// The most that a secret may be, in bytes.
        most: usize,
    },
    /// More bytes came from a descriptor than a secret may have. What was read is erased.
    #[error("longer than {most} bytes")]
    Input {
        /// The most that a secret may be, in bytes.
        most: usize,
    },
    /// The operation needs more stack than there is: a tight limit on locked memory makes stacks small.
    #[error("the operation needs {asked} bytes of stack, and {has} are there")]
    Stack {
        /// What it needs, in bytes.
        asked: usize,
        /// What is there, in bytes.
        has: usize,
    },
    /// The work that a password-to-key function asks for is out of bounds. No work was done.
    #[error(transparent)]
    Kdf(#[from] KdfError),
    /// Argon2id does not accept these parameters together.
    #[error("Argon2id does not accept these parameters")]
    Parameters,
}
