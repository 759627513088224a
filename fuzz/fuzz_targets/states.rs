#![no_main]
//! States of passes, as other machines send them: what is read is what is written.

use std::sync::LazyLock;

use fairdraw::ingest::{Account, IdSample};
use fairdraw::ranges::unpacked;
use fairdraw::sampling::{Design, Inclusion, KeyPass, WeightPass};
use libfuzzer_sys::fuzz_target;

type Id = Box<[u8]>;

/// What key passes follow from.
static INCLUSION: LazyLock<Inclusion<Id>> = LazyLock::new(|| {
    let mut pass = WeightPass::<Id>::new(2, Design::Pareto);
    for (place, id) in ["91350100M000100Y43", "440301103097413", "110108012660422"].into_iter().enumerate() {
        pass.push(1_000_000, place as u64, Id::from(id.as_bytes()));
    }
    pass.solve(0.001).expect("three weights")
});

fuzz_target!(|data: &[u8]| {
    let Some((kind, bytes)) = data.split_first() else { return };
    match kind % 5 {
        0 => {
            if let Ok(pass) = WeightPass::<Id>::from_bytes(bytes) {
                assert_eq!(pass.to_bytes(), bytes);
                drop(pass.solve(0.001));
            }
        }
        1 => {
            if let Ok(inclusion) = Inclusion::<Id>::from_bytes(bytes) {
                assert_eq!(inclusion.to_bytes(), bytes);
            }
        }
        2 => {
            if let Ok(pass) = KeyPass::from_bytes(bytes, &INCLUSION) {
                assert_eq!(pass.to_bytes(), bytes);
            }
        }
        3 => drop(unpacked::<Account>(bytes)),
        _ => drop(unpacked::<IdSample>(bytes)),
    }
});
