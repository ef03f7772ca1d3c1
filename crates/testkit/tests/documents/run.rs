//! The tests that are run: those that the built executables list, without the ignored ones.

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

/// Paths of tests, `module::function`; in front of it the file's name where a file is an executable of its own.
pub(crate) struct Run(BTreeSet<String>);

impl Run {
    /// Asks cargo for the executables of `command`, a line of cargo's, which builds them where they are not; and each
    /// of them for its tests.
    pub(crate) fn by(command: &str, root: &Path) -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        let output = Command::new(cargo)
            .args(command.strip_prefix("cargo ").unwrap().split_whitespace())
            .args(["--no-run", "--message-format=json"])
            .current_dir(root)
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(output.status.success(), "{command} --no-run: {}", output.status);
        let messages = String::from_utf8(output.stdout).unwrap();
        let mut paths = BTreeSet::new();
        for message in messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let (Some(executable), true) = (message["executable"].as_str(), message["profile"]["test"] == true) else {
                continue;
            };
            // The path of a unit test begins at the crate's root, that of another at its file.
            let is_file = message["target"]["kind"] == serde_json::json!(["test"]);
            let file = message["target"]["name"].as_str().filter(|_| is_file);
            paths.extend(listed(Path::new(executable), file));
        }
        Self(paths)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether the test `file::function` is among them: the file by the end of its path, modules within it left out.
    pub(crate) fn has(&self, file: &str, function: &str) -> bool {
        let file: Vec<&str> = file.split('/').collect();
        self.0.iter().any(|path| {
            let path: Vec<&str> = path.split("::").collect();
            path.split_last().is_some_and(|(last, modules)| {
                *last == function && modules.windows(file.len()).any(|modules| modules == file)
            })
        })
    }
}

/// What a test executable runs when it is not told what.
pub(crate) fn listed(executable: &Path, file: Option<&str>) -> BTreeSet<String> {
    let list = |more: &[&str]| -> BTreeSet<String> {
        let output = Command::new(executable).args(["--list", "--format=terse"]).args(more).output().unwrap();
        assert!(output.status.success(), "{}: {}", executable.display(), output.status);
        let names = String::from_utf8(output.stdout).unwrap();
        names.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
    };
    let ignored = list(&["--ignored"]);
    let path = |name: &String| file.map_or_else(|| name.clone(), |file| format!("{file}::{name}"));
    list(&[]).difference(&ignored).map(path).collect()
}

impl From<BTreeSet<String>> for Run {
    fn from(paths: BTreeSet<String>) -> Self {
        Self(paths)
    }
}
