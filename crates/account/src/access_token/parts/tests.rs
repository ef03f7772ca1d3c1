use super::{Parts, member};

#[test]
fn tokens_are_taken_apart() {
    let parts = Parts::of(b"0.id.client:c2VjcmV0").unwrap();
    assert_eq!((parts.id, parts.client_secret, parts.secret), (&b"id"[..], &b"client"[..], &b"c2VjcmV0"[..]));
    for wrong in
        ["", ":", "0.id.client", "0.id:x", "1.id.client:x", ".id.client:x", "0.id.client.more:x", "0.id.client:x:y"]
    {
        assert!(Parts::of(wrong.as_bytes()).is_none(), "{wrong:?}");
    }
}

#[test]
fn a_member_of_an_object_of_texts() {
    let of = |json: &str| member(json.as_bytes(), b"k").map(|value| String::from_utf8(value.to_vec()).unwrap());
    for (json, value) in [
        (r#"{"k":"v"}"#, "v"),
        (" {\n\t\"a\" : \"b\" ,\r \"k\" : \"v\" } ", "v"),
        (r#"{"k":""}"#, ""),
        (r#"{"k":"a,b:{}","x":"k"}"#, "a,b:{}"),
    ] {
        assert_eq!(of(json).as_deref(), Some(value), "{json}");
    }
    for json in [
        "",
        "{",
        "}",
        "{}",
        "[]",
        "null",
        r#""k""#,
        r#"{"K":"v"}"#,
        r#"{"k":1}"#,
        r#"{"k":null}"#,
        r#"{"k":{"k":"v"}}"#,
        r#"{"k":"v"} x"#,
        r#"{"k":"v"}}"#,
        r#"{"k":"v",}"#,
        r#"{,"k":"v"}"#,
        r#"{"k" "v"}"#,
        r#"{"k":"v" "a":"b"}"#,
        r#"{"k":"v","k":"w"}"#,
        r#"{"k":"\u0076"}"#,
        r#"{"k":"v}"#,
        r#"{k:"v"}"#,
        "{\"k\":\"\n\"}",
    ] {
        assert_eq!(of(json), None, "{json}");
    }
}
