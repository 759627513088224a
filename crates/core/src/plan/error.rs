//! What is wrong with a plan: each error a relation and a fix, pointing into the text.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};

use super::locate::line_of;

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.headline())]
pub struct PlanError {
    /// The key, such as `size.share`; empty when the file itself is at fault. Items of lists are counted from 1.
    pub key: String,
    /// What is wrong, as a relation.
    pub message: String,
    /// What to change.
    pub help: String,
    /// The bytes of the plan that are at fault.
    pub span: Option<SourceSpan>,
    /// The line of the plan where they begin, counted from 1.
    pub line: Option<usize>,
    text: NamedSource<Arc<str>>,
}

impl PlanError {
    fn headline(&self) -> String {
        if self.key.is_empty() { self.message.clone() } else { format!("{}: {}", self.key, self.message) }
    }
}

impl Diagnostic for PlanError {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new("fairdraw::plan"))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.help.is_empty()).then(|| Box::new(&self.help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.span?;
        let label = if self.key.is_empty() { "here".to_string() } else { self.key.clone() };
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(Some(label), span))))
    }
}

/// Everything that is wrong with a plan, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.headline())]
pub struct PlanErrors {
    /// The plan's file.
    pub path: PathBuf,
    /// At least one.
    pub errors: Vec<PlanError>,
}

impl PlanErrors {
    fn headline(&self) -> String {
        let path = self.path.display();
        match self.errors.len() {
            1 => format!("the plan {path} cannot be used: 1 error"),
            n => format!("the plan {path} cannot be used: {n} errors"),
        }
    }

    /// One line an error, for logs and for terminals without drawing: `file:line: key: what is wrong; the fix`.
    pub fn lines(&self) -> Vec<String> {
        let path = self.path.display();
        let line = |error: &PlanError| {
            let place = error.line.map(|line| format!(":{line}")).unwrap_or_default();
            let fix = if error.help.is_empty() { String::new() } else { format!("; {}", error.help) };
            format!("{path}{place}: {error}{fix}")
        };
        self.errors.iter().map(line).collect()
    }
}

impl Diagnostic for PlanErrors {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new("fairdraw::plan"))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.errors.iter().map(|error| error as &dyn Diagnostic)))
    }
}

/// Collects the errors of one plan.
pub(super) struct Errors {
    path: PathBuf,
    text: NamedSource<Arc<str>>,
    found: Vec<PlanError>,
}

impl Errors {
    /// No error yet in the plan at `path` with this text.
    pub(super) fn new(path: &Path, text: &str) -> Self {
        let text = NamedSource::new(path.display().to_string(), Arc::from(text)).with_language("toml");
        Self { path: path.to_path_buf(), text, found: Vec::new() }
    }

    /// Adds an error at these bytes.
    pub(super) fn push(&mut self, key: String, span: Option<Range<usize>>, message: String, help: String) {
        // What several tasks take from the plan is at fault once.
        if self.found.iter().any(|found| found.key == key && found.message == message) {
            return;
        }
        let line = span.as_ref().map(|span| line_of(self.text.inner(), span.start));
        let span = span.map(SourceSpan::from);
        self.found.push(PlanError { key, message, help, span, line, text: self.text.clone() });
    }

    /// `Ok` if nothing was found, else everything that was, by line.
    pub(super) fn finish(mut self) -> Result<(), PlanErrors> {
        if self.found.is_empty() {
            return Ok(());
        }
        self.found.sort_by_key(|error| error.span.map(|span| span.offset()));
        Err(PlanErrors { path: self.path, errors: self.found })
    }

    /// An error that ends the reading, with whatever was found before.
    pub(super) fn end(mut self, key: String, span: Option<Range<usize>>, message: String, help: String) -> PlanErrors {
        self.push(key, span, message, help);
        PlanErrors { path: self.path, errors: self.found }
    }
}
