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

/// A drawn entity whose finding is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Its stratum.
    pub stratum: u32,
    /// Probability of being drawn and met, 0 < λ ≤ 1.
    pub lambda: f64,
    /// What was found: 0 or 1.
    pub finding: f64,
    /// Whether it belongs to the domain that is estimated.
    pub in_domain: bool,
}

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its standard error; `None` if nobody was drawn at random with another one.
    pub error: Option<f64>,
}

impl Estimate {
    /// Interval of an estimated share at normal quantile `z`, on the logit scale, so that it lies within 0 and 1 and is wider
    /// towards the middle (Korn & Graubard, 1998; the default of `svyciprop` in R package survey). Of a share of 0 or 1 the
    /// sample's variance says nothing: Wilson's interval over the `observed` units. `None` without standard error.
    pub fn share_interval(&self, observed: u64, z: f64) -> Option<(f64, f64)> {
        let (share, error) = (self.value, self.error?);
        if share <= 0.0 || share >= 1.0 {
            return wilson(if share <= 0.0 { 0 } else { observed }, observed, z);
        }
        let (center, half) = ((share / (1.0 - share)).ln(), z * error / (share * (1.0 - share)));
        let back = |logit: f64| 1.0 / (1.0 + (-logit).exp());
        Some((back(center - half), back(center + half)))
    }
}

/// What a stratified sample says of one domain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DomainEstimates {
    /// Rate of findings, Hájek: Σ(z/λ) / Σ(1/λ) over the domain.
    pub rate: Estimate,
    /// Number of findings, Horvitz–Thompson: Σ(z/λ) over the domain.
    pub total: Estimate,
    /// Strata with one random entity that were taken together with their neighbour for the variance.
    pub collapsed: usize,
}

/// Rate and number of findings in a domain; the sample is sorted by stratum. `None` if nobody of the domain was observed.
///
/// The variance is the design's, stratum by stratum: of Σ(z/λ) over the domain for the number, and of the linearised rate
/// Σ (z − R)/λ / Σ(1/λ) for the rate, entities outside the domain counting as 0. A stratum with one random entity has no
/// variance of its own and is taken together with the next one that has any (the last with the one before).
pub fn domain(design: Design, sample: &[Observed]) -> Option<DomainEstimates> {
    let inside = || sample.iter().filter(|one| one.in_domain);
    let size: f64 = inside().map(|one| 1.0 / one.lambda).sum();
    if !(size > 0.0) {
        return None;
    }
    let total: f64 = inside().map(|one| one.finding / one.lambda).sum();
    let rate = total / size;
    let (groups, collapsed) = variance_groups(sample);
    let error = |value: &dyn Fn(&Observed) -> f64| {
        let mut sum = 0.0;
        for group in &groups {
            let of_group = &sample[group.clone()];
            let y: Vec<f64> = of_group.iter().map(|one| if one.in_domain { value(one) } else { 0.0 }).collect();
            let lambda: Vec<f64> = of_group.iter().map(|one| one.lambda).collect();
            sum += variance_of_total(design, &y, &lambda)?;
        }
        Some(sum.max(0.0).sqrt())
    };
    Some(DomainEstimates {
        rate: Estimate { value: rate, error: error(&|one| (one.finding - rate) / size) },
        total: Estimate { value: total, error: error(&|one| one.finding) },
        collapsed,
    })
}

/// Strata as ranges of the sample, those with one random entity joined with a neighbour; how many were joined.
fn variance_groups(sample: &[Observed]) -> (Vec<std::ops::Range<usize>>, usize) {
    let random = |range: &std::ops::Range<usize>| sample[range.clone()].iter().filter(|one| one.lambda < 1.0).count();
    let (mut groups, mut collapsed): (Vec<std::ops::Range<usize>>, usize) = (Vec::new(), 0);
    let mut first = 0;
    for stratum in sample.chunk_by(|a, b| a.stratum == b.stratum) {
        let range = first..first + stratum.len();
        first = range.end;
        match groups.last_mut().filter(|last| random(last) == 1 && random(&range) > 0) {
            Some(last) => {
                last.end = range.end;
                collapsed += 1;
            }
            None => groups.push(range),
        }
    }
    if groups.len() > 1 && groups.last().is_some_and(|last| random(last) == 1) {
        // The last one goes with the nearest before it that has random entities.
        let last = groups.pop().unwrap_or_default();
        let mut start = last.start;
        while let Some(before) = groups.pop() {
            start = before.start;
            if random(&before) > 0 {
                break;
            }
        }
        groups.push(start..last.end);
        collapsed += 1;
    }
    (groups, collapsed)
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

    fn observed(stratum: u32, lambda: f64, finding: f64, in_domain: bool) -> Observed {
        Observed { stratum, lambda, finding, in_domain }
    }

    #[test]
    fn one_stratum_and_the_whole_as_domain_give_the_plain_estimates() {
        let z = [1.0, 0.0, 1.0, 1.0];
        for design in [Design::Pareto, Design::SequentialPoisson, Design::Poisson] {
            let sample: Vec<Observed> = z.iter().zip(LAMBDA).map(|(&z, lambda)| observed(0, lambda, z, true)).collect();
            let estimates = domain(design, &sample).unwrap();
            let (r, v) = rate(design, &z, &LAMBDA);
            near(estimates.rate.value, r);
            near(estimates.rate.error.unwrap().powi(2), v.unwrap());
            near(estimates.total.value, total(&z, &LAMBDA));
            near(estimates.total.error.unwrap().powi(2), variance_of_total(design, &z, &LAMBDA).unwrap());
        }
    }

    #[test]
    fn intervals_of_shares_lie_inside_and_around_the_share() {
        for (value, error) in [(0.02, 0.01), (0.5, 0.1), (0.97, 0.04)] {
            let (low, high) = Estimate { value, error: Some(error) }.share_interval(50, 1.96).unwrap();
            assert!(0.0 < low && low < value && value < high && high < 1.0);
        }
        let none = Estimate { value: 0.0, error: Some(0.0) };
        assert_eq!(none.share_interval(50, 1.96), wilson(0, 50, 1.96));
        assert_eq!(Estimate { value: 0.3, error: None }.share_interval(50, 1.96), None);
    }

    #[test]
    fn domains_of_a_partition_add_up_and_strata_of_one_are_joined() {
        let sample: Vec<Observed> = (0..9).map(|i| observed(i / 4, 0.3, f64::from(i % 2), i % 3 == 0)).collect();
        let others: Vec<Observed> = sample.iter().map(|one| Observed { in_domain: !one.in_domain, ..*one }).collect();
        let all: Vec<Observed> = sample.iter().map(|one| Observed { in_domain: true, ..*one }).collect();
        let of = |sample: &[Observed]| domain(Design::Pareto, sample).unwrap();
        near(of(&sample).total.value + of(&others).total.value, of(&all).total.value);
        // Strata of 4, 4 and 1.
        assert_eq!(of(&all).collapsed, 1);
        assert!(of(&all).rate.error.unwrap() > 0.0);
        assert_eq!(domain(Design::Pareto, &[observed(0, 0.5, 1.0, true)]).unwrap().rate.error, None);
        assert_eq!(domain(Design::Pareto, &[observed(0, 0.5, 1.0, false)]), None);
        let certain = domain(Design::Pareto, &[observed(0, 1.0, 1.0, true), observed(1, 1.0, 0.0, true)]).unwrap();
        assert_eq!((certain.rate.value, certain.rate.error), (0.5, Some(0.0)));
    }
}
