use super::*;
use crate::rsa::example::{random, refused};

#[test]
fn bytes_and_numbers() {
    let mut bytes = [0; 4 * WORD];
    random(1)(&mut bytes).unwrap();
    for length in 0..=bytes.len() {
        let number: Uint<4> = read(&bytes[..length]).unwrap();
        let mut out = [0xff; 4 * WORD];
        write(&number, &mut out).unwrap();
        assert_eq!(out[4 * WORD - length..], bytes[..length]);
        assert!(out[..4 * WORD - length].iter().all(|byte| *byte == 0));
    }
    assert_eq!(read::<4>(&[1, 2]), Some(Uint::from(258u32)));
    assert_eq!(read::<3>(&bytes), None);
    for length in [0, 1, 3 * WORD, 4 * WORD - 1, 4 * WORD + 1, 5 * WORD] {
        assert_eq!(write(&Uint::<4>::ONE, &mut vec![0; length]), None, "{length}");
    }
}

#[test]
fn all_words_are_drawn_and_other_each_time() {
    let mut source = random(2);
    let (one, other): (Uint<32>, Uint<32>) = (draw(&mut source).unwrap(), draw(&mut source).unwrap());
    assert!(one.as_words().iter().zip(other.as_words()).all(|(one, other)| one != other && *one != 0));
    assert_eq!(draw::<3>(&mut refused), None);
}
