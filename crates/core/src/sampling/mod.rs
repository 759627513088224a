//! The draw: lots, inclusion probabilities, designs, allocation. Slices in, slices out; no file, clock or engine.
//!
//! The definitions are the public contract `fairdraw/1`. Read in this order: [`lots`] gives every entity its lot,
//! [`size`] and [`allocation`] say how many are drawn, [`inclusion`] turns weights into probabilities, [`design`]
//! turns probability and lot into a key, [`ranking`] keeps the smallest keys, [`draw()`] does all of it over a
//! population in memory. [`spread`] keeps an entity that had its turn from being drawn again in the year.
//!
//! Nothing here depends on row order, thread count or partition: sums are exact integers, and every ranking is by a
//! total order that ends in (ticket, entity). Both steps over a population are folds that merge, so a population may
//! come in parts: [`WeightPass`] first (sum and n largest), [`KeyPass`] second (n smallest keys). Their states also
//! travel between machines, as bytes: see [`passes`].

pub mod lots;
pub mod chacha;
pub mod size;
pub mod allocation;
pub mod inclusion;
pub mod looks;
pub mod design;
pub mod smallest;
pub mod passes;
pub mod ranking;
mod wire;
mod state;
pub mod draw;
pub mod spread;
pub mod estimate;

pub use allocation::{Divisor, allocate};
pub use design::Design;
pub use draw::{DrawError, DrawRequest, MOST_LOOKS, OUTSIDE, Population, draw, fill_probabilities};
pub use inclusion::{DEFAULT_ALPHA, Inclusion, InclusionError, MAX_WEIGHT, Rate, WeightPass};
pub use looks::{Found, Looks, Totals};
pub use lots::{Iv, LotKey, Lots};
pub use passes::{PassError, PassKey};
pub use ranking::{KeyPass, Selected, StratumDraw};
pub use size::{Rounding, Share};

/// The version name of the public contract that this module computes.
pub const CONTRACT: &str = "fairdraw/1";
