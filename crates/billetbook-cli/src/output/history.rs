//! A history as a page to print and hand out: no scripts, nothing from the network.

use crate::error::CliError;
use askama::Template;
use billetbook::exchange::{History, time_words};

#[derive(Template)]
#[template(path = "history.html")]
struct Page<'a> {
    history: &'a History,
    until: String,
}

pub(crate) fn page(history: &History) -> Result<String, CliError> {
    let page = Page {
        history,
        until: time_words(history.until),
    };
    Ok(page.render()?)
}
