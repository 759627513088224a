//! Printed figures recomputed from the counts beside them, exactly.
//!
//! A printed figure such as `92.54 %` is a whole number of units in its last place. Of a fraction n/d, whole-number
//! arithmetic decides whether it prints so when rounded half up, half to even, or truncated; and, where it does not, which
//! denominators would with this numerator, and which numerators with this denominator.

use crate::terms::{grouped, normalise};

/// Most digits of a printed figure or of a count: products of two then fit into 128 bits.
const MOST_DIGITS: usize = 15;

/// How a figure is rounded when it is printed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rounding {
    /// To the nearest, halves up: what people expect.
    HalfUp,
    /// To the nearest, halves to the even digit: what many programs do.
    HalfEven,
    /// Further digits are cut off.
    Truncated,
}

impl Rounding {
    /// All of them, the usual one first.
    pub const ALL: [Rounding; 3] = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Truncated];

    /// The word in English and in Chinese.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Rounding::HalfUp => ("rounded half up", "四舍五入"),
            Rounding::HalfEven => ("rounded half to even", "四舍六入五成双"),
            Rounding::Truncated => ("truncated", "去尾"),
        }
    }
}

/// A figure as printed: a number with a fixed number of decimals, maybe a percentage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Printed {
    /// The figure in units of its last place: 9254 for `92.54 %`.
    pub units: u64,
    /// Digits behind the point.
    pub decimals: u32,
    /// Whether it is a percentage.
    pub percent: bool,
}

impl Printed {
    /// Reads `92.54%`, `92.54 %`, `1,032`, `7.4`. `None` for other text, for negative numbers and for more than 15 digits.
    pub fn read(text: &str) -> Option<Self> {
        let text = normalise(text);
        let (number, percent) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), true),
            None => (&*text, false),
        };
        let (whole, decimals) = match number.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (number, ""),
        };
        let whole = without_separators(whole)?;
        let are_digits = decimals.bytes().all(|byte| byte.is_ascii_digit());
        if !are_digits || whole.len() + decimals.len() > MOST_DIGITS {
            return None;
        }
        let units = format!("{whole}{decimals}").parse().ok()?;
        Some(Self { units, decimals: decimals.len() as u32, percent })
    }

    /// How many units of the last place make 1.
    fn scale(self) -> u128 {
        10u128.pow(self.decimals + if self.percent { 2 } else { 0 })
    }

    /// `numerator / denominator` as it is printed with these decimals; `None` over 0.
    pub fn of(self, numerator: u64, denominator: u64, rounding: Rounding) -> Option<Self> {
        let units = rounded(u128::from(numerator) * self.scale(), u128::from(denominator), rounding)?;
        Some(Self { units: u64::try_from(units).ok()?, ..self })
    }

    /// The bounds between which a fraction prints as this figure.
    fn bounds(self, rounding: Rounding) -> Bounds {
        let twice = 2 * u128::from(self.units);
        let is_even = self.units.is_multiple_of(2);
        let low = twice.checked_sub(1);
        match rounding {
            Rounding::HalfUp => Bounds { low, low_fits: true, high: twice + 1, high_fits: false },
            Rounding::HalfEven => Bounds { low, low_fits: is_even, high: twice + 1, high_fits: is_even },
            Rounding::Truncated => Bounds { low: Some(twice), low_fits: true, high: twice + 2, high_fits: false },
        }
    }

    /// The denominators with which `numerator` prints as this figure; `None` if there is none.
    pub fn denominators(self, numerator: u64, rounding: Rounding) -> Option<Range> {
        let bounds = self.bounds(rounding);
        // low · d ≤ 2 · numerator · scale < high · d, with = where the bound itself fits.
        let twice = 2 * u128::from(numerator) * self.scale();
        let least = least_multiple(twice, bounds.high, bounds.high_fits).max(1);
        let most = match bounds.low {
            None | Some(0) => None,
            Some(low) => Some(most_multiple(twice, low, bounds.low_fits)?),
        };
        Some(Range { least, most }).filter(|range| !range.is_empty())
    }

    /// The numerators that print as this figure over `denominator`; `None` if there is none.
    pub fn numerators(self, denominator: u64, rounding: Rounding) -> Option<Range> {
        let bounds = self.bounds(rounding);
        let (denominator, twice) = (u128::from(denominator), 2 * self.scale());
        let least = bounds.low.map_or(0, |low| least_multiple(low * denominator, twice, bounds.low_fits));
        let most = most_multiple(bounds.high * denominator, twice, bounds.high_fits)?;
        Some(Range { least, most: Some(most) }).filter(|range| denominator > 0 && !range.is_empty())
    }
}

