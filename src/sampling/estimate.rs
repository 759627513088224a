//! Estimates for the population from what a weighted sample found.
//!
//! λ is the inclusion probability of a sampled entity; take-all entities (λ = 1) add to totals and nothing to
//! variances. Variance formulas: Rosén, "On inclusion probabilities for order πps sampling" (2000), in the form used by
//! R package sps (`sps_repweights` documentation); Poisson: Särndal, Swensson & Wretman (1992), 3.5.4.

use super::design::Design;

/// Horvitz–Thompson estimate of a total, Σ y/λ.
pub fn total(y: &[f64], lambda: &[f64]) -> f64 {
    y.iter().zip(lambda).map(|(y, lambda)| y / lambda).sum()
}

/// Hájek estimate of a mean, Σ(y/λ) / Σ(1/λ); NaN for an empty sample.
pub fn mean(y: &[f64], lambda: &[f64]) -> f64 {
    total(y, lambda) / lambda.iter().map(|lambda| 1.0 / lambda).sum::<f64>()
}

/// Variance of the Horvitz–Thompson total of one stratum; `None` if fewer than two entities were drawn at random and
/// the design has a fixed size (the stratum must then be collapsed with its neighbour).
pub fn variance_of_total(design: Design, y: &[f64], lambda: &[f64]) -> Option<f64> {
    let random = || y.iter().zip(lambda).filter(|&(_, &lambda)| lambda < 1.0);
    if design == Design::Poisson {
        return Some(random().map(|(y, lambda)| (1.0 - lambda) * (y / lambda).powi(2)).sum());
    }
    let n = random().count() as f64;
    if n < 1.5 {
        return if n < 0.5 { Some(0.0) } else { None };
    }
    let phi = |lambda: f64| match design {
        Design::Pareto => lambda * (1.0 - lambda),
        _ => lambda,
    };
    let above: f64 = random().map(|(y, &lambda)| phi(lambda) * y / (lambda * lambda)).sum();
    let below: f64 = random().map(|(_, &lambda)| phi(lambda) / lambda).sum();
    let center = above / below;
    let squares: f64 = random().map(|(y, lambda)| (1.0 - lambda) * (y / lambda - center).powi(2)).sum();
    Some(n / (n - 1.0) * squares)
}

/// Estimated rate R = Σ(z/λ) / Σ(1/λ) of a 0/1 finding, and its linearised variance (`None` as in
/// [`variance_of_total`]).
pub fn rate(design: Design, z: &[f64], lambda: &[f64]) -> (f64, Option<f64>) {
    let rate = mean(z, lambda);
    let size: f64 = lambda.iter().map(|lambda| 1.0 / lambda).sum();
    let residuals: Vec<f64> = z.iter().map(|z| (z - rate) / size).collect();
    (rate, variance_of_total(design, &residuals, lambda))
}

/// Wilson's interval for `found` of `visited`, at normal quantile `z`; `None` if nothing was visited.
pub fn wilson(found: u64, visited: u64, z: f64) -> Option<(f64, f64)> {
    if visited == 0 || found > visited {
        return None;
    }
    let (n, p) = (visited as f64, found as f64 / visited as f64);
    let center = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // The bounds of nothing and of everything found are exact; the formula rounds.
    let low = if found == 0 { 0.0 } else { (center - half) / scale };
    let high = if found == visited { 1.0 } else { (center + half) / scale };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAMBDA: [f64; 4] = [4.0 / 11.0, 28.0 / 55.0, 36.0 / 55.0, 8.0 / 11.0];

    fn near(a: f64, b: f64) {
        assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
    }

    /// Figures computed with R package sps.
    #[test]
    fn published_estimates_are_reproduced() {
        let y = [5.0, 2.0, 5.0, 3.0];
        near(total(&y, &LAMBDA), 29.442460317460316);
        near(mean(&y, &LAMBDA), 3.8653295128939833);
        near(variance_of_total(Design::SequentialPoisson, &y, &LAMBDA).unwrap(), 46.19124097169731);
        near(variance_of_total(Design::Pareto, &y, &LAMBDA).unwrap(), 44.248275316428);
        near(variance_of_total(Design::Poisson, &y, &LAMBDA).unwrap(), 152.687834624591);
        let z = [1.0, 0.0, 1.0, 1.0];
        let (r, v) = rate(Design::SequentialPoisson, &z, &LAMBDA);
        near(r, 0.7421203438395415);
        near(v.unwrap(), 0.03334806337148183);
        near(rate(Design::Pareto, &z, &LAMBDA).1.unwrap(), 0.03333498391918902);
    }

    #[test]
    fn a_take_all_entity_adds_no_variance_and_one_drawn_alone_has_none() {
        assert_eq!(variance_of_total(Design::Pareto, &[7.0], &[1.0]), Some(0.0));
        assert_eq!(variance_of_total(Design::Pareto, &[7.0, 1.0], &[1.0, 0.5]), None);
    }

    #[test]
    fn wilson_stays_inside_the_unit_interval() {
        let (low, high) = wilson(93, 1032, 1.959963984540054).unwrap();
        assert!((low - 0.07413).abs() < 1e-4 && (high - 0.10914).abs() < 1e-4, "{low} {high}");
        assert_eq!(wilson(0, 0, 1.96), None);
        assert_eq!((wilson(0, 10, 1.96).unwrap().0, wilson(10, 10, 1.96).unwrap().1), (0.0, 1.0));
    }
}
