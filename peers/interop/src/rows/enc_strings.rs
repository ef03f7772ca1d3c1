//! `EncString`: text and bytes under a symmetric key, in text and in buffer form.

use std::io::Cursor;

use serde_json::json;
use strongroom::{EncString, ExposeSecret, algorithms::SymmetricAlgorithm, streams::Streams};

use crate::{
    bench::{Bench, refused, same, take},
    matrix::{Direction, Row},
    node::{Answer, Outcome, bytes},
    rows::{V1, XAES, XCHACHA},
};

pub(crate) fn rows() -> Vec<Row> {
    const TO_TEXT: &[&str] = &["PureCrypto.symmetric_encrypt_string"];
    const FROM_TEXT: &[&str] = &["PureCrypto.symmetric_decrypt_string", "PureCrypto.symmetric_decrypt"];
    const TO_BYTES: &[&str] = &["PureCrypto.symmetric_encrypt_bytes"];
    const FROM_BYTES: &[&str] = &["PureCrypto.symmetric_decrypt_bytes"];
    const TO_BUFFER: &[&str] = &["PureCrypto.symmetric_encrypt_filedata"];
    const FROM_BUFFER: &[&str] =
        &["PureCrypto.symmetric_decrypt_filedata", "PureCrypto.symmetric_decrypt_array_buffer"];
    const FROM_STREAM: &[&str] = &["PureCrypto.symmetric_decrypt_filedata"];
    const CHANGED: &[&str] = &["PureCrypto.symmetric_encrypt_string", "PureCrypto.symmetric_decrypt_string"];
    let (theirs, ours, many) = (Direction::Theirs, Direction::Ours, 20);
    vec![
        Row::live("EncString 2, text", theirs, TO_TEXT, |b| text_theirs(b, V1)).times(many),
        Row::live("EncString 2, text", ours, FROM_TEXT, |b| text_ours(b, V1)).times(many),
        Row::live("EncString 2, bytes", theirs, TO_BYTES, |b| bytes_theirs(b, V1)).times(many),
        Row::live("EncString 2, bytes", ours, FROM_BYTES, |b| bytes_ours(b, V1)).times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, text", theirs, TO_TEXT, |b| text_theirs(b, XCHACHA)).times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, text", ours, FROM_TEXT, |b| text_ours(b, XCHACHA)).times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, bytes", theirs, TO_BYTES, |b| bytes_theirs(b, XCHACHA)).times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, bytes", ours, FROM_BYTES, |b| bytes_ours(b, XCHACHA)).times(many),
        Row::live("EncString 7, XAES-256-GCM, text", theirs, TO_TEXT, |b| text_theirs(b, XAES)).times(many),
        Row::live("EncString 7, XAES-256-GCM, text", ours, FROM_TEXT, |b| text_ours(b, XAES)).times(many),
        Row::live("EncString 7, XAES-256-GCM, bytes", theirs, TO_BYTES, |b| bytes_theirs(b, XAES)).times(many),
        Row::live("EncString 7, XAES-256-GCM, bytes", ours, FROM_BYTES, |b| bytes_ours(b, XAES)).times(many),
        Row::live("EncString 2, one bit changed: refused", Direction::Same, CHANGED, |b| changed(b, V1)).times(many),
        Row::live("EncString 7, one bit changed: refused", Direction::Same, CHANGED, |b| changed(b, XAES)).times(many),
        Row::live("EncString 2, buffer", theirs, TO_BUFFER, |b| buffer_theirs(b, V1)).times(many),
        Row::live("EncString 2, buffer", ours, FROM_BUFFER, |b| buffer_ours(b, V1)).times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, buffer", theirs, TO_BUFFER, |b| buffer_theirs(b, XCHACHA))
            .times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, buffer", ours, FROM_BUFFER, |b| buffer_ours(b, XCHACHA))
            .times(many),
        Row::live("EncString 7, XAES-256-GCM, buffer", theirs, TO_BUFFER, |b| buffer_theirs(b, XAES)).times(many),
        Row::live("EncString 7, XAES-256-GCM, buffer", ours, FROM_BUFFER, |b| buffer_ours(b, XAES)).times(many),
        Row::live("EncString 2, buffer in a stream", theirs, TO_BUFFER, |b| stream_theirs(b, V1)).times(many),
        Row::live("EncString 2, buffer in a stream", ours, FROM_STREAM, |b| stream_ours(b, V1)).times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, buffer in a stream", theirs, TO_BUFFER, |b| {
            stream_theirs(b, XCHACHA)
        })
        .times(many),
        Row::live("EncString 7, XChaCha20-Poly1305, buffer in a stream", ours, FROM_BUFFER, |b| {
            stream_ours(b, XCHACHA)
        })
        .times(many),
        Row::live("EncString 7, XAES-256-GCM, buffer in a stream", theirs, TO_BUFFER, |b| stream_theirs(b, XAES))
            .times(many),
        Row::live("EncString 7, XAES-256-GCM, buffer in a stream", ours, FROM_BUFFER, |b| stream_ours(b, XAES))
            .times(many),
    ]
}

