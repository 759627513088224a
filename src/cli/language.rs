//! The language of an answer on the command line.

use clap::ValueEnum;
use clap::builder::PossibleValue;

pub use crate::terms::Lang;

impl ValueEnum for Lang {
    fn value_variants<'a>() -> &'a [Self] {
        &[Lang::En, Lang::Zh]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = self.choose(("en", "English"), ("zh", "Chinese"));
        Some(PossibleValue::new(name).help(help))
    }
}
