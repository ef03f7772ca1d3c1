//! Which paths a source file names, read from its tokens (so comments and strings do not count, and macros do).

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::Peekable,
};

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree, token_stream::IntoIter};

type Tokens = Peekable<IntoIter>;

/// A path named in a file: its segments, the last of which may be `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    /// The inline modules of the file round it.
    pub(crate) inside: Vec<String>,
    pub(crate) import: Option<Import>,
}

/// What a `use` does with a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// The name it gets, `*` for all.
    pub(crate) name: String,
    /// Whether it goes on to others (`pub use`).
    pub(crate) public: bool,
}

/// What a file declares and names, its tests (`#[cfg(test)]`) left out.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// Modules in files of their own (`mod name;`).
    pub(crate) children: Vec<Child>,
    /// Names of items defined in it.
    pub(crate) defines: BTreeSet<String>,
    /// Every path of two segments or more, and every import.
    pub(crate) named: Vec<Named>,
    /// Every word outside imports.
    pub(crate) words: BTreeSet<String>,
    /// What the macros it defines name: those who call them name it.
    pub(crate) macros: BTreeMap<String, Vec<Named>>,
    /// Macros it calls, and on which line.
    pub(crate) calls: BTreeMap<String, usize>,
}

/// A module in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Child {
    pub(crate) name: String,
    /// The file, where `#[path = "..."]` says another than usual.
    pub(crate) file: Option<String>,
}

impl Source {
    pub(crate) fn read(tokens: &TokenStream) -> Source {
        let mut source = Source::default();
        source.scan(tokens, &mut Vec::new());
        source
    }

    /// Takes in another file for the same module, as there may be one for each platform.
    pub(crate) fn absorb(&mut self, other: Source) {
        self.children.extend(other.children);
        self.defines.extend(other.defines);
        self.named.extend(other.named);
        self.words.extend(other.words);
        self.macros.extend(other.macros);
        self.calls.extend(other.calls);
    }

