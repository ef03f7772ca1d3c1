//! No empty value in place of what should be there. clippy denies `unwrap_or_default`, and what it knows to be the same
//! (`clippy.toml`); the spellings that it does not know are found here: `unwrap_or(0)`, `map_or(&[], …)` and the like.
//! Where an empty value is right, `unwrap_or_default` under an `#[expect]` says why.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The methods whose argument stands in for what is missing; whether it is a closure.
const METHODS: [(&str, bool); 4] =
    [("unwrap_or", false), ("map_or", false), ("unwrap_or_else", true), ("map_or_else", true)];

pub(crate) fn check_file(file: &str, tokens: &TokenStream) -> Vec<String> {
    let (mut complaints, mut is_path) = (Vec::new(), false);
    let mut tokens = tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match (&token, tokens.peek()) {
            (TokenTree::Ident(name), Some(TokenTree::Group(group)))
                if let Some((method, is_closure)) = METHODS.into_iter().find(|(method, _)| name == method) =>
            {
                // By a path, as in `Option::unwrap_or(value, 0)`, the value itself comes first.
                let value = arguments(group.stream()).nth(usize::from(is_path));
                let value = value.map(|value| if is_closure { body(value) } else { value });
                if value.is_some_and(|value| is_empty(&value)) {
                    let line = name.span().start().line;
                    complaints.push(format!("{file}:{line}: {method} with an empty value; see CONTRIBUTING"));
                }
            }
            (TokenTree::Group(group), _) => complaints.extend(check_file(file, &group.stream())),
            _ => {}
        }
        is_path = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
    }
    complaints
}

/// The arguments of a call: what commas separate.
fn arguments(call: TokenStream) -> impl Iterator<Item = Vec<TokenTree>> {
    let tokens: Vec<TokenTree> = call.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    tokens.split(is_comma).map(<[_]>::to_vec).collect::<Vec<_>>().into_iter()
}

/// What a closure gives; a path to a function is no closure, and clippy knows it.
fn body(closure: Vec<TokenTree>) -> Vec<TokenTree> {
    let is_bar = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '|');
    let mut tokens = closure.into_iter().skip_while(|token| !is_bar(token)).skip(1);
    tokens.by_ref().find(is_bar);
    let body: Vec<TokenTree> = tokens.collect();
    match &body[..] {
        [TokenTree::Group(block)] if block.delimiter() == Delimiter::Brace => block.stream().into_iter().collect(),
        _ => body,
    }
}

/// Whether an expression is zero, false, the empty text, an empty or zeroed array or list, or a reference to one.
fn is_empty(value: &[TokenTree]) -> bool {
    match value {
        [TokenTree::Punct(punct), rest @ ..] if "&-*".contains(punct.as_char()) => is_empty(rest),
        [TokenTree::Ident(word), rest @ ..] if word == "mut" => is_empty(rest),
        [TokenTree::Ident(word)] => word == "false",
        [TokenTree::Literal(literal)] => is_empty_literal(&literal.to_string()),
        // Of all its bytes, or of some: `[][..]`.
        [TokenTree::Group(list)] | [TokenTree::Group(list), TokenTree::Group(_)] => is_empty_list(list.stream()),
        [TokenTree::Ident(word), TokenTree::Punct(_), TokenTree::Group(list)] if word == "vec" => {
            is_empty_list(list.stream())
        }
        _ => false,
    }
}

/// Nothing, zeros, or as many zeros as stands behind a semicolon.
fn is_empty_list(list: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = list.into_iter().collect();
    let ends = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if ",;".contains(punct.as_char()));
    match tokens.split(ends).next() {
        Some([]) | None => true,
        Some(first)
            if tokens.iter().any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';')) =>
        {
            is_empty(first)
        }
        Some(_) => arguments(tokens.into_iter().collect()).all(|element| element.is_empty() || is_empty(&element)),
    }
}

/// As it is written: `0`, `0_u8`, `0.0`, `""`, `b""`, `'\\0'`.
fn is_empty_literal(literal: &str) -> bool {
    if literal.starts_with(|first: char| first.is_ascii_digit()) {
        let digits = literal.trim_start_matches("0x").trim_start_matches("0o").trim_start_matches("0b");
        // Its type may stand behind it.
        let end = digits.find(['u', 'i', 'f']).unwrap_or(digits.len());
        return digits.chars().take(end).all(|digit| "0_.".contains(digit));
    }
    matches!(literal.trim_start_matches(['b', 'c', 'r']).trim_matches('#'), "\"\"" | "'\\0'")
}

#[test]
fn an_empty_value_is_found() {
    let found = |code: &str| check_file("lib.rs", &code.parse().unwrap()).len() == 1;
    for value in [
        "0",
        "0_u64",
        "0x0",
        "0.0",
        "0f64",
        "-0",
        "false",
        "\"\"",
        "b\"\"",
        "r#\"\"#",
        "'\\0'",
        "[]",
        "&[]",
        "&mut []",
        "&[][..]",
        "[0; 32]",
        "&[0_u8; N]",
        "&[0, 0]",
        "()",
        "(0, 0)",
        "vec![]",
        "vec![0; n]",
        "(&[], 0)",
        "[[0; 2]; 2]",
    ] {
        assert!(found(&format!("fn f() {{ x.unwrap_or({value}) }}")), "{value}");
        assert!(found(&format!("m!(x?.map_or({value}, |x| x.len()) + 1)")), "{value}");
        assert!(found(&format!("x.unwrap_or_else(|_| {value})")), "{value}");
        assert!(found(&format!("x.map_or_else(|| {{ {value} }}, f)")), "{value}");
        assert!(found(&format!("Option::unwrap_or(x, {value})")), "{value}");
    }
    let complaint = "lib.rs:2: map_or with an empty value; see CONTRIBUTING";
    assert_eq!(check_file("lib.rs", &"fn f() {\n x.map_or(0, g) }".parse().unwrap()), [complaint]);
}

#[test]
fn no_other_value_is_taken_for_an_empty_one() {
    let fine = |code: &str| check_file("lib.rs", &code.parse().unwrap()).is_empty();
    for value in [
        "1",
        "10",
        "0x10",
        "1.0",
        "usize::MAX",
        "true",
        "\"0\"",
        "b\" \"",
        "r\"x\"",
        "'0'",
        "b'0'",
        "&[1]",
        "[1; 3]",
        "&[0, 1]",
        "bytes",
        "(0, 1)",
        "vec![1]",
        "x.len()",
        "&[a][..]",
        "LARGEST",
        "Kind::None",
        "None",
        "Ok(0)",
        "0 + n",
    ] {
        assert!(fine(&format!("fn f() {{ x.unwrap_or({value}) }}")), "{value}");
        assert!(fine(&format!("x.map_or({value}, f)")), "{value}");
        assert!(fine(&format!("x.unwrap_or_else(|| {value})")), "{value}");
    }
    assert!(fine("x.map_or(y, |_| 0)") && fine("x.map_or_else(f, |_| 0)") && fine("Option::unwrap_or(0, y)"));
    assert!(fine("// x.unwrap_or(0)\nconst A: &str = \"x.unwrap_or(0)\"; fn unwrap_or(x: u8) {} unwrap_or_0(0)"));
}