/// As it was printed: `92.54 %`.
impl std::fmt::Display for Printed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let one = 10u64.pow(self.decimals);
        f.write_str(&grouped(self.units / one))?;
        if self.decimals > 0 {
            write!(f, ".{:0width$}", self.units % one, width = self.decimals as usize)?;
        }
        f.write_str(if self.percent { " %" } else { "" })
    }
}

/// Bounds in half units of the last place, and whether each bound itself prints as the figure; `low` is `None` below 0.
struct Bounds {
    low: Option<u128>,
    low_fits: bool,
    high: u128,
    high_fits: bool,
}

/// Whole numbers from `least` to `most`; without an end if `most` is `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// The first.
    pub least: u128,
    /// The last.
    pub most: Option<u128>,
}

impl Range {
    fn is_empty(self) -> bool {
        self.most.is_some_and(|most| most < self.least)
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |number: u128| u64::try_from(number).map_or_else(|_| number.to_string(), grouped);
        match self.most {
            Some(most) if most == self.least => f.write_str(&shown(most)),
            Some(most) => write!(f, "{}–{}", shown(self.least), shown(most)),
            None => write!(f, "≥ {}", shown(self.least)),
        }
    }
}

/// The least x with x · `by` > `of`, or ≥ where `equal` counts.
fn least_multiple(of: u128, by: u128, equal: bool) -> u128 {
    if equal { of.div_ceil(by) } else { of / by + 1 }
}

/// The most x with x · `by` < `of`, or ≤ where `equal` counts.
fn most_multiple(of: u128, by: u128, equal: bool) -> Option<u128> {
    if equal { Some(of / by) } else { of.div_ceil(by).checked_sub(1) }
}

/// `of / by` as a whole number; `None` if `by` is 0.
fn rounded(of: u128, by: u128, rounding: Rounding) -> Option<u128> {
    let whole = of.checked_div(by)?;
    let twice = 2 * (of % by);
    let up = match rounding {
        Rounding::HalfUp => twice >= by,
        Rounding::HalfEven => twice > by || (twice == by && whole % 2 == 1),
        Rounding::Truncated => false,
    };
    Some(whole + u128::from(up))
}

/// Digits without the commas between groups of three; `None` where something else stands among them.
fn without_separators(number: &str) -> Option<String> {
    let are_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let (first, groups) = number.split_once(',').map_or((number, None), |(first, groups)| (first, Some(groups)));
    let is_first = (1..=if groups.is_some() { 3 } else { MOST_DIGITS }).contains(&first.len()) && are_digits(first);
    let are_groups = groups.is_none_or(|groups| groups.split(',').all(|group| group.len() == 3 && are_digits(group)));
    (is_first && are_groups).then(|| number.replace(',', ""))
}

/// A count, or a sum of counts: `1,032`, `4415 + 11206 + 1`. `None` for other text and for sums of more than 15 digits.
pub fn read_count(text: &str) -> Option<u64> {
    let text = normalise(text);
    let counts = text.split('+').map(|count| without_separators(count.trim())?.parse::<u64>().ok());
    let sum = counts.sum::<Option<u64>>()?;
    (sum < 10u64.pow(MOST_DIGITS as u32)).then_some(sum)
}

/// A printed figure and the counts beside it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Figure {
    /// What it is called where it is printed.
    pub label: String,
    /// The numerator, if it is printed.
    pub numerator: Option<u64>,
    /// The denominator, if it is printed.
    pub denominator: Option<u64>,
    /// The figure, if it is printed.
    pub printed: Option<Printed>,
    /// Its reference date, as printed; empty if none is.
    pub as_of: String,
    /// Where it is printed.
    pub source: String,
}