fn text_theirs(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, b.chance.text(b.chance.length(b.case)));
    let text = b.call("PureCrypto.symmetric_encrypt_string", json!([plain, bytes(&encoded)]))?.text()?;
    b.store.try_context(|ctx| {
        let key = take(ctx, &encoded)?;
        let parsed: EncString = text.parse()?;
        same("printed again", parsed.to_string(), text.as_str())?;
        same("text", ctx.decrypt_text(key, &parsed)?.expose_secret(), plain.as_str())
    })
}

fn text_ours(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, b.chance.text(b.chance.length(b.case)));
    let text = b.store.try_context(|ctx| -> Outcome<_> {
        let key = take(ctx, &encoded)?;
        Ok(ctx.encrypt_text(key, &plain)?.to_string())
    })?;
    for function in ["PureCrypto.symmetric_decrypt_string", "PureCrypto.symmetric_decrypt"] {
        same(function, b.call(function, json!([text, bytes(&encoded)]))?.text()?, plain.as_str())?;
    }
    Ok(())
}

fn bytes_theirs(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, b.chance.bytes(b.chance.length(b.case)));
    let text = b.call("PureCrypto.symmetric_encrypt_bytes", json!([bytes(&plain), bytes(&encoded)]))?.text()?;
    b.store.try_context(|ctx| {
        let key = take(ctx, &encoded)?;
        same("bytes", ctx.decrypt_bytes(key, &text.parse()?)?.expose_secret(), plain.as_slice())
    })
}

fn bytes_ours(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, b.chance.bytes(b.chance.length(b.case)));
    let text = b.store.try_context(|ctx| -> Outcome<_> {
        let key = take(ctx, &encoded)?;
        Ok(ctx.encrypt_bytes(key, &plain)?.to_string())
    })?;
    let found = b.call("PureCrypto.symmetric_decrypt_bytes", json!([text, bytes(&encoded)]))?.bytes()?;
    same("bytes", found, plain)
}

fn buffer_theirs(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, b.chance.bytes(b.chance.length(b.case)));
    let buffer = b.call("PureCrypto.symmetric_encrypt_filedata", json!([bytes(&plain), bytes(&encoded)]))?.bytes()?;
    let parsed = EncString::from_buffer(&buffer)?;
    same("written again", parsed.to_buffer(), Some(buffer))?;
    b.store.try_context(|ctx| {
        let key = take(ctx, &encoded)?;
        same("bytes", ctx.decrypt_bytes(key, &parsed)?.expose_secret(), plain.as_slice())
    })
}

fn buffer_ours(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, b.chance.bytes(b.chance.length(b.case)));
    let buffer = b.store.try_context(|ctx| -> Outcome<_> {
        let key = take(ctx, &encoded)?;
        Ok(ctx.encrypt_bytes(key, &plain)?.to_buffer().ok_or("no buffer form")?)
    })?;
    for function in ["PureCrypto.symmetric_decrypt_filedata", "PureCrypto.symmetric_decrypt_array_buffer"] {
        let found = b.call(function, json!([bytes(&buffer), bytes(&encoded)]))?.bytes()?;
        same(function, found, plain.as_slice())?;
    }
    Ok(())
}

