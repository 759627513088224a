//! The JSON Schema of plans, for editors and other programs.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::file::PlanFile;
use super::kpi_file::KpiPlanFile;
use super::nightly::NightlyFile;

/// The JSON Schema (draft 7, which editors of TOML understand best) of a plan: pretty-printed, ending in a line break,
/// the same bytes every time.
pub fn schema_json() -> String {
    schema_of::<PlanFile>()
}

/// The same of a plan of figures.
pub fn kpi_schema_json() -> String {
    schema_of::<KpiPlanFile>()
}

/// The same of a list of plans.
pub fn nightly_schema_json() -> String {
    schema_of::<NightlyFile>()
}

fn schema_of<T: JsonSchema>() -> String {
    let schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    without_null(&mut value);
    let mut text = serde_json::to_string_pretty(&value).expect("a JSON value has string keys and finite numbers");
    text.push('\n');
    text
}

/// TOML has no null: an optional key is left out. So null is no type, no choice and no default.
fn without_null(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_null),
        Value::Object(object) => {
            drop_null_type(object);
            drop_null_choice(object);
            if object.get("default").is_some_and(Value::is_null) {
                object.remove("default");
            }
            object.values_mut().for_each(without_null);
        }
        _ => {}
    }
}

/// `"type": ["string", "null"]` → `"type": "string"`.
fn drop_null_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get_mut("type") else { return };
    types.retain(|name| name != "null");
    if let [only] = types.as_slice() {
        let only = only.clone();
        object.insert("type".to_string(), only);
    }
}

/// `"anyOf": [choice, {"type": "null"}]` → `"allOf": [choice]`, beside which a description may stand in draft 7.
fn drop_null_choice(object: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
    let before = choices.len();
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    if choices.len() == 1 && before == 2 {
        let only = object.remove("anyOf").expect("it was just looked at");
        object.insert("allOf".to_string(), only);
    }
}
