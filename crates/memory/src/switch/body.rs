//! What runs on the other stack.

/// A function of one pointer. It must not unwind.
pub(crate) type Body = unsafe extern "C" fn(*mut u8);