/// Longer than the pieces that a stream is cut into.
fn body(b: &Bench<'_>) -> Vec<u8> {
    b.chance.bytes(if b.case < 15 { b.chance.length(b.case) } else { b.chance.below(500_000) })
}

fn stream_theirs(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain, mut found) = (b.any_key(algorithm)?, body(b), Vec::new());
    let buffer = b.call("PureCrypto.symmetric_encrypt_filedata", json!([bytes(&plain), bytes(&encoded)]))?.bytes()?;
    b.store.try_context(|ctx| -> Outcome<_> {
        let key = take(ctx, &encoded)?;
        Ok(ctx.decrypt_stream(key, &mut Cursor::new(buffer), &mut found)?)
    })?;
    same("bytes", found, plain)
}

/// To an output that is sought back in, and by way of a spool.
fn stream_ours(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, body(b));
    let (mut buffer, mut spool, mut spooled) = (Cursor::new(Vec::new()), Cursor::new(Vec::new()), Vec::new());
    b.store.try_context(|ctx| -> Outcome<_> {
        let key = take(ctx, &encoded)?;
        ctx.encrypt_stream(key, &mut plain.as_slice(), &mut buffer)?;
        Ok(ctx.encrypt_stream_spooled(key, &mut plain.as_slice(), &mut spool, &mut spooled)?)
    })?;
    for buffer in [buffer.into_inner(), spooled] {
        let args = json!([bytes(&buffer), bytes(&encoded)]);
        same("bytes", b.call("PureCrypto.symmetric_decrypt_filedata", args.clone())?.bytes()?, plain.as_slice())?;
        if algorithm != V1 {
            same("bytes", b.call("PureCrypto.symmetric_decrypt_array_buffer", args)?.bytes()?, plain.as_slice())?;
        }
    }
    Ok(())
}

/// A bit of the last part of a text, the MAC or the ciphertext with its tag: what they write we refuse, and the other
/// way round. Unchanged, the same text opens.
fn changed(b: &Bench<'_>, algorithm: SymmetricAlgorithm) -> Outcome<()> {
    let (encoded, plain) = (b.any_key(algorithm)?, b.chance.word());
    let open_ours = |text: &str| -> Outcome<()> {
        let parsed: EncString = text.parse()?;
        b.store.try_context(|ctx| {
            let key = take(ctx, &encoded)?;
            same("text", ctx.decrypt_text(key, &parsed)?.expose_secret(), plain.as_str())
        })
    };
    let open_theirs = |text: &str| -> Outcome<()> {
        let found = b.call("PureCrypto.symmetric_decrypt_string", json!([text, bytes(&encoded)]))?;
        same("text", found.text()?, plain.as_str())
    };
    let theirs = b.call("PureCrypto.symmetric_encrypt_string", json!([plain, bytes(&encoded)]))?.text()?;
    let ours = b.store.try_context(|ctx| -> Outcome<_> {
        let key = take(ctx, &encoded)?;
        Ok(ctx.encrypt_text(key, &plain)?.to_string())
    })?;
    for text in [theirs, ours] {
        open_ours(&text)?;
        open_theirs(&text)?;
        let changed = flip(b, &text)?;
        refused("changed, by us", open_ours(&changed))?;
        refused("changed, by them", open_theirs(&changed))?;
    }
    Ok(())
}

/// The text with one bit of the last 16 bytes that its last part holds flipped.
fn flip(b: &Bench<'_>, text: &str) -> Outcome<String> {
    let start = text.rfind(['|', '.']).ok_or("no parts")? + 1;
    let (head, last) = text.split_at(start);
    let mut part = json!(last).base64()?;
    let at = part.len().checked_sub(1 + b.chance.below(16)).ok_or("too short")?;
    *part.get_mut(at).ok_or("too short")? ^= 1 << b.chance.below(8);
    Ok(format!("{head}{}", crate::node::base64(part)))
}
