//! Where tests stand.

use std::{fs, path::Path};

/// The sources that may hold a test: path from the root, and text.
pub(crate) struct Tests(Vec<(String, String)>);

impl Tests {
    /// All of the crates.
    pub(crate) fn of(root: &Path) -> Self {
        let (mut sources, mut folders) = (Vec::new(), vec![root.join("crates")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                    sources.push((name, fs::read_to_string(&path).unwrap()));
                }
            }
        }
        Self(sources)
    }

    /// These.
    pub(crate) fn from<const N: usize>(sources: [(&str, &str); N]) -> Self {
        Self(sources.map(|(path, text)| (path.to_owned(), text.to_owned())).into())
    }

    /// A link to the test `file::function`, the file by the end of its path. `None` if it is not there, or not alone.
    pub(crate) fn link(&self, test: &str) -> Option<String> {
        let (file, function) = test.split_once("::")?;
        let end = format!("/{file}.rs");
        let mut found = self.0.iter().filter(|(path, text)| path.ends_with(&end) && has_test(text, function));
        let (path, _) = found.next()?;
        found.next().is_none().then(|| format!("[`{function}`](../{path})"))
    }
}

/// Whether there is a function of this name and it is a test: an attribute says so right above it, or it is called by
/// the macro that makes tests of properties.
fn has_test(text: &str, function: &str) -> bool {
    let start = format!("fn {function}(");
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let Some(at) = lines.iter().position(|line| line.starts_with(&start)) else { return false };
    lines.iter().take(at).rev().take_while(|line| line.starts_with(['#', '/'])).any(|line| *line == "#[test]")
}
