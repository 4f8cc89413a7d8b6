//! The house keeps its order: arrows between rooms point one way, nothing is ignored or left unfinished.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::path::{Path, PathBuf};

/// Rooms from the ground up: each may use those before it.
const ROOMS: [&str; 18] = [
    "limits", "engine", "hex", "wire", "clock", "coded", "keys", "record", "consent", "token",
    "clk", "linkage", "envelope", "grant", "audit", "gate", "store", "exchange",
];

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    out
}

fn room(path: &Path) -> Option<usize> {
    let inside = path
        .strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
        .ok()?;
    let first = inside.iter().next()?.to_string_lossy().replace(".rs", "");
    ROOMS.iter().position(|r| *r == first)
}

#[test]
fn arrows_between_rooms_point_one_way() {
    let mut arrows = 0;
    for path in sources("src") {
        let Some(here) = room(&path) else { continue };
        // What a room's tests use does not count.
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for piece in code.split("crate::").skip(1) {
            let name: String = piece
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            if let Some(there) = ROOMS.iter().position(|r| *r == name) {
                arrows += usize::from(there != here);
                assert!(there <= here, "{} uses {name}", path.display());
            }
        }
    }
    assert!(arrows > 10, "no arrows were found");
}

#[test]
fn unsafe_code_stands_in_kernel_files_only() {
    let kernels = [
        "token/mac/x86.rs",
        "engine/kernel/avx2.rs",
        "engine/kernel/avx512.rs",
    ];
    let mut seen = 0;
    for path in sources("src").iter().chain(&sources("crates")) {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.lines().map(str::trim_start);
        let has = code
            .filter(|line| !line.starts_with("//"))
            .any(|line| line.contains("unsafe {") || line.contains("unsafe_code"));
        let kernel = kernels.iter().any(|kernel| path.ends_with(kernel));
        assert!(!has || kernel, "{}", path.display());
        seen += usize::from(has);
    }
    assert_eq!(seen, kernels.len(), "a kernel file was not found");
}

#[test]
fn nothing_is_ignored_or_unfinished() {
    let here = Path::new(file!()).file_name().unwrap();
    let mut seen = 0;
    for path in ["src", "tests", "benches", "crates", "examples"]
        .iter()
        .flat_map(|f| sources(f))
    {
        if path.file_name() == Some(here) || path.iter().any(|p| p == "target") {
            continue;
        }
        seen += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        for word in [
            "todo!(",
            "unimplemented!(",
            "FIXME",
            "#[ignore",
            "```ignore",
            "allow(dead_code",
        ] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
    assert!(seen > 60);
}
