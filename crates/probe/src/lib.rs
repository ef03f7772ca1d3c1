//! The attacker: looks for key material in another process's memory.
//!
//! [`Needles`] are made from secrets that the attacker knows because it chose them: not only the bytes themselves but every
//! form that software gives them (hexadecimal, base64, expanded AES schedules, HMAC midstates). [`scan`] reads all memory of a
//! process, as root or the same user can, and tells where a needle lay.
//!
//! ```no_run
//! use strongroom_probe::{Needles, scan};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (key, pid) = ([0; 32], 1);
//! let mut needles = Needles::new();
//! needles.bytes("session key", &key)?;
//! needles.aes256_key("session key", &key)?;
//! let report = scan(pid, &needles)?;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! Nothing found means something only beside a control: a process that surely holds the needles in ordinary memory, in which
//! the same scan finds every one of them. The command `strongroom-prove` does both.
//!
//! It reads through `/proc`, so it works on Linux only. This version looks at memory; at processor registers, core files
//! and swap it does not look yet.
#![forbid(unsafe_code)]

mod aes256;
mod needle;
mod region;
mod scan;

pub use needle::{Form, Label, Needles, TooPlain};
pub use region::{Kind, Region};
pub use scan::{Count, Hit, ScanError, ScanReport, Unreadable, scan};
