//! One hidden number a row, `risk` in (0, 1), drives grade, color, scores and flags, so that they agree with one
//! another as they do in life. Every function keeps the uniform distribution or maps it by an exact quantile
//! function, and uses only + − × ÷ and √, so every machine gives the same bytes.

/// How faithfully a rating follows the hidden risk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Echo {
    /// Probability (0 to 1) that the rating follows the risk at all; otherwise it is a stranger to it.
    pub loyalty: f64,
    /// How far (0 to 1) a loyal rating strays.
    pub width: f64,
}

impl Echo {
    /// The rating's own uniform: the risk blurred with probability `loyalty`, pure `noise` otherwise. A mixture of
    /// uniforms, so uniform. Unlike more blur it leaves the extremes together: the riskiest firms stay the riskiest.
    pub(crate) fn of(self, risk: f64, [pick, noise]: [f64; 2]) -> f64 {
        if pick < self.loyalty { blurred(risk, self.width, noise) } else { noise }
    }
}

/// `risk` moved by noise of at most `width` and reflected at 0 and 1: exactly uniform again when `risk` and
/// `noise` are (a reflected step keeps the uniform law), and the closer to `risk` the smaller `width` (0 to 1).
fn blurred(risk: f64, width: f64, noise: f64) -> f64 {
    let moved = risk + width * (2.0 * noise - 1.0);
    if moved < 0.0 {
        -moved
    } else if moved > 1.0 {
        2.0 - moved
    } else {
        moved
    }
}

/// A right-skewed score in (0, 1) from a uniform: the quantile function of Kumaraswamy(2, 8), √(1 − (1 − v)^⅛)
/// (Kumaraswamy 1980). Mean 0.300, median 0.288; close to Beta(2, 5), and made of square roots alone.
pub(crate) fn right_skewed(v: f64) -> f64 {
    (1.0 - (1.0 - v).sqrt().sqrt().sqrt()).sqrt()
}

/// A time in (0, 1) whose density rises with the third power, from a uniform: v^¼. Half of all firms are younger
/// than a sixth of the span.
pub(crate) fn rising(v: f64) -> f64 {
    v.sqrt().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: u32 = 400;

    fn grid() -> impl Iterator<Item = f64> {
        (0..STEPS).map(|i| (f64::from(i) + 0.5) / f64::from(STEPS))
    }

    #[test]
    fn blurring_keeps_the_uniform_law() {
        for width in [0.1, 0.35, 1.0] {
            let mut below = [0u32; 10];
            for risk in grid() {
                for noise in grid() {
                    let v = blurred(risk, width, noise);
                    assert!((0.0..=1.0).contains(&v));
                    below[((v * 10.0) as usize).min(9)] += 1;
                }
            }
            for count in below {
                let share = f64::from(count) / f64::from(STEPS * STEPS);
                assert!((share - 0.1).abs() < 0.002, "width {width}: {share}");
            }
        }
    }

    #[test]
    fn quantile_functions_rise_from_zero_to_one() {
        for quantile in [right_skewed, rising] {
            assert_eq!((quantile(0.0), quantile(1.0)), (0.0, 1.0));
            let values: Vec<f64> = grid().map(quantile).collect();
            assert!(values.windows(2).all(|w| w[0] < w[1]));
        }
        let mean = grid().map(right_skewed).sum::<f64>() / f64::from(STEPS);
        assert!((mean - 0.2995).abs() < 0.001, "{mean}");
    }
}
