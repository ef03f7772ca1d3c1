//! Tells the crate whether the compiler optimises it: a stack frame is several times as large where it does not, and
//! `cfg!(debug_assertions)` is a setting of its own.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(unoptimised)");
    if env::var("OPT_LEVEL").is_ok_and(|level| level == "0") {
        println!("cargo::rustc-cfg=unoptimised");
    }
}
