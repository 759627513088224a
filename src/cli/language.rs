//! The language of an answer on the command line.

use crate::terms::Lang;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Reads the name of a language.
pub fn language() -> impl TypedValueParser<Value = Lang> {
    let names = [PossibleValue::new("en").help("English"), PossibleValue::new("zh").help("Chinese")];
    PossibleValuesParser::new(names).map(|name| if name == "zh" { Lang::Zh } else { Lang::En })
}
