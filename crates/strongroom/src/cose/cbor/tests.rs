use hex_literal::hex;

use super::{NotCbor, Reader, Value, Writer};

fn written(write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut out = [0; 64];
    let mut writer = Writer::new(&mut out);
    write(&mut writer);
    let length = writer.finish().unwrap();
    out[..length].to_vec()
}

/// RFC 8949 appendix A.
#[test]
fn integers_as_the_rfc_writes_them() {
    for (number, bytes) in [
        (0, &hex!("00")[..]),
        (1, &hex!("01")),
        (10, &hex!("0a")),
        (23, &hex!("17")),
        (24, &hex!("1818")),
        (100, &hex!("1864")),
        (1000, &hex!("1903e8")),
        (1_000_000, &hex!("1a000f4240")),
        (1_000_000_000_000, &hex!("1b000000e8d4a51000")),
        (-1, &hex!("20")),
        (-10, &hex!("29")),
        (-100, &hex!("3863")),
        (-1000, &hex!("3903e7")),
        (i64::MIN, &hex!("3b7fffffffffffffff")),
    ] {
        assert_eq!(
            written(|writer| {
                writer.integer(number);
            }),
            bytes,
            "{number}"
        );
        assert_eq!(Reader::new(bytes).integer(), Ok(number));
    }
    assert_eq!(Reader::new(&hex!("1bffffffffffffffff")).integer(), Err(NotCbor));
    assert_eq!(Reader::new(&hex!("3bffffffffffffffff")).integer(), Err(NotCbor));
}

#[test]
fn strings_and_heads() {
    assert_eq!(
        written(|writer| {
            writer.bytes(&[1, 2, 3, 4]);
        }),
        hex!("4401020304")
    );
    assert_eq!(
        written(|writer| {
            writer.text("IETF");
        }),
        hex!("6449455446")
    );
    assert_eq!(
        written(|writer| {
            writer.array(3).map(2);
        }),
        hex!("83a2")
    );
    assert_eq!(Reader::new(&hex!("4401020304")).bytes(), Ok(&[1, 2, 3, 4][..]));
    assert_eq!(Reader::new(&hex!("6449455446")).value(), Ok(Value::Text(b"IETF")));
    assert_eq!(Reader::new(&hex!("83")).array(), Ok(3));
    assert_eq!(Reader::new(&hex!("a2")).map(), Ok(2));
    for wrong in
        [&hex!("43")[..], &hex!("430102"), &hex!("5f"), &hex!("ff"), &hex!("1c"), &[], &hex!("5bffffffffffffffff")]
    {
        assert_eq!(Reader::new(wrong).bytes(), Err(NotCbor), "{wrong:x?}");
    }
}

#[test]
fn whatever_it_is_can_be_skipped() {
    for item in [
        &hex!("1903e8")[..],
        &hex!("4401020304"),
        &hex!("83010203"),
        &hex!("a201020304"),
        &hex!("f6"),
        &hex!("c074323031332d30332d32315432303a30343a30305a"),
        &hex!("fb3ff199999999999a"),
    ] {
        let mut reader = Reader::new(item);
        assert_eq!(reader.skip().and_then(|()| reader.end()), Ok(()), "{item:x?}");
    }
    for bomb in [
        vec![0x81; 100],
        vec![0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x9b, 0, 0, 0, 1, 0, 0, 0, 0],
    ] {
        assert_eq!(Reader::new(&bomb).skip(), Err(NotCbor));
    }
}

#[test]
fn what_does_not_fit_is_not_written() {
    let mut out = [0; 3];
    let mut writer = Writer::new(&mut out);
    writer.bytes(&[1, 2, 3]);
    assert_eq!(writer.finish(), None);
}
