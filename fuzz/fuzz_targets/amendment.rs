#![no_main]
//! The first amendment of a round.

use std::sync::LazyLock;

use fairdraw::amendment::{Chain, amendments_folder, name_of};
use fairdraw::terms::Lang;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

static HOME: LazyLock<TempDir> = LazyLock::new(|| {
    let home = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(amendments_folder(&home.path().join("round"))).expect("a folder");
    home
});

fuzz_target!(|text: &[u8]| {
    let round = HOME.path().join("round");
    std::fs::write(amendments_folder(&round).join(name_of(1)), text).expect("a file");
    if let Ok(chain) = Chain::read(&round, "0") {
        assert_eq!(chain.list_after(1).len(), chain.list_after(1).len());
        chain.told("91350100M000100Y43", None, Lang::En);
        chain.told("91350100M000100Y43", Some("T1"), Lang::Zh);
    }
});