    fn scan(&mut self, tokens: &TokenStream, inside: &mut Vec<String>) {
        let mut tokens = tokens.clone().into_iter().peekable();
        let mut public = false;
        let mut file = None;
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    let attribute = attribute(&tokens);
                    if attribute.starts_with("[cfg(test)") || attribute.starts_with("[cfg(all(test,") {
                        skip_item(&mut tokens);
                    } else if let Some(path) =
                        attribute.strip_prefix("[path=\"").and_then(|rest| rest.strip_suffix("\"]"))
                    {
                        file = Some(path.to_owned());
                        continue;
                    }
                }
                // A path that starts at another crate's root.
                TokenTree::Punct(punct) if punct.as_char() == ':' && next_is(&tokens, ':') => {
                    tokens.next();
                    if let Some(TokenTree::Ident(_)) = tokens.peek() {
                        tokens.next();
                    }
                }
                // A field or method, not the start of a path.
                TokenTree::Punct(punct) if punct.as_char() == '.' => {
                    if let Some(TokenTree::Ident(_)) = tokens.peek() {
                        tokens.next();
                    }
                }
                TokenTree::Group(group) => self.scan(&group.stream(), inside),
                TokenTree::Ident(ident) if ident == "pub" => {
                    public = true;
                    if matches!(tokens.peek(), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
                    {
                        tokens.next();
                    }
                    continue;
                }
                TokenTree::Ident(ident) if ident == "use" && !next_is(&tokens, '<') => {
                    self.import(&mut tokens, public, inside)
                }
                TokenTree::Ident(ident) if ident == "mod" => self.module(&mut tokens, file.take(), inside),
                TokenTree::Ident(ident) if ident == "macro_rules" && next_is(&tokens, '!') => {
                    self.macro_rules(&mut tokens)
                }
                TokenTree::Ident(ident) => self.word(&ident, &mut tokens, inside),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            public = false;
        }
    }

    fn module(&mut self, tokens: &mut Tokens, file: Option<String>, inside: &mut Vec<String>) {
        let Some(TokenTree::Ident(name)) = tokens.next() else {
            return;
        };
        if let Some(TokenTree::Group(body)) = tokens.peek().cloned() {
            tokens.next();
            if inside.is_empty() {
                self.defines.insert(name.to_string());
            }
            inside.push(name.to_string());
            self.scan(&body.stream(), inside);
            inside.pop();
        } else {
            self.children.push(Child { name: name.to_string(), file });
        }
    }

    fn import(&mut self, tokens: &mut Tokens, public: bool, inside: &[String]) {
        let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
        let tree: TokenStream = std::iter::from_fn(|| tokens.next_if(|token| !is_end(token))).collect();
        for (path, name, line) in leaves(&[], tree) {
            let import = Some(Import { name, public });
            self.named.push(Named { path, line, inside: inside.to_owned(), import });
        }
    }

    fn macro_rules(&mut self, tokens: &mut Tokens) {
        tokens.next();
        let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) = (tokens.next(), tokens.next()) else {
            return;
        };
        self.macros.insert(name.to_string(), Source::read(&body.stream()).named);
        self.defines.insert(name.to_string());
    }

    fn word(&mut self, ident: &Ident, tokens: &mut Tokens, inside: &[String]) {
        const DEFINES: &[&str] = &["fn", "struct", "enum", "union", "trait", "type", "const", "static"];
        if DEFINES.iter().any(|&keyword| ident == keyword) && inside.is_empty() {
            if let Some(TokenTree::Ident(name)) = tokens.peek() {
                self.defines.insert(name.to_string());
                tokens.next();
            }
            return;
        }
        self.words.insert(ident.to_string());
        let mut path = vec![ident.to_string()];
        while next_is(tokens, ':') {
            let mut ahead = tokens.clone();
            ahead.next();
            if !next_is(&ahead, ':') {
                break;
            }
            ahead.next();
            let Some(TokenTree::Ident(segment)) = ahead.next() else {
                break;
            };
            path.push(segment.to_string());
            *tokens = ahead;
        }
        let line = ident.span().start().line;
        if next_is(tokens, '!')
            && let Some(name) = path.last()
        {
            self.calls.entry(name.clone()).or_insert(line);
        }
        if path.len() > 1 {
            self.named.push(Named { path, line, inside: inside.to_owned(), import: None });
        }
    }
}

/// The paths in a file that start with `crate_name`, less that name; an import of the crate as a whole is an empty
/// path.
pub(crate) fn paths_from(crate_name: &str, tokens: &TokenStream) -> Vec<Named> {
    let mut named = Source::read(tokens).named;
    named.retain(|named| named.path.first().is_some_and(|first| first == crate_name));
    for found in &mut named {
        found.path.remove(0);
    }
    named
}

