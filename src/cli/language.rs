//! The language of an answer on the command line.

use crate::terms::Lang;

/// A language as it is asked for.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl From<Language> for Lang {
    fn from(asked: Language) -> Self {
        match asked {
            Language::En => Lang::En,
            Language::Zh => Lang::Zh,
        }
    }
}
