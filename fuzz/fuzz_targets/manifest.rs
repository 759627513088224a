#![no_main]
//! Manifests: what is read is what is written.

use std::path::Path;

use fairdraw::publish::manifest::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let path = Path::new("manifest.json");
    if let Ok(manifest) = Manifest::parse(text, path) {
        let written = manifest.to_json().expect("a manifest");
        let again = Manifest::parse(written.as_bytes(), path).expect("what was written");
        assert_eq!(again.to_json().expect("a manifest"), written);
    }
});
