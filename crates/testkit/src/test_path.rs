//! The name of the calling test.

/// The path of the calling test as the test runner knows it (without the crate's name).
#[macro_export]
macro_rules! test_path {
    () => {{
        fn here() {}
        $crate::test_path::path_of(&here)
    }};
}

/// The function behind [`test_path!`](crate::test_path!): the path of the function that `here` is declared in.
pub fn path_of<T>(_here: &T) -> &'static str {
    let path = std::any::type_name::<T>();
    let mut path = path.strip_suffix("::here").unwrap_or(path);
    while let Some(outer) = path.strip_suffix("::{{closure}}") {
        path = outer;
    }
    path.split_once("::").map_or(path, |(_crate_name, rest)| rest)
}
