//! The control, with the allocator of the system, is in `tests/cli/freed.rs`.

use std::thread;

use super::blocks::{LENGTHS, WAYS, is_zeroed, left_by, left_by_aligned};

#[test]
fn nothing_is_left_of_a_block() {
    let look = || {
        for (way, give_up) in WAYS {
            for length in LENGTHS {
                assert_eq!(left_by(give_up, length), 0, "{way}, {length} bytes");
                assert!(is_zeroed(length), "{way}, {length} bytes");
            }
        }
        assert_eq!(left_by_aligned(), 0);
    };
    look();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(look);
        }
    });
}

#[test]
fn what_takes_no_room_is_no_block() {
    assert_eq!(Vec::<u8>::with_capacity(0).capacity(), 0);
    assert_eq!(vec![(); 3].len(), 3);
    let mut empty = Vec::<u8>::new();
    empty.shrink_to_fit();
    drop(Box::new(()));
    assert!(empty.is_empty());
}
