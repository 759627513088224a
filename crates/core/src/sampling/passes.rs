//! Passes that travel: a draw over partitions that never meet in one memory.
//!
//! Both passes over a stratum are folds. Each partition pushes its entities into a pass of its own, in whatever
//! order; the state of the pass travels as bytes to one place, where the states are merged in whatever order. What
//! comes out is what [`draw()`](super::draw()) gives for the whole population in memory.
//!
//! 1. A [`WeightPass`] a partition; merged, [`WeightPass::solve`] gives the [`Inclusion`], which goes back to all
//!    partitions.
//! 2. A [`KeyPass`] a partition; merged, [`KeyPass::finish`] gives the list.
//!
//! ```
//! use fairdraw_core::sampling::lots::{iv, u};
//! use fairdraw_core::sampling::{Design, Inclusion, KeyPass, LotKey, WeightPass};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! type Id = Box<[u8]>;
//! let lots = LotKey::derive("public dice 3 1 6 2", "2023")?;
//! let (n, design, alpha, reserve) = (2, Design::Pareto, 1e-3, 1);
//! let partitions = [
//!     [("91350100M000100Y43", 500_000), ("440301103097413", 1_000_000)], // id, weight in micro-units
//!     [("911100001000044477", 2_000_000), ("91330100799655058B", 4_000_000)],
//! ];
//!
//! let mut all = WeightPass::<Id>::new(n, design);
//! for partition in &partitions {
//!     let mut pass = WeightPass::<Id>::new(n, design);
//!     for &(id, weight) in partition {
//!         pass.push(weight, lots.ticket(&iv(id)), Id::from(id.as_bytes()));
//!     }
//!     let state = pass.to_bytes(); // leaves the machine of the partition here
//!     all.try_merge(WeightPass::from_bytes(&state)?)?;
//! }
//! let broadcast = all.solve(alpha)?.to_bytes();
//!
//! let inclusion = Inclusion::<Id>::from_bytes(&broadcast)?;
//! let mut all = KeyPass::new(&inclusion, design, reserve);
//! for partition in &partitions {
//!     let mut pass = KeyPass::new(&inclusion, design, reserve);
//!     for &(id, weight) in partition {
//!         let ticket = lots.ticket(&iv(id));
//!         pass.push(weight, u(ticket), ticket, Id::from(id.as_bytes()));
//!     }
//!     let state = pass.to_bytes();
//!     all.try_merge(KeyPass::from_bytes(&state, &inclusion)?)?;
//! }
//! let draw = all.finish(reserve);
//! assert_eq!(draw.drawn.len() + draw.inclusion.take_all.len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! A pass is of one stratum; an engine keeps one for each stratum code, and a partition may lack some. Every entity
//! must be in exactly one partition, in both passes: one that comes twice is drawn as two.
//!
//! # The bytes
//!
//! Integers are little-endian; E is an entity as [`PassKey::write`] writes it. Lists ascend strictly, so the same
//! entities give the same bytes in whatever order they came. The design is 0 for `pareto`, 1 for
//! `sequential-poisson`, 2 for `srs`, 3 for `poisson`.
//!
//! ```text
//! weight pass   "FDW" version:u8  design:u8 n:u64 total:u128 positive:u64
//!               count:u64  count × (weight:u64 tie:u64 E), heaviest first
//! inclusion     "FDI" version:u8  n:u64 positive:u64 total:u128 random_n:u64 rest:u128
//!               count:u64  count × E, taken for certain
//! key pass      "FDK" version:u8  design:u8 inclusion:[u8; 16] keep:u64 highest:f64
//!               taken:u64 kept:u64  (taken + kept) × (key:f64 tie:u64 E), smallest key first
//! ```
//! The inclusion of a key pass is given by the first 16 bytes of the SHA-256 of its bytes.
//!
//! [`Inclusion`]: super::Inclusion
//! [`KeyPass`]: super::KeyPass
//! [`KeyPass::finish`]: super::KeyPass::finish
//! [`WeightPass`]: super::WeightPass
//! [`WeightPass::solve`]: super::WeightPass::solve

use std::fmt::Display;
use std::ops::RangeInclusive;

/// What stands for an entity in a pass, and decides the last ties: its order must be that of the ids' bytes.
///
/// `u32` is the rank of the entity in the order of ids over the whole population, as the draw in memory has it.
/// `Box<[u8]>` is the id itself in UTF-8, for engines that have no such rank.
pub trait PassKey: Ord + Clone + Send + Sync {
    /// Appends the key to `out`, such that [`PassKey::read`] finds its end.
    fn write(&self, out: &mut Vec<u8>);

