//! Inside a crate: a file imports only what stands below it, never in a circle.
//!
//! A parent may pass on what its children hold (`pub use child::Thing`) although they stand above it, as long as it
//! does not use it itself; whoever imports the thing from the parent then names the child. Who imports a thing from any
//! other that passes it on names both.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    source::{Named, Source},
    workspace::File,
};

/// The modules of one target that have files of their own, by path; the root's path is empty.
pub(crate) type Modules = BTreeMap<Vec<String>, Source>;

type Path = Vec<String>;

/// Reads the modules that `root` declares, and theirs.
pub(crate) fn modules_under(root: &File) -> Modules {
    fn read(file: &File, path: &[String], dir: &std::path::Path, modules: &mut Modules) {
        let source = Source::read(&file.tokens());
        for child in &source.children {
            let name = child.name.strip_prefix("r#").unwrap_or(&child.name);
            let (file_path, below) = match &child.file {
                None => (dir.join(name).with_extension("rs"), dir.join(name)),
                // As the compiler has it: beside the file that names it, and its own children beside it.
                Some(special) => {
                    let path = file.path.with_file_name(special);
                    (path.clone(), path.parent().unwrap().to_owned())
                }
            };
            let shown = format!("{} ({name})", file.shown);
            let path: Path = path.iter().cloned().chain([child.name.clone()]).collect();
            read(&File { path: file_path, shown }, &path, &below, modules);
        }
        modules.entry(path.to_owned()).or_default().absorb(source);
    }
    let mut modules = Modules::new();
    read(root, &[], root.path.parent().unwrap(), &mut modules);
    modules
}

pub(crate) fn check(target: &str, modules: &Modules) -> Vec<String> {
    let mut edges: BTreeMap<&Path, BTreeMap<&Path, usize>> = BTreeMap::new();
    for (from, source) in modules {
        let own =
            source.named.iter().filter(|named| counts(modules, from, source, named)).map(|named| (named, named.line));
        let by_macros = source.calls.iter().flat_map(|(name, line)| {
            modules.values().filter_map(|other| other.macros.get(name)).flatten().map(|named| (named, *line))
        });
        for (named, line) in own.chain(by_macros) {
            for to in targets(modules, from, named) {
                if to != from {
                    edges.entry(from).or_default().entry(to).or_insert(line);
                }
            }
        }
    }
    let mut complaints = Vec::new();
    let mut told: BTreeSet<&Path> = BTreeSet::new();
    for &start in edges.keys() {
        if !told.contains(start)
            && let Some(circle) = circle_through(start, &edges)
        {
            told.extend(circle.iter().map(|&(module, _)| module));
            let steps: Vec<String> =
                circle.iter().map(|(module, line)| format!("{} (line {line})", shown(module))).collect();
            complaints.push(format!("{target}: a circle of files: {} -> {}", steps.join(" -> "), shown(start)));
        }
    }
    complaints
}

fn shown(module: &Path) -> String {
    if module.is_empty() { "the root".to_owned() } else { module.join("::") }
}

/// Whether a module that names this stands above it: not if it only passes on its own child's.
fn counts(modules: &Modules, from: &Path, source: &Source, named: &Named) -> bool {
    let Some(import) = named.import.as_ref().filter(|import| import.public) else {
        return true;
    };
    let of_a_child =
        absolute(modules, from, named).is_some_and(|path| path.len() > from.len() && path.starts_with(from));
    !of_a_child || source.words.contains(&import.name)
}

/// The path from the crate's root, if it is one of this crate.
fn absolute(modules: &Modules, from: &Path, named: &Named) -> Option<Path> {
    let mut base: Path = from.iter().chain(&named.inside).cloned().collect();
    let mut rest = named.path.as_slice();
    match rest.split_first()? {
        (first, after) if first == "crate" => (base, rest) = (Vec::new(), after),
        (first, after) if first == "self" => rest = after,
        (first, _) if first == "super" => {}
        (first, _) => {
            let child: Path = base.iter().cloned().chain([first.clone()]).collect();
            if !modules.contains_key(&child) {
                return None;
            }
        }
    }
    while let Some((first, after)) = rest.split_first().filter(|(first, _)| *first == "super") {
        debug_assert_eq!(first, "super");
        base.pop()?;
        rest = after;
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The modules that define what is named.
fn targets<'m>(modules: &'m Modules, from: &Path, named: &Named) -> Vec<&'m Path> {
    absolute(modules, from, named).map_or_else(Vec::new, |path| holders(modules, &path, 0))
}

