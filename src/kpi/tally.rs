//! Counts of inspections by group and marks: where most of the time of the figures goes.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::marks::Marks;
use crate::results::NO_PLACE;

/// Period and member.
pub type Group = u64;

/// A quick hash of the few words of a key; collisions cost time and nothing else, and no order is taken from it.
#[derive(Default)]
pub struct QuickHasher(u64);

impl Hasher for QuickHasher {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u32(&mut self, word: u32) {
        self.write_u64(u64::from(word));
    }
}

/// A hash table of such keys.
pub type Quick<K, V> = HashMap<K, V, BuildHasherDefault<QuickHasher>>;

/// A set of such keys.
pub type QuickSet<K> = HashSet<K, BuildHasherDefault<QuickHasher>>;

/// Counts of inspections by group and marks: a table where groups and marks are few, else a hash table.
pub enum Tally {
    /// Slots by group and number of the marks.
    Few {
        /// Counts by slot.
        slots: Vec<u32>,
        /// What the slots are.
        space: Space,
    },
    /// All others.
    Many(Quick<(Group, Marks), u64>),
}

/// The groups and marks of a view, as numbers.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    /// Members, from 0; the member of none is the last.
    pub members: u32,
    /// First period.
    pub first: u16,
    /// How many periods.
    pub periods: u32,
    /// Distinct marks of inspections.
    pub marks: u32,
}

/// Most slots of a table of counts: 256 KiB, for each view and thread.
const MOST_SLOTS: u64 = 1 << 16;

impl Space {
    fn slots(self) -> u64 {
        u64::from(self.members) * u64::from(self.periods) * u64::from(self.marks)
    }

    fn slot(self, group: Group, mark: u32) -> usize {
        let (period, member) = ((group >> 32) as u32 - u32::from(self.first), (group as u32).min(self.members - 1));
        ((period * self.members + member) * self.marks + mark) as usize
    }

    /// Group and number of the marks of a slot.
    fn of_slot(self, slot: usize) -> (Group, u32) {
        let slot = slot as u32;
        let (rest, mark) = (slot / self.marks, slot % self.marks);
        let (period, member) = (rest / self.members + u32::from(self.first), rest % self.members);
        let member = if member + 1 == self.members { NO_PLACE } else { member };
        (u64::from(period) << 32 | u64::from(member), mark)
    }
}

impl Tally {
    /// Nothing counted yet.
    pub fn of(space: Space) -> Self {
        match space.slots() {
            slots if slots <= MOST_SLOTS => Self::Few { slots: vec![0; slots as usize], space },
            _ => Self::Many(Quick::default()),
        }
    }

    /// Counts an inspection; `mark` is the number of its marks.
    pub fn add(&mut self, group: Group, marks: Marks, mark: u32) {
        match self {
            // A table has fewer than 2^32 rows.
            Self::Few { slots, space } => slots[space.slot(group, mark)] += 1,
            Self::Many(counts) => *counts.entry((group, marks)).or_insert(0) += 1,
        }
    }

    /// Adds the counts of other inspections of the same view.
    pub fn merge(&mut self, other: Self) {
        match (self, other) {
            (Self::Few { slots, .. }, Self::Few { slots: others, .. }) => {
                slots.iter_mut().zip(others).for_each(|(own, other)| *own += other);
            }
            (Self::Many(own), Self::Many(others)) => {
                others.into_iter().for_each(|(key, units)| *own.entry(key).or_insert(0) += units);
            }
            _ => unreachable!("the tallies of a view are of one kind"),
        }
    }

    /// The counts; `marks` are the distinct ones.
    pub fn counts(&self, marks: &[Marks]) -> Vec<((Group, Marks), u64)> {
        match self {
            Self::Few { slots, space } => {
                let counted = slots.iter().enumerate().filter(|(_, units)| **units > 0);
                counted
                    .map(|(slot, &units)| {
                        let (group, mark) = space.of_slot(slot);
                        ((group, marks[mark as usize]), u64::from(units))
                    })
                    .collect()
            }
            Self::Many(counts) => counts.iter().map(|(&key, &units)| (key, units)).collect(),
        }
    }
}
