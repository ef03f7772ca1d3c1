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