/// The modules that define the thing of this path, through everything that passes it on.
fn holders<'m>(modules: &'m Modules, path: &[String], depth: usize) -> Vec<&'m Path> {
    let longest = (0..=path.len()).rev().find_map(|length| modules.get_key_value(path.get(..length)?));
    let Some((module, source)) = longest else {
        return Vec::new();
    };
    let Some(name) = path.get(module.len()) else {
        return vec![module];
    };
    if depth > 16 || source.defines.contains(name) {
        return vec![module];
    }
    let imports = |wanted: &str| {
        source
            .named
            .iter()
            .filter(move |named| {
                named.inside.is_empty() && named.import.as_ref().is_some_and(|import| import.name == wanted)
            })
            .collect::<Vec<_>>()
    };
    let follow = |named: &Named| {
        let mut onward = absolute(modules, module, named)?;
        let passes_on_its_childs = onward.len() > module.len() && onward.starts_with(module);
        if onward.last().is_some_and(|last| last == "*") {
            onward.pop();
            onward.push(name.clone());
        }
        onward.extend(path.get(module.len() + 1..)?.iter().cloned());
        let mut found = holders(modules, &onward, depth + 1);
        if !passes_on_its_childs {
            found.push(module);
        }
        Some(found)
    };
    let by_name = imports(name).into_iter().filter_map(follow).flatten().collect::<Vec<_>>();
    let found =
        if by_name.is_empty() { imports("*").into_iter().filter_map(follow).flatten().collect() } else { by_name };
    if found.is_empty() { vec![module] } else { found }
}

