use std::io::Write;

use super::*;
use crate::form::Form;
use crate::region::Kind;

const SECRET: &[u8; 24] = b"\x01\x23\x45\x67\x89\xab\xcd\xefZYXWVUTSponmlkji";

fn needles() -> Needles {
    let mut needles = Needles::new();
    needles.bytes("secret", SECRET).unwrap();
    needles
}

fn raw() -> Label {
    Label { secret: "secret".into(), form: Form::Raw }
}

/// Scans a file as if it were a process's memory of one region.
fn scan_file(contents: &[u8], end: u64) -> ScanReport {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(contents).unwrap();
    let region =
        Region { start: 0, end, permissions: "rw-p".into(), kind: Kind::Anonymous, inode: 0, name: String::new() };
    let mut report = ScanReport::default();
    let read = |room: &mut [u8], at| file.read_at(room, at);
    let all = std::iter::once(0..end).collect();
    Scanner::new(&needles()).unwrap().search(read, &region, all, &mut vec![0; CHUNK], &mut report);
    report
}

/// `len` bytes without a needle, and `secret` at each of `places`.
fn memory(len: usize, secret: &[u8], places: &[usize]) -> Vec<u8> {
    let mut memory = vec![0xee; len];
    for &place in places {
        memory[place..place + secret.len()].copy_from_slice(secret);
    }
    memory
}

#[test]
fn a_needle_is_found_at_every_place_round_the_seams_of_reading() {
    for place in [0, 1, CHUNK - 25, CHUNK - 20, CHUNK - 7, CHUNK - 1, CHUNK, CHUNK + 3, 2 * CHUNK - 12, 3 * CHUNK - 24]
    {
        let report = scan_file(&memory(3 * CHUNK, SECRET, &[place]), 3 * CHUNK as u64);
        assert_eq!(report.count(&raw()), Count { of_8: 3, of_16: 2 }, "at {place}");
        let places: Vec<_> = report.hits.iter().map(|hit| (hit.offset, hit.address)).collect();
        assert_eq!(places, [0, 8, 16].map(|offset| (offset, (place + offset) as u64)));
        assert_eq!((report.regions, report.bytes, report.unreadable.len()), (1, 3 * CHUNK as u64, 0));
    }
}

#[test]
fn pieces_count_by_their_length() {
    let found = |piece: &[u8]| scan_file(&memory(4096, piece, &[100]), 4096).count(&raw());
    assert_eq!(found(&SECRET[8..16]), Count { of_8: 1, of_16: 0 });
    assert_eq!(found(&SECRET[5..20]), Count { of_8: 1, of_16: 0 }, "any 15 bytes in a row hold a piece");
    assert_eq!(found(&SECRET[8..24]), Count { of_8: 2, of_16: 1 });
    assert_eq!(found(&SECRET[1..8]), Count::default());
    let mut torn = memory(4096, &SECRET[..8], &[100]);
    torn[200..208].copy_from_slice(&SECRET[8..16]);
    assert_eq!(scan_file(&torn, 4096).count(&raw()), Count { of_8: 2, of_16: 0 });
}

#[test]
fn only_what_is_sought_is_found() {
    assert_eq!(scan_file(&memory(8192, &[], &[]), 8192).hits, []);
    let other: Vec<u8> = SECRET.iter().map(|byte| byte ^ 1).collect();
    assert_eq!(scan_file(&memory(8192, &other, &[10, 5000]), 8192).hits, []);
}

#[test]
fn what_cannot_be_read_is_counted() {
    let report = scan_file(&memory(4096, SECRET, &[0]), 4 * 4096);
    assert_eq!((report.bytes, report.unreadable.len()), (4096, 1));
    assert_eq!(report.unreadable[0].bytes, 3 * 4096);
    assert_eq!(report.count(&raw()).of_8, 3);
    assert!(report.to_string().contains("unreadable: 12 KiB of 0-4000 rw-p anonymous"), "{report}");
}

#[test]
fn hits_are_summed_by_region() {
    let mut report = scan_file(&memory(4096, SECRET, &[0, 1000]), 4096);
    let other = Region { start: 1 << 32, ..report.hits[0].region.clone() };
    report.hits.push(Hit { region: other.clone(), ..report.hits[0].clone() });
    assert_eq!(report.by_region(), [(&report.hits[0].region.clone(), 6), (&other, 1)]);
}

#[test]
fn nothing_sought_is_an_error() {
    let error = scan(std::process::id(), &Needles::new()).unwrap_err();
    assert!(matches!(error, ScanError::NoNeedles));
}
