//! Blocks that are given up in every way there is, and what is left where they were.

use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt as _;
use std::thread;

/// Sixteen bytes that are written one behind the other until a block is full of them.
const MARK: [u8; 16] = *b"8 bits of plain.";

/// Small ones, some that a heap has in bins, and those that get a mapping of their own.
pub(crate) const LENGTHS: [usize; 6] = [32, 112, 1_008, 5_008, 100_000, 400_000];

/// A way to give up a block, or a part of it: what is kept is returned.
type GiveUp = fn(Vec<u8>) -> Vec<u8>;

pub(crate) const WAYS: [(&str, GiveUp); 5] = [
    ("dropped", |block| {
        drop(block);
        Vec::new()
    }),
    ("grown", |mut block| {
        let marks = block.clone();
        block.reserve_exact(block.len());
        assert_eq!(block, marks);
        block
    }),
    ("shrunk", |mut block| {
        block.truncate(MARK.len());
        block.shrink_to_fit();
        assert_eq!(block, MARK);
        block
    }),
    ("emptied", |mut block| {
        block.clear();
        block.shrink_to_fit();
        block
    }),
    ("dropped by another thread", |block| {
        thread::spawn(|| drop(block)).join().unwrap();
        Vec::new()
    }),
];

/// Reads the memory of this process wherever it is.
struct Look {
    memory: File,
    /// Taken before anything is given up, so that it takes the place of nothing.
    buffer: Vec<u8>,
}

impl Look {
    fn new(length: usize) -> Self {
        Self { memory: File::open("/proc/self/mem").unwrap(), buffer: vec![0; length] }
    }

    /// Counts the marks in `length` bytes from this address on. Those in `kept` do not count. Memory that is no longer
    /// mapped holds none.
    fn marks(&mut self, address: usize, length: usize, kept: &[u8]) -> usize {
        let room = &mut self.buffer[..length];
        if self.memory.read_exact_at(room, address as u64).is_err() {
            return 0;
        }
        let alive = kept.as_ptr().addr()..kept.as_ptr().addr() + kept.len();
        let marks = room.chunks_exact(MARK.len()).zip((address..).step_by(MARK.len()));
        marks.filter(|(bytes, at)| *bytes == MARK && !alive.contains(at)).count()
    }
}

fn fill(block: &mut [u8]) {
    block.chunks_exact_mut(MARK.len()).for_each(|room| room.copy_from_slice(&MARK));
    black_box(block);
}

/// Gives up some blocks of this length, one beside the other, and tells how many marks are left where they were. Every
/// other one was made of zeros.
pub(crate) fn left_by(give_up: GiveUp, length: usize) -> usize {
    let mut look = Look::new(length);
    let mut kept = Vec::with_capacity(8);
    let mut blocks: Vec<Vec<u8>> = (0..8)
        .map(|number| {
            let mut block = if number % 2 == 0 { vec![0; length] } else { [1].repeat(length) };
            fill(&mut block);
            block
        })
        .collect();
    let mut left = 0;
    while let Some(block) = blocks.pop() {
        let address = block.as_ptr().addr();
        assert_eq!(look.marks(address, length, &[]), length / MARK.len(), "the look finds marks where there are some");
        kept.push(give_up(block));
        left += look.marks(address, length, kept.last().unwrap());
    }
    left
}

#[repr(align(4096))]
struct Aligned([u8; 8192]);

/// The same of a block that begins at a page.
pub(crate) fn left_by_aligned() -> usize {
    let mut look = Look::new(8192);
    let mut block = Box::new(Aligned([0; 8192]));
    fill(&mut block.0);
    let address = block.0.as_ptr().addr();
    assert_eq!((address % 4096, look.marks(address, 8192, &[])), (0, 512));
    drop(block);
    look.marks(address, 8192, &[])
}

/// Whether a new block that has to be zero is zero. One of the same length was full of marks just before.
pub(crate) fn is_zeroed(length: usize) -> bool {
    let mut before = [1].repeat(length);
    fill(&mut before);
    drop(before);
    black_box(vec![0_u8; length]).iter().all(|byte| *byte == 0)
}
