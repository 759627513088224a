//! Designs: how probability and lot become the key by which entities are ranked.

/// A sampling design. All but `Poisson` draw exactly the number asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Design {
    /// Pareto order sampling (Rosén 1997): inclusion probabilities closest to the target ones.
    #[default]
    Pareto,
    /// Sequential Poisson sampling (Ohlsson 1998): a larger sample contains the smaller, as long as the same entities
    /// are taken for their weight.
    SequentialPoisson,
    /// Simple random sampling without replacement: every weight counts as 1.
    Srs,
    /// Poisson sampling: exact probabilities, random size.
    Poisson,
}

impl Design {
    /// All designs.
    pub const ALL: [Self; 4] = [Self::Pareto, Self::SequentialPoisson, Self::Srs, Self::Poisson];

    /// The name in plans and manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pareto => "pareto",
            Self::SequentialPoisson => "sequential-poisson",
            Self::Srs => "srs",
            Self::Poisson => "poisson",
        }
    }

    /// The design of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|design| design.name() == name)
    }

    /// The size measure of an entity by its weight: the weight itself, micro-units; for `Srs` 1, or 0 without weight.
    /// [`super::WeightPass::push`] and [`super::KeyPass::push`] take the weight and do this themselves;
    /// [`super::Inclusion::probability`] wants the measure.
    #[inline]
    pub fn size_measure(self, weight: u64) -> u64 {
        if self == Self::Srs { u64::from(weight > 0) } else { weight }
    }

    /// The ranking key ξ of an entity with lot `u` and probability `pi`, both strictly between 0 and 1; always
    /// positive and finite for `pi` ≥ 2⁻⁹⁰⁰. Only − × ÷ on f64, in the order of the contract, so every IEEE machine
    /// agrees to the bit.
    ///
    /// For `Poisson` the key is that of sequential Poisson: it is below 1 where `u < pi` (up to the rounding of one
    /// division) and orders those who were not taken.
    #[inline]
    pub fn key(self, u: f64, pi: f64) -> f64 {
        match self {
            Self::Pareto => u * (1.0 - pi) / (pi * (1.0 - u)),
            Self::SequentialPoisson | Self::Poisson => u / pi,
            Self::Srs => u,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys computed with R package sps for x = 1..10 and n = 5 beside a take-all unit: π = 4x/55.
    #[test]
    fn keys_meet_the_published_ones() {
        let u = [0.53, 0.12, 0.91, 0.44, 0.27, 0.68, 0.35, 0.79, 0.06, 0.58];
        let pareto = [
            14.3776595745,
            0.8011363636,
            36.2314814815,
            1.9151785714,
            0.647260274,
            2.7447916667,
            0.5192307692,
            2.7038690476,
            0.0336879433,
            0.5178571429,
        ];
        let sequential =
            [7.2875, 0.825, 4.1708333333, 1.5125, 0.7425, 1.5583333333, 0.6875, 1.3578125, 0.0916666667, 0.7975];
        for i in 0..10 {
            let pi = 4.0 * (i as f64 + 1.0) / 55.0;
            assert!((Design::Pareto.key(u[i], pi) - pareto[i]).abs() < 1e-9);
            assert!((Design::SequentialPoisson.key(u[i], pi) - sequential[i]).abs() < 1e-9);
        }
    }

    #[test]
    fn keys_are_positive_and_finite_at_the_edges() {
        let edges = [0.5 / 2f64.powi(52), 0.5, 1.0 - 0.5 / 2f64.powi(52)];
        for design in Design::ALL {
            for u in edges {
                for pi in [1e-19, 0.5, 1.0 - 1e-9] {
                    let key = design.key(u, pi);
                    assert!(key > 0.0 && key.is_finite(), "{design:?} {u} {pi}: {key}");
                }
            }
            assert_eq!(Design::from_name(design.name()), Some(design));
        }
    }
}
