#![no_main]
//! Manifests: what is read is what is written.

use std::path::Path;

use fairdraw::publish::manifest::Manifest;
use libfuzzer_sys::fuzz_target;

/// The manifest without its messages, whose parameters are any JSON: a number of others may come back a bit away.
fn plain(text: &[u8]) -> Option<String> {
    let mut manifest = Manifest::parse(text, Path::new("manifest.json")).ok()?;
    manifest.warnings.clear();
    manifest.exclusions.clear();
    manifest.inputs.iter_mut().for_each(|receipt| receipt.warnings.clear());
    manifest.tasks.iter_mut().for_each(|task| task.draw.exclusions.clear());
    Some(manifest.to_json().expect("a manifest"))
}

fuzz_target!(|text: &[u8]| {
    if let Some(written) = plain(text) {
        assert_eq!(plain(written.as_bytes()), Some(written));
    }
});
