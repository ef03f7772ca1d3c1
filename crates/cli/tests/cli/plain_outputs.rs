//! Standard output when it is no terminal, and the command line itself.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::command::{Ran, demo, opening, program, run};
use crate::forge::{export_of, file, sealed};

#[test]
fn a_full_device_is_a_failure() {
    let backup = demo("export-password-pbkdf2.json");
    for command in ["list", "decrypt"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = Command::new(program()).args(opening(command, &backup)).stdout(full).output().unwrap();
        let ran = Ran::of(output).ended(1);
        assert_eq!(
            ran.stderr,
            "strongroom: standard output cannot be written: No space left on device (os error 28)\n"
        );
    }
}

#[test]
fn a_full_device_is_one_for_the_help_too() {
    for args in
        [&["--version"][..], &["--help"], &["help", "list"], &["decrypt", "--help"], &["man"], &["completions", "bash"]]
    {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = Ran::of(Command::new(program()).args(args).stdout(full).output().unwrap()).ended(1);
        assert_eq!(
            ran.stderr, "strongroom: standard output cannot be written: No space left on device (os error 28)\n",
            "{args:?}"
        );
        assert_ne!(run(args).fine(), "", "the control: {args:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_none() {
    let directory = tempdir().unwrap();
    // More than a pipe holds.
    let items: Vec<String> =
        (0..3_000).map(|n| format!(r#"{{"type": 2, "name": "{n} {}"}}"#, "x".repeat(100))).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let backup = file(directory.path(), "b.json", sealed(export_of(&items).as_bytes()));
    for command in ["list", "decrypt"] {
        let mut child = Command::new(program())
            .args(opening(command, &backup))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 10]).unwrap();
        drop(stdout);
        Ran::of(child.wait_with_output().unwrap()).fine();
    }
}

#[test]
fn standard_output_may_be_closed() {
    let backup = demo("export-password-pbkdf2.json");
    let mut command = Command::new("sh");
    command.args(["-c", r#"exec "$@" >&-"#, "sh", program()]).args(opening("list", &backup));
    Ran::of(command.output().unwrap()).ended(0);
}

#[test]
fn a_wrong_command_line_is_told_from_other_failures() {
    let backup = demo("export-password-pbkdf2.json");
    let backup = backup.to_str().unwrap();
    for (name, args) in [
        ("no command", &[][..]),
        ("an unknown command", &["open"]),
        ("no file", &["list"]),
        ("a file without a name", &["list", ""]),
        ("no item", &["show", backup]),
        ("an unknown option", &["list", backup, "--nope"]),
        ("the password as an argument", &["list", backup, "--password", "export password"]),
        ("two sources", &["list", backup, "--password-stdin", "--password-file", "x"]),
        ("an unknown level", &["list", backup, "--require", "high"]),
        ("a bound that is none", &["list", backup, "--allow-kdf-iterations", "-1"]),
        ("a field as JSON", &["show", backup, "x", "--field", "password", "--json"]),
        ("a page of no command", &["man", "nope"]),
        ("a shell that is none", &["completions", "nope"]),
    ] {
        let ran = run(args).ended(2);
        assert_eq!(ran.stdout, "", "{name}");
        assert!(!ran.stderr.is_empty(), "{name}");
    }
}

#[test]
fn help_completions_and_manual_are_whole() {
    let help = run(["--help"]).fine();
    for piece in ["list", "show", "decrypt", "doctor", "completions", "man", "3  wrong password"] {
        assert!(help.contains(piece), "{piece}");
    }
    assert_eq!(run(["--version"]).fine(), format!("strongroom {}\n", env!("CARGO_PKG_VERSION")));
    for (shell, mark) in [
        ("bash", "complete -F _strongroom"),
        ("zsh", "#compdef strongroom"),
        ("fish", "complete -c strongroom"),
        ("elvish", "edit:completion:arg-completer[strongroom]"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = run(["completions", shell]).fine();
        assert!(script.contains(mark) && script.contains("password-file"), "{shell}: {script}");
    }
    let page = run(["man"]).fine();
    assert!(page.contains(".TH strongroom 1") && page.contains(".SH FILES"), "{page}");
    for (command, option) in
        [("list", "password\\-stdin"), ("show", "reveal"), ("decrypt", "force"), ("doctor", "require")]
    {
        let page = run(["man", command]).fine();
        // Examples are in the help and in the page, which has headings that readers look for.
        let first = format!("strongroom {command}");
        let help = run([command, "--help"]).fine();
        let (_, examples) = help.split_once("\nExamples:\n").unwrap();
        assert!(examples.contains(&format!("\n    {first}")), "{help}");
        assert_eq!(page.matches(".SH EXAMPLES\n").count(), 1, "{page}");
        let (before, examples) = page.split_once(".SH EXAMPLES\n").unwrap();
        assert!(examples.contains(&format!(".EX\n{first}")) && !before.contains("Examples:"), "{page}");
        assert!(page.contains(".SH \"EXIT STATUS\"\n") && page.contains("  3  wrong password\n"), "{page}");
        assert!(page.contains(&format!(".TH strongroom-{command} 1")) && page.contains(option), "{page}");
    }
}
