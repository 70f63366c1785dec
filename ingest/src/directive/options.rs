//! The parameters of a directive, checked.

use crate::Error;
use crate::format::delimited::Format;
use std::collections::BTreeMap;

/// Parameters of one directive.
pub(super) struct Options<'a> {
    /// `.input edge`, for messages.
    directive: String,
    parameters: &'a BTreeMap<String, String>,
}

impl<'a> Options<'a> {
    /// Checks that every parameter is known.
    pub(super) fn new(
        keyword: &str,
        relation: &str,
        parameters: &'a BTreeMap<String, String>,
        known: &[&str],
    ) -> Result<Self, Error> {
        let options = Options { directive: format!("{keyword} {relation}"), parameters };
        match parameters.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(options.error(format!("parameter `{name}` is not one of {}", known.join(", ")))),
            None => Ok(options),
        }
    }

    /// The text of a parameter.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A parameter that is `"true"` or `"false"`; false if it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(self.error(format!("expected {name}=\"true\" or \"false\", found {other:?}"))),
        }
    }

    /// How fields are delimited.
    pub(super) fn format(&self) -> Result<Format, Error> {
        let quoted = self.flag("rfc4180")?;
        let delimiter = self.text("delimiter").unwrap_or(if quoted { "," } else { "\t" });
        if delimiter.is_empty() || delimiter.contains('\n') || (quoted && delimiter.contains('"')) {
            return Err(self.error(format!("{delimiter:?} cannot be a delimiter here")));
        }
        Ok(Format { delimiter: delimiter.as_bytes().to_vec(), quoted })
    }

    /// A fault of this directive.
    pub(super) fn error(&self, message: impl AsRef<str>) -> Error {
        Error::Request(format!("{}: {}", self.directive, message.as_ref()))
    }
}
