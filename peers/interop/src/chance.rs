//! Fresh contents for each case, all from one number.

use std::cell::RefCell;

/// Lengths in bytes where formats change: blocks, the steps of padding, the marks of CBOR.
const EDGES: [usize; 15] = [0, 1, 15, 16, 17, 23, 24, 31, 32, 33, 64, 65, 255, 256, 4097];

/// Characters of one to four bytes, and those that a format might take for its own.
const CHARACTERS: [char; 20] = [
    'a', 'Z', '0', ' ', '"', '\\', '\n', '\0', '|', '.', '=', '\u{7f}', 'é', 'ß', 'Ω', '☕', '漢', '\u{feff}', '🔑',
    '𐍈',
];

/// Where the contents of cases come from.
pub(crate) struct Chance(RefCell<fastrand::Rng>);

impl Chance {
    /// The same number gives the same contents; keys and nonces are fresh all the same.
    pub(crate) fn new(seed: u64) -> Chance {
        Chance(RefCell::new(fastrand::Rng::with_seed(seed)))
    }

    /// A length: the edges in turn, then any.
    pub(crate) fn length(&self, case: usize) -> usize {
        EDGES.get(case).copied().unwrap_or_else(|| self.below(10_000))
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: usize) -> usize {
        self.0.borrow_mut().usize(..end.max(1))
    }

    /// As many bytes.
    pub(crate) fn bytes(&self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.borrow_mut().fill(&mut bytes);
        bytes
    }

    /// A text of as many bytes.
    pub(crate) fn text(&self, length: usize) -> String {
        let mut text = String::with_capacity(length);
        while text.len() < length {
            let left = length - text.len();
            let drawn = self.0.borrow_mut().choice(CHARACTERS).unwrap_or('x');
            text.push(if drawn.len_utf8() <= left { drawn } else { 'x' });
        }
        text
    }

    /// A text without control characters, of up to 40 bytes, as people type it.
    pub(crate) fn word(&self) -> String {
        let length = 1 + self.below(40);
        self.text(length).chars().map(|c| if c.is_control() { 'y' } else { c }).collect()
    }

    /// An address with capitals and white space around it, as accounts may be given it.
    pub(crate) fn email(&self) -> String {
        let name: String = (0..8).map(|_| self.0.borrow_mut().alphanumeric()).collect();
        format!(" {name}+Tag@Example.ORG ")
    }

    /// A random UUID (RFC 9562, version 4) as text.
    pub(crate) fn uuid(&self) -> String {
        let high = (self.0.borrow_mut().u128(..) & !(0xf000 << 64 | 0xc << 60)) | 0x4000 << 64 | 0x8 << 60;
        let hex = format!("{high:032x}");
        let (a, rest) = hex.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        format!("{a}-{b}-{c}-{d}-{e}")
    }
}