/// The leaves of an import's tree: path, name it gets, line.
fn leaves(prefix: &[String], tree: TokenStream) -> Vec<(Vec<String>, String, usize)> {
    let mut found = Vec::new();
    let mut path = prefix.to_vec();
    let mut line = 0;
    let mut name = None;
    let mut open = false;
    let mut tokens = tree.into_iter().peekable();
    let mut close = |path: &mut Vec<String>, name: &mut Option<String>, line: usize, open: &mut bool| {
        if std::mem::take(open) {
            if path.len() > prefix.len() && path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            let name = name.take().or_else(|| path.last().cloned()).unwrap();
            found.push((path.clone(), name, line));
        }
        *path = prefix.to_vec();
    };
    let mut nested = Vec::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "as" => {
                if let Some(TokenTree::Ident(alias)) = tokens.next() {
                    name = Some(alias.to_string());
                }
            }
            TokenTree::Ident(ident) => {
                line = ident.span().start().line;
                path.push(ident.to_string());
                open = true;
            }
            TokenTree::Punct(punct) if punct.as_char() == '*' => {
                line = punct.span().start().line;
                path.push("*".to_owned());
                open = true;
            }
            TokenTree::Punct(punct) if punct.as_char() == ',' => close(&mut path, &mut name, line, &mut open),
            TokenTree::Group(group) => {
                nested.extend(leaves(&path, group.stream()));
                open = false;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    close(&mut path, &mut name, line, &mut open);
    found.extend(nested);
    found
}

fn next_is(tokens: &Tokens, wanted: char) -> bool {
    matches!(tokens.clone().peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// What follows a `#`, without spaces.
fn attribute(tokens: &Tokens) -> String {
    match tokens.clone().peek() {
        Some(TokenTree::Group(group)) => group.to_string().replace(' ', ""),
        _ => String::new(),
    }
}

/// Passes over the rest of an attribute and the item it stands on.
fn skip_item(tokens: &mut Tokens) {
    tokens.next();
    let mut is_import = false;
    for token in tokens.by_ref() {
        match token {
            TokenTree::Ident(ident) if ident == "use" => is_import = true,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace && !is_import => {
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str) -> Vec<String> {
        let source = Source::read(&code.parse().unwrap());
        let shown = |named: &Named| match &named.import {
            Some(Import { name, public }) => {
                format!("{} as {name}{}", named.path.join("::"), if *public { "!" } else { "" })
            }
            None => named.path.join("::"),
        };
        source.named.iter().map(shown).collect()
    }

    #[test]
    fn trees_of_imports_are_read() {
        assert_eq!(
            paths("use crate::a::{self, b, c::{D as E, *}}; pub(crate) use super::x; use y;"),
            [
                "crate::a as a",
                "crate::a::b as b",
                "crate::a::c::D as E",
                "crate::a::c::* as *",
                "super::x as x!",
                "y as y",
            ]
        );
    }

    #[test]
    fn paths_in_code_and_macros_are_read() {
        assert_eq!(
            paths("fn f(a: crate::b::C) -> Vec<d::E> { a.b::<c>(); vec![crate::g::H { i: j::K }]; x = ::l::m }"),
            ["crate::b::C", "d::E", "crate::g::H", "j::K"]
        );
        assert_eq!(paths("pub(in crate::a) fn f() {} /// crate::b::C\nconst D: &str = \"crate::e\";"), [""; 0]);
        assert_eq!(paths("fn f() -> impl I + use<'_> { crate::a::b() }"), ["crate::a::b"]);
    }

    #[test]
    fn tests_are_left_out() {
        let code = "#[cfg(test)] mod tests { use super::*; } #[cfg(test)]\nuse crate::{a}; #[cfg(all(test, unix))] fn f() { crate::b::c() }\n\
                    #[cfg(not(test))] use crate::d;";
        assert_eq!(paths(code), ["crate::d as d"]);
    }

    #[test]
    fn what_a_macro_names_is_its_callers() {
        let source = Source::read(
            &"macro_rules! m { () => { $crate::a::B } } fn f() {\n m!(); crate::x::n!{} }".parse().unwrap(),
        );
        assert_eq!(source.named.iter().map(|named| named.path.join("::")).collect::<Vec<_>>(), ["crate::x::n"]);
        assert_eq!(source.macros.get("m").unwrap().first().unwrap().path, ["crate", "a", "B"]);
        assert_eq!(source.calls, [("m".to_owned(), 2), ("n".to_owned(), 2)].into());
    }

    #[test]
    fn modules_and_definitions_are_read() {
        let source = Source::read(&"mod a; pub(super) mod b; mod c { mod d {} use super::x; } struct E; fn f() {} const G: u8 = 0; #[cfg(unix)] #[path = \"x/y.rs\"] mod g;".parse().unwrap());
        let child = |name: &str, file: Option<&str>| Child { name: name.to_owned(), file: file.map(str::to_owned) };
        assert_eq!(source.children, [child("a", None), child("b", None), child("g", Some("x/y.rs"))]);
        assert_eq!(source.defines.iter().collect::<Vec<_>>(), ["E", "G", "c", "f"]);
        assert_eq!(source.named.first().unwrap().inside, ["c"]);
    }
}
