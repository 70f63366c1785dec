//! `strata explain` and `.explain`: the page of a diagnostic code.

use crate::failure::{Failure, Outcome};
use crate::near::did_you_mean;
use compiler::codes::{CODES, explain};

/// The page of a code; without one, all codes with the first line of their page.
pub fn page(code: Option<&str>) -> Outcome<String> {
    let Some(code) = code else {
        let width = CODES.iter().map(|(code, _)| code.len()).max().unwrap_or(0);
        let lines = CODES.iter().map(|(code, page)| format!("{code:width$}  {}\n", summary(page)));
        return Ok(lines.collect());
    };
    match explain(code) {
        Some(page) => Ok(page.to_owned()),
        None => {
            let near = did_you_mean(code, CODES.iter().map(|(code, _)| *code));
            let hint = if near.is_empty() { "; without a code, all are listed" } else { "" };
            Err(Failure::User(format!("there is no code `{code}`{near}{hint}")))
        }
    }
}

/// The first line of a page that is not its heading.
fn summary(page: &str) -> &str {
    page.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default()
}