/// What recomputing a figure gives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// The fraction prints as the figure, rounded half up.
    Recomputes,
    /// The fraction prints as the figure only when rounded in one of these ways.
    OnlyIf(Vec<Rounding>),
    /// The fraction does not print as the figure in any way.
    DoesNot {
        /// What it prints as, rounded half up; `None` over 0.
        gives: Option<Printed>,
    },
    /// Numerator or denominator is not printed, so only ranges can be told.
    Incomplete,
    /// No figure is printed beside the counts.
    NotPrinted {
        /// The fraction in hundredths of a percent, or the count; `None` over 0.
        gives: Option<Printed>,
    },
}

/// Denominators or numerators that would give the figure, by way of rounding.
pub type Ranges = Vec<(Rounding, Range)>;

impl Figure {
    /// Whether the figure is a count, which has no denominator.
    pub fn is_count(&self) -> bool {
        self.denominator.is_none() && self.printed.is_none_or(|printed| !printed.percent && printed.decimals == 0)
    }

    /// Recomputes the figure.
    pub fn verdict(&self) -> Verdict {
        let denominator = if self.is_count() { Some(1) } else { self.denominator };
        let (Some(numerator), Some(denominator)) = (self.numerator, denominator) else {
            return Verdict::Incomplete;
        };
        let Some(printed) = self.printed else {
            let (decimals, percent) = if self.is_count() { (0, false) } else { (2, true) };
            let form = Printed { units: 0, decimals, percent };
            return Verdict::NotPrinted { gives: form.of(numerator, denominator, Rounding::HalfUp) };
        };
        let gives = |rounding| printed.of(numerator, denominator, rounding);
        let ways: Vec<Rounding> = Rounding::ALL.into_iter().filter(|&way| gives(way) == Some(printed)).collect();
        match ways.first() {
            Some(Rounding::HalfUp) => Verdict::Recomputes,
            Some(_) => Verdict::OnlyIf(ways),
            None => Verdict::DoesNot { gives: gives(Rounding::HalfUp) },
        }
    }

    /// The denominators that would give the printed figure with the printed numerator.
    pub fn denominators(&self) -> Ranges {
        self.ranges(self.numerator, Printed::denominators)
    }

    /// The numerators that would give the printed figure over the printed denominator.
    pub fn numerators(&self) -> Ranges {
        self.ranges(self.denominator, Printed::numerators)
    }

