//! The allocator of the command.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// Zeroes each block that is freed. Plaintext passes through `String`s, and through buffers of libraries, which the
/// command cannot erase. A block that grows or shrinks moves, and what it leaves is zeroed too.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

#[cfg(test)]
#[cfg(target_os = "linux")]
mod blocks;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
