//! A second process of a user, for `.ci/guests`: takes so many KiB of secret memory, or as many as the limit has room
//! for, says how many, and holds them until its standard input ends. Where the kernel has no secret memory it locks
//! ordinary memory. With `by-store` it touches the pages by a store: the control, which dies of SIGBUS where the
//! library must not.
#![cfg(target_os = "linux")]

use std::io;

use strongroom_testkit::{
    libc,
    secret_memory::{self, PAGE, Page},
};

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let Some(Ok(kib)) = arguments.next().map(|kib| kib.parse::<usize>()) else {
        return Err(io::Error::other("how many KiB?"));
    };
    let take = match arguments.next().as_deref() {
        None => Page::take,
        Some("by-store") => Page::take_by_store,
        Some(other) => return Err(io::Error::other(format!("what is {other}?"))),
    };
    let pages = kib * 1024 / PAGE;
    if secret_memory::is_there() {
        let held: Vec<Page> = (0..pages).map_while(|_| take().ok()).collect();
        println!("{}", held.len() * PAGE / 1024);
        return wait();
    }
    // Whole pages: what lies across their borders would take one more.
    let held = vec![1u8; (pages + 1) * PAGE];
    let first = held.as_ptr().wrapping_add(held.as_ptr().align_offset(PAGE));
    // SAFETY: locking changes nothing, and answers an error where there is no memory.
    let locked = unsafe { libc::mlock(first.cast(), pages * PAGE) } == 0;
    println!("{}", if locked { kib } else { 0 });
    wait()
}

fn wait() -> io::Result<()> {
    io::copy(&mut io::stdin(), &mut io::sink()).map(drop)
}
