//! The parameters of a directive, checked.

use super::Request;
use crate::Error;
use crate::format::delimited::Format;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Parameters of one directive.
pub(super) struct Options<'a> {
    /// `.input edge`, for messages.
    directive: String,
    relation: &'a str,
    parameters: &'a BTreeMap<String, String>,
}

impl<'a> Options<'a> {
    pub(super) fn new(keyword: &str, request: &Request<'a>) -> Self {
        let Request { relation, parameters, .. } = *request;
        Options { directive: format!("{keyword} {relation}"), relation, parameters }
    }

    /// The text of a parameter.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A parameter that is `true` or `false`; false if it is not there.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Error> {
        match self.text(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(self.error(format!("expected {name}=true or {name}=false, found {other:?}"))),
        }
    }

    /// What the relation is called outside.
    pub(super) fn name(&self) -> &'a str {
        self.text("name").unwrap_or(self.relation)
    }

    /// The file: in the directory, under the name of the relation with an ending, unless parameters say otherwise.
    pub(super) fn file(&self, parameters: &[&str], ending: &str, directory: &Path) -> PathBuf {
        let named = parameters.iter().find_map(|name| self.text(name));
        directory.join(named.map_or_else(|| format!("{}{ending}", self.name()), str::to_owned))
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

    /// An `IO` that there is not.
    pub(super) fn unknown_kind(&self, kind: &str, known: &[&str]) -> Error {
        let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
        self.error(format!("IO={kind:?} is not supported: it is one of {}", known.join(", ")))
    }
}
