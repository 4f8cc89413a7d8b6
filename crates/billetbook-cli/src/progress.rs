//! Progress on a terminal, silence elsewhere, and clean-up on Ctrl-C.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A line that says what is being done; hidden where standard error is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(json: bool) -> Progress {
        if json || !std::io::stderr().is_terminal() {
            return Progress(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress(bar)
    }

    pub(crate) fn step(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    pub(crate) fn done(&self) {
        self.0.finish_and_clear();
    }
}

/// What is being written, to be removed when the run is broken off.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file or folder being written under a temporary name, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes something to be removed when the run is broken off, which cannot happen in between.
    pub(crate) fn make<T: AsRef<Path>>(
        make: impl FnOnce() -> std::io::Result<T>,
    ) -> std::io::Result<(T, Unfinished)> {
        let mut list = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let made = make()?;
        list.push(made.as_ref().to_owned());
        let unfinished = Unfinished(made.as_ref().to_owned());
        Ok((made, unfinished))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Ok(mut list) = UNFINISHED.lock() {
            list.retain(|path| *path != self.0);
        }
    }
}

/// On Ctrl-C or termination: removes what is half-written and leaves with code 130.
pub(crate) fn on_interrupt() {
    let set = ctrlc::set_handler(|| {
        if let Ok(list) = UNFINISHED.lock() {
            for path in list.iter() {
                // The work goes on meanwhile and may put a file back.
                for _ in 0..50 {
                    let _ = std::fs::remove_file(path);
                    let _ = std::fs::remove_dir_all(path);
                    if path.symlink_metadata().is_err() {
                        break;
                    }
                }
            }
            std::process::exit(130);
        }
    });
    if let Err(e) = set {
        eprintln!("warning: Ctrl-C will not clean up: {e}");
    }
}