    /// A range for each way of rounding, without those that an earlier way gives too; none for a count.
    fn ranges(&self, count: Option<u64>, range: fn(Printed, u64, Rounding) -> Option<Range>) -> Ranges {
        let mut ranges = Ranges::new();
        let Some((count, printed)) = count.zip(self.printed).filter(|_| !self.is_count()) else { return ranges };
        for rounding in Rounding::ALL {
            if let Some(range) = range(printed, count, rounding)
                && ranges.iter().all(|(_, earlier)| *earlier != range)
            {
                ranges.push((rounding, range));
            }
        }
        ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn figure(numerator: Option<u64>, denominator: Option<u64>, printed: &str) -> Figure {
        let (label, as_of, source) = (String::new(), String::new(), String::new());
        Figure { label, numerator, denominator, printed: Printed::read(printed), as_of, source }
    }

    fn range(least: u128, most: u128) -> Range {
        Range { least, most: Some(most) }
    }

    #[test]
    fn printed_figures_are_read_with_their_last_place() {
        let read = |text| Printed::read(text).map(|it| (it.units, it.decimals, it.percent));
        assert_eq!(read("92.54%"), Some((9_254, 2, true)));
        assert_eq!(read("９２.５４ ％"), Some((9_254, 2, true)));
        assert_eq!(read("26.60 %"), Some((2_660, 2, true)));
        assert_eq!(read("1,032"), Some((1_032, 0, false)));
        assert_eq!(read("7.4"), Some((74, 1, false)));
        for text in ["", "%", "-1", "1.", ".5", "1e3", "12,34", "1,2345", "约50%", "1234567890123456", "1.2.3"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(Printed::read("92.54%").map(|it| it.to_string()).as_deref(), Some("92.54 %"));
        assert_eq!(Printed::read("0.05").map(|it| it.to_string()).as_deref(), Some("0.05"));
    }

    #[test]
    fn counts_may_be_sums() {
        assert_eq!(read_count("4,415 + 11206+1"), Some(15_622));
        assert_eq!(read_count("30102"), Some(30_102));
        for text in ["", "+", "1+", "-1", "1.5", "1,23", "9999999999999999"] {
            assert_eq!(read_count(text), None, "{text}");
        }
    }

    #[test]
    fn a_share_without_its_denominator_tells_which_would_fit() {
        let printed = figure(Some(9_685), None, "49.60%");
        assert_eq!(printed.verdict(), Verdict::Incomplete);
        let expected = [(Rounding::HalfUp, range(19_525, 19_528)), (Rounding::Truncated, range(19_523, 19_526))];
        assert_eq!(printed.denominators(), expected);
        for denominator in [20_535, 30_102] {
            let verdict = figure(Some(9_685), Some(denominator), "49.60%").verdict();
            assert!(matches!(verdict, Verdict::DoesNot { .. }), "{denominator}");
        }
    }

    #[test]
    fn a_truncated_figure_is_found_out() {
        let verdict = |numerator, denominator, printed| figure(Some(numerator), Some(denominator), printed).verdict();
        assert_eq!(verdict(447, 483, "92.54%"), Verdict::OnlyIf(vec![Rounding::Truncated]));
        assert_eq!(verdict(447, 483, "92.55%"), Verdict::Recomputes);
        assert_eq!(verdict(1, 8, "12%"), Verdict::OnlyIf(vec![Rounding::HalfEven, Rounding::Truncated]));
        assert_eq!(verdict(1, 8, "13%"), Verdict::Recomputes);
    }

    #[test]
    fn nothing_is_divided_by_nothing() {
        assert_eq!(figure(Some(0), Some(0), "0%").verdict(), Verdict::DoesNot { gives: None });
        assert_eq!(figure(Some(5), Some(0), "100%").denominators(), [(Rounding::HalfUp, range(5, 5))]);
        assert!(figure(Some(0), Some(0), "3%").denominators().is_empty());
        assert!(figure(Some(3), Some(0), "3%").numerators().is_empty());
    }

    proptest! {
        /// The ranges hold exactly the counts with which the fraction prints as the figure.
        #[test]
        fn ranges_hold_what_prints_so_and_nothing_else(
            numerator in 0u64..400, denominator in 1u64..400, units in 0u64..1_200, decimals in 0u32..3, percent: bool,
        ) {
            let printed = Printed { units, decimals, percent };
            let holds = |range: Option<Range>, count: u64| {
                range.is_some_and(|Range { least, most }| {
                    least <= u128::from(count) && most.is_none_or(|most| most >= u128::from(count))
                })
            };
            for rounding in Rounding::ALL {
                let prints_so = printed.of(numerator, denominator, rounding) == Some(printed);
                prop_assert_eq!(holds(printed.denominators(numerator, rounding), denominator), prints_so);
                prop_assert_eq!(holds(printed.numerators(denominator, rounding), numerator), prints_so);
            }
        }

        /// Fractions near a printed figure, where the ranges are not empty.
        #[test]
        fn a_fraction_is_in_the_ranges_of_what_it_prints_as(
            numerator in 0u64..100_000, denominator in 1u64..100_000, decimals in 0u32..3, percent: bool,
        ) {
            let form = Printed { units: 0, decimals, percent };
            for rounding in Rounding::ALL {
                let printed = form.of(numerator, denominator, rounding).expect("a denominator above 0");
                let Range { least, most } = printed.denominators(numerator, rounding).expect("this denominator");
                prop_assert!(least <= u128::from(denominator) && most.is_none_or(|most| most >= u128::from(denominator)));
                prop_assert_eq!(
                    printed.of(numerator, u64::try_from(least).expect("small"), rounding), Some(printed)
                );
                let below = u64::try_from(least - 1).expect("small");
                prop_assert_ne!(printed.of(numerator, below, rounding), Some(printed));
            }
        }

        /// Reading a printed figure gives it back.
        #[test]
        fn a_printed_figure_reads_as_itself(units in 0u64..10_000_000_000, decimals in 0u32..5, percent: bool) {
            let printed = Printed { units, decimals, percent };
            prop_assert_eq!(Printed::read(&printed.to_string()), Some(printed));
        }
    }
}
