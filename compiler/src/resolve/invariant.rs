//! `.invariant`: which relations must be empty, and what a tuple of one says.

use super::Resolver;
use crate::ast::{Parameter, Target};
use crate::diagnostic::{Diagnostic, codes};
use crate::program::{Column, Invariant, Severity, Template, TemplateError};
use crate::span::Span;
use crate::suggest::nearest;

/// What is said of one.
const PARAMETERS: [&str; 2] = ["severity", "message"];

impl Resolver {
    /// `.invariant r(severity = "error", message = "…")`.
    pub(super) fn invariant(&mut self, target: &Target, span: Span) {
        let relation = self.relation(&target.relation);
        let (severity, message) = self.invariant_parameters(&target.parameters);
        let Some(relation) = relation else { return };
        let declared = self.program.relation(relation);
        let (name, columns) = (declared.name.clone(), declared.columns.clone());
        if let Some(first) = self.program.invariants.iter().find(|known| known.relation == relation) {
            let message = format!("relation `{name}` is an invariant already");
            let diagnostic = Diagnostic::error(codes::BAD_INVARIANT, message, target.relation.span(), "");
            let diagnostic = diagnostic.also(first.span, "first stated here");
            self.report(diagnostic);
            return;
        }
        let read = message.map(|message| (Template::read(&message.value.value, &columns), message.value.at.0));
        let message = match read {
            None => Template::of_tuple(&name, &columns),
            Some((Ok(message), _)) => message,
            Some((Err(error), span)) => return self.bad_message(&error, &name, &columns, span),
        };
        self.program.invariants.push(Invariant { relation, severity, message, span });
    }

    fn invariant_parameters<'a>(&mut self, parameters: &'a [Parameter]) -> (Severity, Option<&'a Parameter>) {
        let (mut severity, mut message) = (Severity::default(), None);
        for (place, parameter) in parameters.iter().enumerate() {
            let Parameter { key, value } = parameter;
            if parameters[..place].iter().any(|before| before.key == *key) {
                let message = format!("parameter `{key}` is given twice");
                self.report(Diagnostic::error(codes::DUPLICATE_NAME, message, key.span(), ""));
            }
            match &*key.text {
                "severity" => match Severity::read(&value.value) {
                    Some(read) => severity = read,
                    None => self.bad_severity(&value.value, value.at.0),
                },
                "message" => message = Some(parameter),
                text => {
                    let message = format!("an invariant has no parameter `{text}`");
                    let mut diagnostic = Diagnostic::error(codes::BAD_INVARIANT, message, key.span(), "");
                    diagnostic = match nearest(text, PARAMETERS) {
                        Some(near) => diagnostic.suggest(near),
                        None => diagnostic.help("its parameters are `severity` and `message`"),
                    };
                    self.report(diagnostic);
                }
            }
        }
        (severity, message)
    }

    fn bad_severity(&mut self, text: &str, span: Span) {
        let message = format!("severity `{text}` does not exist");
        let diagnostic = Diagnostic::error(codes::BAD_INVARIANT, message, span, "");
        self.report(diagnostic.help("it is `error`, `warning` or `info`"));
    }

    fn bad_message(&mut self, error: &TemplateError, relation: &str, columns: &[Column], span: Span) {
        let names = || columns.iter().map(|column| &*column.name);
        let diagnostic = match error {
            TemplateError::Brace => {
                Diagnostic::error(codes::BAD_INVARIANT, "brace in a message has no other one", span, "")
                    .help("a column's place is `{name}`; a brace itself is written twice, `{{` or `}}`")
            }
            TemplateError::UnknownColumn(name) => {
                let message = format!("message names `{name}`, which is no column of relation `{relation}`");
                let known: Vec<String> = names().map(|name| format!("`{name}`")).collect();
                let help = match nearest(name, names()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.is_empty() => "the relation has no columns".to_string(),
                    None => format!("its columns are {}", known.join(", ")),
                };
                Diagnostic::error(codes::UNKNOWN_COLUMN, message, span, "").help(help)
            }
        };
        self.report(diagnostic);
    }
}
