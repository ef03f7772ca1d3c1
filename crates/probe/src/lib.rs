//! The attacker: looks for key material in another process's memory.
//!
//! [`Needles`] are made from secrets that the attacker knows because it chose them: not only the bytes themselves but
//! every form that software gives them (hexadecimal, base64, AES schedules, HMAC midstates, the numbers of RSA and so
//! on). [`scan`] reads all memory of a process, as root or the same user can, and tells where a needle lay.
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
//! Nothing found means something only beside a control: a process that surely holds the needles in ordinary memory, in
//! which the same scan finds every one of them. The command `strongroom-prove` does both.
//!
//! A process can be attacked in the middle of its work: [`Hold`] halts it wherever it is, and tells its stack pointers
//! and registers; [`Scanner`] reads it by either road, again and again; [`scan_core`] reads core files. A key that it
//! makes is looked for when it is known: in a [`Dump`] of the halt at which a [`Flag`] told it to hand that key out.
//! Its children are halted by [`Forks`] before they run. All of it is Linux's.
#![forbid(unsafe_code)]

mod aes256;
mod argon2id;
mod chacha20;
mod core_file;
mod flag;
mod forks;
mod form;
mod hold;
mod needle;
mod pages;
mod region;
mod scan;

pub use argon2id::Cost;
pub use core_file::{CoreReport, NotACore, scan_core};
pub use flag::Flag;
pub use forks::{Forks, Newborn};
pub use form::Form;
pub use hold::Hold;
pub use needle::{Label, Needles, RsaNumbers, TooPlain};
pub use region::{Kind, Region, of_process as regions, secret_files, secret_ranges};
pub use scan::{Count, Dump, Hit, ScanError, ScanReport, Scanner, Unreadable, scan};