/// The shortest circle through `start`, each module with the line that names the next.
fn circle_through<'m>(
    start: &'m Path,
    edges: &BTreeMap<&'m Path, BTreeMap<&'m Path, usize>>,
) -> Option<Vec<(&'m Path, usize)>> {
    let mut came_from: BTreeMap<&Path, (&Path, usize)> = BTreeMap::new();
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(module) = queue.pop_front() {
        for (&next, &line) in edges.get(module).into_iter().flatten() {
            if !came_from.contains_key(next) {
                came_from.insert(next, (module, line));
                queue.push_back(next);
            }
            if next == start {
                let mut circle = vec![];
                let mut at = start;
                while let Some(&(before, line)) = came_from.get(at) {
                    circle.push((before, line));
                    at = before;
                    if at == start {
                        break;
                    }
                }
                circle.reverse();
                return Some(circle);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(files: &[(&str, &str)]) -> Vec<String> {
        let module = |&(path, code): &(&str, &str)| {
            let path = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
            (path, Source::read(&code.parse().unwrap()))
        };
        check("t", &files.iter().map(module).collect())
    }

    #[test]
    fn a_circle_of_two_is_found_by_import_and_by_path() {
        assert_eq!(
            complaints(&[
                ("", "mod a; mod b;"),
                ("a", "use crate::b::B;\nstruct A;"),
                ("b", "struct B;\nfn f(_: super::a::A) {}")
            ]),
            ["t: a circle of files: a (line 1) -> b (line 2) -> a"]
        );
    }

    #[test]
    fn a_long_circle_is_found_once() {
        let files = [
            ("", "mod a; mod b; mod c;"),
            ("a", "use crate::b::B; struct A;"),
            ("b", "use super::{c::C}; struct B;"),
            ("c", "struct C; fn f() { vec![crate::a::A] }"),
        ];
        assert_eq!(complaints(&files), ["t: a circle of files: a (line 1) -> b (line 1) -> c (line 1) -> a"]);
    }

    #[test]
    fn who_takes_anothers_import_names_both() {
        let files = [
            ("", "mod a; mod b; mod c;"),
            ("a", "pub use crate::b::B; fn f() { crate::c::g() }"),
            ("b", "struct B;"),
            ("c", "use crate::a::B; fn g() {}"),
        ];
        assert_eq!(complaints(&files), ["t: a circle of files: a (line 1) -> c (line 1) -> a"]);
    }

    #[test]
    fn a_parent_and_its_child_in_a_circle_are_found() {
        let files = [("", "mod a;"), ("a", "mod x; struct A;\nfn f() { x::g() }"), ("a::x", "use super::A; fn g() {}")];
        assert_eq!(complaints(&files), ["t: a circle of files: a (line 2) -> a::x (line 1) -> a"]);
    }

    #[test]
    fn a_parent_may_pass_on_its_childs_but_not_use_it() {
        let child = ("a::x", "use super::A; pub struct X;");
        assert_eq!(
            complaints(&[("", "mod a; pub use a::A;"), ("a", "mod x; pub use x::X; struct A;"), child]),
            [""; 0]
        );
        assert_eq!(
            complaints(&[("", "mod a;"), ("a", "mod x;\npub use x::X; struct A; fn f(_: X) {}"), child]),
            ["t: a circle of files: a (line 2) -> a::x (line 1) -> a"]
        );
    }

    #[test]
    fn a_sibling_is_not_passed_on() {
        assert_eq!(
            complaints(&[
                ("", "mod a; mod b;"),
                ("a", "pub use crate::b::B; struct A;"),
                ("b", "use crate::a::A; struct B;")
            ]),
            ["t: a circle of files: a (line 1) -> b (line 1) -> a"]
        );
    }

    #[test]
    fn a_name_passed_on_leads_to_its_holder() {
        let through_root = [
            ("", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("a", "use crate::B; struct A;"),
            ("b", "use crate::A; struct B;"),
        ];
        assert_eq!(complaints(&through_root), ["t: a circle of files: a (line 1) -> b (line 1) -> a"]);
        let by_glob = [
            ("", "mod a; mod b; pub use a::*; pub use b::*;"),
            ("a", "use crate::B; struct A;"),
            ("b", "struct B; fn f() { crate::a::A }"),
        ];
        assert_eq!(complaints(&by_glob).len(), 1);
        let no_circle =
            [("", "mod a; mod b; pub use a::A; pub use b::B;"), ("a", "use crate::B; struct A;"), ("b", "struct B;")];
        assert_eq!(complaints(&no_circle), [""; 0]);
    }

    #[test]
    fn a_root_that_its_children_need_and_that_needs_them_is_found() {
        let files = [("", "mod a; struct Root; fn f() { a::g() }"), ("a", "use crate::Root; fn g() {}")];
        assert_eq!(complaints(&files), ["t: a circle of files: the root (line 1) -> a (line 1) -> the root"]);
    }

    #[test]
    fn inline_modules_belong_to_their_file_and_tests_to_nobody() {
        let a = "struct A; mod sealed { use super::A; } mod deep { use super::super::b::B; } #[cfg(test)] mod tests { use crate::c::C; }";
        assert_eq!(
            complaints(&[
                ("", "mod a; mod b; mod c;"),
                ("a", a),
                ("b", "struct B;"),
                ("c", "use crate::a::A; struct C;")
            ]),
            [""; 0]
        );
        assert_eq!(
            complaints(&[("", "mod a; mod b;"), ("a", a), ("b", "use crate::a::A; struct B;")]),
            ["t: a circle of files: a (line 1) -> b (line 1) -> a"]
        );
    }

    #[test]
    fn what_a_macro_names_is_named_by_who_calls_it() {
        let m = "macro_rules! m { () => { $crate::b::B } } pub(crate) use m; struct M;";
        let no_circle =
            [("", "mod a; mod b; mod m;"), ("m", m), ("b", "use crate::m::M; struct B;"), ("a", "crate::m::m!();")];
        assert_eq!(complaints(&no_circle), [""; 0]);
        let circle = [
            ("", "mod a; mod b; mod m;"),
            ("m", m),
            ("b", "use crate::a::A; struct B;"),
            ("a", "crate::m::m!(); struct A;"),
        ];
        assert_eq!(complaints(&circle), ["t: a circle of files: a (line 1) -> b (line 1) -> a"]);
    }

    #[test]
    fn modules_are_read_from_files() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        let files = [
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod x; struct A;\nfn f() { x::g() }"),
            ("a/x.rs", "use super::A; fn g() {}"),
            ("b.rs", "#[path = \"a/one.rs\"] mod imp; #[path = \"a/two.rs\"]\nmod imp; fn f() { imp::g() } struct B;"),
            ("a/one.rs", ""),
            ("a/two.rs", "use super::B;"),
        ];
        for (file, code) in files {
            std::fs::write(dir.path().join(file), code).unwrap();
        }
        let root = File { path: dir.path().join("lib.rs"), shown: String::new() };
        assert_eq!(
            check("t", &modules_under(&root)),
            [
                "t: a circle of files: a (line 2) -> a::x (line 1) -> a",
                "t: a circle of files: b (line 2) -> b::imp (line 1) -> b"
            ]
        );
    }
}
