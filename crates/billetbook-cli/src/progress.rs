//! Progress on a terminal, silence elsewhere, and clean-up on Ctrl-C.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Mutex;
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

/// The folder being written, to be removed when the run is broken off.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Remembers or forgets the folder being written.
pub(crate) fn unfinished(folder: Option<PathBuf>) {
    if let Ok(mut slot) = UNFINISHED.lock() {
        *slot = folder;
    }
}

/// On Ctrl-C or termination: removes what is half-written and leaves with code 130.
pub(crate) fn on_interrupt() {
    let set = ctrlc::set_handler(|| {
        if let Ok(slot) = UNFINISHED.lock()
            && let Some(folder) = slot.as_ref()
        {
            let _ = std::fs::remove_dir_all(folder);
        }
        std::process::exit(130);
    });
    if let Err(e) = set {
        eprintln!("warning: Ctrl-C will not clean up: {e}");
    }
}
