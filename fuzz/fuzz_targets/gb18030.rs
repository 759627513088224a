#![no_main]
//! A table in a file, its first byte apart: which of the plan's tables it is.

use std::sync::LazyLock;

use fairdraw_fuzz::Desk;
use libfuzzer_sys::fuzz_target;

static DESK: LazyLock<Desk> = LazyLock::new(|| Desk::new("fuzzed.csv", "encoding = \"gb18030\"\n"));

fuzz_target!(|data: &[u8]| {
    if let Some((role, bytes)) = data.split_first() {
        DESK.read(*role, bytes);
    }
});