    /// Takes one key off the front of `bytes`; `None` if they end too early.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

/// Four bytes, little-endian.
impl PassKey for u32 {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (row, rest) = bytes.split_first_chunk::<4>()?;
        *bytes = rest;
        Some(u32::from_le_bytes(*row))
    }
}

/// The length in bytes as a little-endian u64, then the bytes.
impl PassKey for Box<[u8]> {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.len() as u64).to_le_bytes());
        out.extend_from_slice(self);
    }

    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        let (id, rest) = rest.split_at_checked(length)?;
        *bytes = rest;
        Some(id.into())
    }
}

/// Why a state cannot be read, or two parts cannot be merged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PassError {
    /// The bytes are something else.
    #[error("the bytes do not begin with {magic} as {wanted} does: hand over what its to_bytes gave, unchanged")]
    WrongKind {
        /// What was to be read.
        wanted: &'static str,
        /// Its first bytes.
        magic: &'static str,
    },
    /// Another version of the program wrote the bytes.
    #[error(
        "the state is of version {found}, and this program reads version {read}: use the same version of fairdraw on \
         all machines"
    )]
    WrongVersion {
        /// The version of the state.
        found: u8,
        /// The version that is read.
        read: u8,
    },
    /// The bytes end too early.
    #[error("the state ends after {length} bytes, within {field}: it was cut on its way; send it again, whole")]
    CutOff {
        /// What was being read.
        field: &'static str,
        /// Bytes that there are.
        length: usize,
    },
    /// The bytes go on after the end.
    #[error("{surplus} bytes follow the end of the state: hand over every state by itself, without padding")]
    Surplus {
        /// How many.
        surplus: usize,
    },
    /// A number that cannot be.
    #[error(
        "{field} is {value}, and must be at least {least} and at most {most}: pass the bytes on unchanged, and push \
         every entity into one part, with a weight of at most 2^53 - 1 micro-units and a lot strictly between 0 and 1"
    )]
    OutOfRange {
        /// What it is.
        field: &'static str,
        /// The number.
        value: u128,
        /// The smallest that can be.
        least: u128,
        /// The largest that can be.
        most: u128,
    },
    /// A list that does not ascend.
    #[error(
        "number {place} of {list} does not come after the one before: pass the bytes on unchanged, and push every \
         entity once"
    )]
    OutOfOrder {
        /// Which list.
        list: &'static str,
        /// Place in the list, from 1.
        place: u64,
    },
    /// Parts of different draws.
    #[error("the parts differ in their {what}, {left} and {right}: begin all parts of a stratum with the same numbers")]
    Different {
        /// In what.
        what: &'static str,
        /// That of the one.
        left: String,
        /// That of the other.
        right: String,
    },
    /// The key pass belongs to other probabilities.
    #[error(
        "the key pass was begun with other probabilities than those of this stratum: hand the same inclusion to all \
         parts of a stratum, and keep strata and draws apart"
    )]
    OtherInclusion,
}

/// Refuses parts that differ in `what`.
pub(super) fn same<T: PartialEq + Display>(what: &'static str, left: T, right: T) -> Result<(), PassError> {
    if left == right {
        return Ok(());
    }
    Err(PassError::Different { what, left: left.to_string(), right: right.to_string() })
}

/// Refuses a number that cannot be.
pub(super) fn within<N: Copy + Into<u128>>(
    field: &'static str,
    value: N,
    range: RangeInclusive<N>,
) -> Result<(), PassError> {
    let [value, least, most]: [u128; 3] = [value, *range.start(), *range.end()].map(Into::into);
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(PassError::OutOfRange { field, value, least, most })
}

#[cfg(test)]
mod tests {
    use crate::sampling::lots::u;
    use crate::sampling::{
        Design, DrawRequest, Inclusion, KeyPass, Lots, MAX_WEIGHT, Population, Selected, StratumDraw, WeightPass, draw,
    };
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    type Id = Box<[u8]>;

    const PARTS: usize = 5;

    #[derive(Clone, Debug)]
    struct Entity {
        weight: u64,
        ticket: u64,
        part: usize,
        /// Orders the arrivals.
        arrival: u32,
    }

