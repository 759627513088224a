//! What figures are made of: conditions on the marks of units, and numbers of units that meet them.

use std::ops::{Mul, Sub};

use super::cells::Grain;

/// A condition on the marks of a unit.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Met by every unit.
    Always,
    /// The unit carries the mark.
    Is(&'static str),
    /// It does not.
    Not(&'static str),
    /// Both conditions are met.
    And(Box<Condition>, Box<Condition>),
    /// At least one is.
    Or(Box<Condition>, Box<Condition>),
}

impl Condition {
    /// This one and the other.
    pub fn and(self, other: Self) -> Self {
        Self::And(Box::new(self), Box::new(other))
    }

    /// This one or the other.
    pub fn or(self, other: Self) -> Self {
        Self::Or(Box::new(self), Box::new(other))
    }
}

/// A number over the units of a cell.
#[derive(Clone, Debug)]
pub enum Number {
    /// Units of a grain that meet a condition.
    Units(Grain, Condition),
    /// Units of a grain that carry a mark in the whole period, whatever the cut.
    InAll(Grain, &'static str),
    /// The first without the second.
    Difference(Box<Number>, Box<Number>),
    /// The first times the second.
    Product(Box<Number>, Box<Number>),
}

impl Sub for Number {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::Difference(Box::new(self), Box::new(other))
    }
}

impl Mul for Number {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::Product(Box::new(self), Box::new(other))
    }
}
