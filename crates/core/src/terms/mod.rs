//! The field's words: statuses, grades, colours, inspection modes and column headers as registries write them, the cleaning
//! of cell text, dates and numbers, and what the program tells people in English and Chinese. Everything here is a pure
//! function of its arguments.

mod aliases;
mod bilingual;
mod calendar;
mod coded;
mod color;
mod dates;
mod disposal;
mod finding;
mod grade;
mod headers;
mod item_kind;
mod mode;
mod note;
mod outcome;
mod reason;
mod set_aside;
mod status;
mod task_source;
mod text;
mod warning;
mod word_set;
mod words;

pub use bilingual::{Bilingual, Lang, grouped, shorten};
pub use calendar::Calendar;
pub use color::Color;
pub use dates::{OPEN_ENDED_YEAR, date_of, days_of, is_day, is_open_ended, parse_date, show_day};
pub use disposal::{Disposal, Disposals, read_disposals};
pub use finding::{Finding, Found};
pub use grade::Grade;
pub use headers::Column;
pub use item_kind::ItemKind;
pub use mode::Mode;
pub use note::Note;
pub use outcome::{Outcome, Outcomes, read_outcomes};
pub use reason::{Reason, Scope};
pub use set_aside::SetAside;
pub use status::Status;
pub use task_source::{Level, TaskSource, read_yes};
pub use text::{has_hidden_characters, normalise, normalise_id, parse_number};
pub use warning::{Guessable, Warning};
pub use words::{is_missing, total_word};