    /// Entities by id; ids are prefixes of each other, weights and tickets are equal, often enough.
    fn registries() -> impl Strategy<Value = BTreeMap<Vec<u8>, Entity>> {
        let byte = prop_oneof![Just(0u8), Just(b'a'), any::<u8>()];
        let id = prop::collection::vec(byte, 0..5);
        let weight = prop_oneof![Just(0u64), 1u64..5, 1u64..2_000_000, Just(MAX_WEIGHT)];
        let ticket = prop_oneof![any::<u64>(), 0u64..3, Just(7u64 << 40)];
        let fields = (weight, ticket, 0..PARTS, any::<u32>());
        let entity = fields.prop_map(|(weight, ticket, part, arrival)| Entity { weight, ticket, part, arrival });
        prop::collection::btree_map(id, entity, 1..120)
    }

    /// The draw in memory, ids in place of rows.
    fn in_memory(registry: &BTreeMap<Vec<u8>, Entity>, request: &DrawRequest<'_>) -> StratumDraw<Id> {
        let ids: Vec<&Vec<u8>> = registry.keys().collect();
        let weights: Vec<u64> = registry.values().map(|entity| entity.weight).collect();
        let tickets: Vec<u64> = registry.values().map(|entity| entity.ticket).collect();
        let population = Population { weights: &weights, lots: Lots::Tickets(&tickets), strata: None };
        let draws: Vec<StratumDraw> = draw(&population, request).unwrap();
        let StratumDraw { inclusion, drawn, reserve, cut_line, next_key } = &draws[0];
        let id = |row: u32| Id::from(ids[row as usize].as_slice());
        let with_ids = |list: &[Selected]| -> Vec<Selected<Id>> {
            list.iter().map(|selected| Selected { row: id(selected.row), key: selected.key }).collect()
        };
        StratumDraw {
            inclusion: Inclusion {
                n: inclusion.n,
                positive: inclusion.positive,
                total: inclusion.total,
                take_all: inclusion.take_all.iter().map(|&row| id(row)).collect(),
                random_n: inclusion.random_n,
                rest: inclusion.rest,
            },
            drawn: with_ids(drawn),
            reserve: with_ids(reserve),
            cut_line: *cut_line,
            next_key: *next_key,
        }
    }

    /// The draw by parts that send their states, merged in some order.
    fn travelled(registry: &BTreeMap<Vec<u8>, Entity>, order: &[usize], request: &DrawRequest<'_>) -> StratumDraw<Id> {
        let DrawRequest { sizes, design, alpha, reserve } = *request;
        let mut arrivals: Vec<(&Vec<u8>, &Entity)> = registry.iter().collect();
        arrivals.sort_by_key(|arrival| arrival.1.arrival);
        let entities_of = |part: usize| {
            let own = arrivals.iter().filter(|arrival| arrival.1.part == part);
            own.map(|&(id, entity)| (Id::from(id.as_slice()), entity)).collect::<Vec<_>>()
        };

        let mut all = WeightPass::<Id>::new(sizes[0], design);
        for &part in order {
            let mut pass = WeightPass::<Id>::new(sizes[0], design);
            for (id, entity) in entities_of(part) {
                pass.push(entity.weight, entity.ticket, id);
            }
            all.try_merge(WeightPass::from_bytes(&pass.to_bytes()).unwrap()).unwrap();
        }
        let inclusion = Inclusion::<Id>::from_bytes(&all.solve(alpha).unwrap().to_bytes()).unwrap();

        let mut all = KeyPass::new(&inclusion, design, reserve);
        for &part in order {
            let mut pass = KeyPass::new(&inclusion, design, reserve);
            for (id, entity) in entities_of(part) {
                pass.push(entity.weight, u(entity.ticket), entity.ticket, id);
            }
            all.try_merge(KeyPass::from_bytes(&pass.to_bytes(), &inclusion).unwrap()).unwrap();
        }
        assert!(all.is_complete());
        all.finish(reserve)
    }

    proptest! {
        #[test]
        fn a_draw_whose_passes_travel_is_the_draw_in_memory(
            registry in registries(), order in Just((0..PARTS).collect::<Vec<usize>>()).prop_shuffle(),
            share in 0.0f64..=1.0, alpha in 0.0f64..0.5, reserve in 0u64..6,
        ) {
            let positive = registry.values().filter(|entity| entity.weight > 0).count();
            let sizes = [(share * positive as f64) as u64];
            for design in Design::ALL {
                let request = DrawRequest { sizes: &sizes, design, alpha, reserve };
                prop_assert_eq!(travelled(&registry, &order, &request), in_memory(&registry, &request));
            }
        }
    }
}
