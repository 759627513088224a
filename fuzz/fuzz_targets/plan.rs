#![no_main]
//! Plans of draws and of figures.

use std::path::Path;

use fairdraw::plan::{Files, parse, parse_kpi};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let path = Path::new("plans/plan.toml");
    for errors in [parse(text, path, Files::NotAsked).err(), parse_kpi(text, path, Files::NotAsked, &[]).err()]
        .into_iter()
        .flatten()
    {
        // Every error is told with its line.
        assert!(!errors.lines().is_empty() && !errors.to_string().is_empty());
    }
});
