//! The field's words: statuses, grades, colours, inspection modes and column headers as registries write them, and the cleaning
//! of cell text, dates and numbers. Everything here is a pure function of text.

mod aliases;
mod coded;
mod color;
mod dates;
mod grade;
mod headers;
mod mode;
mod status;
mod text;
mod words;

pub use color::Color;
pub use dates::{OPEN_ENDED_YEAR, civil_from_days, days_from_civil, is_open_ended, parse_date};
pub use grade::Grade;
pub use headers::Column;
pub use mode::Mode;
pub use status::Status;
pub use text::{normalise, normalise_id, parse_number};
