//! A copy of the project beside it, in which nothing is newer than it has to be.

use crate::Result;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies what tests need; unchanged files keep their time.
pub fn copy(project: &Path, tree: &Path) -> Result<()> {
    let mut kept = BTreeSet::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        std::fs::create_dir_all(tree.join(&folder))?;
        for entry in std::fs::read_dir(project.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let is_target = path.ends_with("target");
            if is_target
                || [".git", "scripts", "fuzz/artifacts"]
                    .iter()
                    .any(|p| path == Path::new(p))
            {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push(path);
                continue;
            }
            // What is rendered is written later, from this.
            let rendered = path.starts_with("src") && path.extension().is_some_and(|e| e == "rs");
            if !rendered {
                write(&tree.join(&path), &std::fs::read(project.join(&path))?)?;
            }
            kept.insert(path);
        }
    }
    // What the project no longer has.
    for top in ["src", "tests", "crates"] {
        for path in files(tree, top)? {
            if !kept.contains(&path) && path != Path::new("src/mutant.rs") {
                std::fs::remove_file(tree.join(&path))?;
            }
        }
    }
    Ok(())
}

/// Every file below a folder of a tree, by its path in the tree.
pub fn files(tree: &Path, top: &str) -> Result<Vec<PathBuf>> {
    let (mut out, mut open) = (Vec::new(), vec![PathBuf::from(top)]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(tree.join(&folder))? {
            let path = folder.join(entry?.file_name());
            match tree.join(&path).is_dir() {
                true => open.push(path),
                false => out.push(path),
            }
        }
    }
    Ok(out)
}

/// Writes a file, unless it says that already.
pub fn write(path: &Path, text: &[u8]) -> Result<()> {
    if std::fs::read(path).is_ok_and(|was| was == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Takes the compiled dependencies of the project's own `target/debug`, if it has any.
pub fn seed(project: &Path, build: &Path) -> Result<()> {
    let (from, to) = (project.join("target/debug"), build.join("debug"));
    if to.exists() || !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(&to)?;
    for part in ["deps", "build", ".fingerprint"] {
        let copied = Command::new("cp")
            .arg("-a")
            .arg(from.join(part))
            .arg(&to)
            .status()?;
        if !copied.success() {
            return Err(format!("{} cannot be copied", from.join(part).display()).into());
        }
    }
    Ok(())
}
