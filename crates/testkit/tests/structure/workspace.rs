//! What is there: packages from `cargo metadata`, source files from the disk.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use proc_macro2::TokenStream;
use serde_json::Value;

pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    /// Names of the packages it depends on, ours and others', and whether in tests only.
    pub(crate) dependencies: Vec<Dependency>,
    /// The files its targets start from.
    pub(crate) roots: Vec<File>,
    dir: PathBuf,
    workspace: PathBuf,
}

pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) tests_only: bool,
}

pub(crate) struct File {
    pub(crate) path: PathBuf,
    /// Its path within the workspace, for people.
    pub(crate) shown: String,
}

impl Workspace {
    pub(crate) fn load() -> Workspace {
        let manifest = Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("Cargo.toml");
        let cargo = env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version=1", "--no-deps", "--offline", "--locked"])
            .arg("--manifest-path")
            .arg(manifest)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
        let root = PathBuf::from(text(metadata.get("workspace_root")));
        let packages = list(metadata.get("packages")).iter().map(|package| Package::read(package, &root)).collect();
        Workspace { root, packages }
    }

    #[track_caller]
    pub(crate) fn package(&self, name: &str) -> &Package {
        self.packages.iter().find(|package| package.name == name).unwrap()
    }

    /// Every file of the project, relative to its root: no version control, nothing built.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        walk(&self.root, &mut files);
        files.iter().map(|file| file.strip_prefix(&self.root).unwrap().to_owned()).collect()
    }
}

impl Package {
    fn read(value: &Value, workspace: &Path) -> Package {
        let dependency = |value: &Value| Dependency {
            name: text(value.get("name")).to_owned(),
            tests_only: value.get("kind").and_then(Value::as_str) == Some("dev"),
        };
        let dir = Path::new(text(value.get("manifest_path"))).parent().unwrap().to_owned();
        let root = |target: &Value| File::new(text(target.get("src_path")).into(), workspace);
        Package {
            name: text(value.get("name")).to_owned(),
            dependencies: list(value.get("dependencies")).iter().map(dependency).collect(),
            roots: list(value.get("targets")).iter().map(root).collect(),
            dir,
            workspace: workspace.to_owned(),
        }
    }

    /// Every Rust file of the package: code, tests, examples, benches.
    pub(crate) fn sources(&self) -> Vec<File> {
        let mut files = Vec::new();
        walk(&self.dir, &mut files);
        files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
        files.into_iter().map(|file| File::new(file, &self.workspace)).collect()
    }
}

impl File {
    fn new(path: PathBuf, workspace: &Path) -> File {
        let shown = path.strip_prefix(workspace).unwrap_or(&path).display().to_string();
        File { path, shown }
    }

    pub(crate) fn tokens(&self) -> TokenStream {
        let text = fs::read_to_string(&self.path).unwrap();
        text.parse().unwrap_or_else(|error| panic!("{}: {error}", self.shown))
    }

    /// Whether it belongs to the package's code, not to its tests.
    pub(crate) fn in_src(&self) -> bool {
        self.path.components().any(|component| component.as_os_str() == "src")
    }
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        // Cargo marks the folders of what it builds with this file.
        if path.ends_with(".git") || path.join("CACHEDIR.TAG").exists() {
            continue;
        }
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

#[track_caller]
fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap()
}

#[track_caller]
fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).unwrap()
}
