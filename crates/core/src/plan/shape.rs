//! Errors of the TOML reader, put into words for the person who writes the plan.

use toml::de::Error;

use super::error::{Errors, PlanErrors};
use super::locate::{KeyPath, Locator};
use super::nearest::nearest;

/// The text is no TOML.
pub(super) fn syntax(errors: Errors, error: &Error) -> PlanErrors {
    let help = match error.message() {
        message if message.starts_with("duplicate key") => "a key stands once in its table: remove one of the two",
        message if message.contains("date") || message.contains("time") => {
            "give a day of the calendar, such as 2023-02-07"
        }
        message if message.contains("quote") || message.contains("string") => {
            "texts stand in double quotes on one line"
        }
        _ => "plans are TOML: key = value, texts in double quotes, dates without quotes, [table] headers in brackets",
    };
    errors.end(String::new(), error.span(), error.message().to_string(), help.to_string())
}

/// A key is unknown or missing, or its value has the wrong shape.
pub(super) fn shape(errors: Errors, locator: &Locator<'_>, error: &Error) -> PlanErrors {
    let span = error.span().unwrap_or(0..0);
    let at = locator.path_at(&span);
    let (key, message, help) = describe(&at, error.message());
    errors.end(key.to_string(), Some(span), message, help)
}

/// The key, what is wrong and the fix, from the reader's message about the value at `at`.
fn describe(at: &KeyPath, message: &str) -> (KeyPath, String, String) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let word = quoted.next().unwrap_or_default();
    let known: Vec<&str> = quoted.collect();
    if message.starts_with("unknown field") {
        return (at.clone(), format!("there is no key `{word}` here"), offer(word, &known));
    }
    if message.starts_with("unknown variant") {
        return (at.clone(), format!("{word:?} is not one of the known words"), offer(word, &known));
    }
    if message.starts_with("missing field") {
        let key = at.key(word);
        let help = format!("add {key}; `fairdraw schema` describes every key");
        return (key, "is missing".to_string(), help);
    }
    let help = if message.contains("TOML datetime") || message.contains("local date") {
        "write the date without quotes and without a time, such as 2023-02-07"
    } else if message.contains("expected f64") {
        "write a number without quotes"
    } else if message.contains("expected u32") || message.contains("expected u64") {
        "write a whole number from 0, without quotes"
    } else if message.contains("expected a sequence") {
        "write a list, such as [\"C\", \"I61\"]"
    } else if message.contains("expected a string") {
        "write a text in double quotes"
    } else if message.contains("expected a boolean") {
        "write true or false"
    } else {
        "`fairdraw schema` describes what every key takes"
    };
    (at.clone(), message.to_string(), help.to_string())
}

fn offer(word: &str, known: &[&str]) -> String {
    let all = known.join(", ");
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known are {all}"),
        None if known.is_empty() => "remove it".to_string(),
        None => format!("known are {all}"),
    }
}
