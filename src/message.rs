//! What a run told people, as its manifest keeps it.

use crate::terms::Bilingual;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A warning or reason: a code and parameters for programs, a sentence in English and in Chinese for people.
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Code in kebab-case.
    pub code: String,
    /// The values the sentences mention, by name; null where there is nothing.
    pub parameters: Value,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

impl<T: Bilingual + Serialize> From<&T> for Message {
    /// The message of something whose serde form has its parameters under `parameters`.
    fn from(told: &T) -> Self {
        let form = serde_json::to_value(told).unwrap_or_default();
        let parameters = form.get("parameters").cloned().unwrap_or_default();
        Self { code: told.code().to_owned(), parameters, en: told.en(), zh: told.zh() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{Note, Warning};

    #[test]
    fn a_message_is_kept_whole_and_read_back() {
        let warning = Warning::BelowLegalMinimum { drawn: 247, base: 24_738, share: "1 %".to_owned() };
        let message = Message::from(&warning);
        assert_eq!((message.code.as_str(), &message.parameters["drawn"]), ("below-legal-minimum", &Value::from(247)));
        let text = serde_json::to_string(&message).expect("JSON");
        assert_eq!(serde_json::from_str::<Message>(&text).expect("a message"), message);
        let note = Warning::Noted { note: Note::LongField, file: "r.csv".to_owned(), rows: 1, first: Vec::new() };
        assert_eq!(Message::from(&note).code, "long-field");
    }
}
