//! Cargo, asked for messages and test binaries.

use crate::Result;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A test binary.
#[derive(Clone, Debug)]
pub struct Binary {
    pub name: String,
    pub path: PathBuf,
    /// Where its tests run.
    pub folder: PathBuf,
}

/// The command `cargo`, for this tree. Each tree has a build folder of its own: packages of two trees would take each
/// other's place there.
pub fn cargo(build: &Path, tree: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(args);
    command.args(["--message-format=json", "--offline"]);
    command.current_dir(tree).env("CARGO_TARGET_DIR", build);
    command.env_remove("CARGO_MANIFEST_DIR");
    command.stdin(Stdio::null());
    command
}

/// Cargo's messages; its own words go where ours go.
pub fn messages(command: &mut Command) -> Result<Vec<Value>> {
    let out = command.stderr(Stdio::piped()).output()?;
    let lines = out.stdout.split(|b| *b == b'\n').filter(|l| !l.is_empty());
    let messages: Vec<Value> = lines
        .map(serde_json::from_slice)
        .collect::<std::result::Result<_, _>>()?;
    let failed = messages.iter().any(|m| m["message"]["level"] == "error");
    if !out.status.success() && !failed {
        return Err(format!("cargo failed: {}", String::from_utf8_lossy(&out.stderr)).into());
    }
    Ok(messages)
}

/// The test binaries that cargo has built.
pub fn binaries(command: &mut Command) -> Result<Vec<Binary>> {
    let messages = messages(command)?;
    if let Some(error) = messages.iter().find(|m| m["message"]["level"] == "error") {
        let said = error["message"]["rendered"].as_str().unwrap_or_default();
        return Err(format!("a test does not build: {said}").into());
    }
    let mut out = Vec::new();
    for m in messages.iter().filter(|m| m["profile"]["test"] == true) {
        if let (Some(path), Some(manifest)) =
            (m["executable"].as_str(), m["manifest_path"].as_str())
        {
            let folder = Path::new(manifest)
                .parent()
                .unwrap_or(Path::new("."))
                .to_owned();
            let package = folder
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let of = if m["target"]["kind"][0] == "lib" {
                "lib"
            } else {
                m["target"]["name"].as_str().unwrap_or_default()
            };
            let name = match package.strip_prefix("billetbook-") {
                Some(part) => format!("{part}:{of}"),
                None => of.to_owned(),
            };
            out.push(Binary {
                name,
                path: path.into(),
                folder,
            });
        }
    }
    Ok(out)
}
