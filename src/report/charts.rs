//! The drawings: horizontal bars, months, and promised probabilities against observed shares. All scales begin at 0.

use super::canvas::{
    Anchor, Canvas, EXPECTED, GRID, INK, LETTER, MUTED, SERIES, fitted, marks, on_scale, svg, width_of,
};
use plotters::prelude::RGBColor;

/// At most so many bars stand in a chart, the one of all others included.
pub(super) const MOST_BARS: usize = 12;

/// At most so many months stand in a chart: the last ones.
const MOST_MONTHS: usize = 24;

/// Width of a sheet.
const WIDTH: i32 = 720;

/// A bar, or a month.
#[derive(Clone, Debug)]
pub(super) struct Bar {
    /// What it stands for.
    pub label: String,
    /// How long it is.
    pub value: f64,
    /// The value in print.
    pub shown: String,
    /// Ends of its interval.
    pub interval: Option<(f64, f64)>,
    /// What was expected.
    pub expected: Option<f64>,
    /// Whether it stands for few, and is drawn hollow.
    pub is_small: bool,
    /// Its colour.
    pub color: RGBColor,
}

impl Bar {
    /// A plain bar.
    pub fn new(label: String, value: f64, shown: String) -> Self {
        Self { label, value, shown, interval: None, expected: None, is_small: false, color: SERIES }
    }

    /// The greatest value it reaches.
    fn reach(&self) -> f64 {
        [Some(self.value), self.interval.map(|ends| ends.1), self.expected].into_iter().flatten().fold(0.0, f64::max)
    }
}

/// The greatest value that bars reach.
pub(super) fn reach(bars: &[Bar]) -> f64 {
    bars.iter().map(Bar::reach).fold(0.0, f64::max)
}

/// Bars on a scale from 0 to at least `most`, whose marks `axis` prints.
pub(super) fn bars(bars: &[Bar], most: f64, axis: impl Fn(f64) -> String) -> String {
    const LEFT: i32 = 176;
    const LENGTH: i32 = 356;
    const STEP: i32 = 30;
    let bars = &bars[..bars.len().min(MOST_BARS)];
    let scale = marks(most.max(reach(bars)));
    let top = scale.last().copied().unwrap_or(1.0);
    let bottom = 6 + STEP * bars.len() as i32;
    let x = |value: f64| LEFT + on_scale(value, top, LENGTH);
    svg(WIDTH, bottom + 28, |sheet| {
        for &mark in &scale {
            sheet.line((x(mark), 4), (x(mark), bottom), if mark == 0.0 { MUTED } else { GRID }, 1);
            sheet.text(&axis(mark), (x(mark), bottom + 15), Anchor::Middle, MUTED);
        }
        for (place, bar) in bars.iter().enumerate() {
            let middle = 6 + STEP * place as i32 + STEP / 2;
            sheet.text(&fitted(&bar.label, LEFT - 12), (LEFT - 8, middle), Anchor::Right, INK);
            sheet.rectangle((LEFT, middle - 8), (x(bar.value), middle + 8), bar.color, !bar.is_small);
            if let Some((low, high)) = bar.interval {
                sheet.whisker((x(low), middle), (x(high), middle));
            }
            if let Some(expected) = bar.expected {
                sheet.line((x(expected), middle - 12), (x(expected), middle + 12), EXPECTED, 3);
            }
            let behind = x(bar.reach()) + 8;
            if behind + width_of(&bar.shown) > WIDTH {
                sheet.text(&bar.shown, (WIDTH - 2, middle), Anchor::Right, INK);
            } else {
                sheet.text(&bar.shown, (behind, middle), Anchor::Left, INK);
            }
        }
    })
}

/// A line through months, with intervals; of months with few only the hollow point is drawn.
pub(super) fn months(points: &[Bar], axis: impl Fn(f64) -> String) -> String {
    const LEFT: i32 = 72;
    const LENGTH: i32 = WIDTH - LEFT - 48;
    const TOP: i32 = 28;
    const HEIGHT: i32 = 190;
    let points = &points[points.len().saturating_sub(MOST_MONTHS)..];
    let scale = marks(reach(points));
    let top = scale.last().copied().unwrap_or(1.0);
    let gaps = (points.len() as i32 - 1).max(1);
    let x = |place: usize| LEFT + LENGTH * place as i32 / gaps;
    let y = |value: f64| TOP + HEIGHT - on_scale(value, top, HEIGHT);
    // Eight labels have room in either language.
    let every = points.len().div_ceil(8).max(1);
    svg(WIDTH, TOP + HEIGHT + 30, |sheet| {
        for &mark in &scale {
            let color = if mark == 0.0 { MUTED } else { GRID };
            sheet.line((LEFT, y(mark)), (LEFT + LENGTH, y(mark)), color, 1);
            sheet.text(&axis(mark), (LEFT - 16, y(mark)), Anchor::Right, MUTED);
        }
        sheet.path(points.iter().enumerate().map(|(place, point)| (x(place), y(point.value))).collect(), SERIES, 2);
        for (place, point) in points.iter().enumerate() {
            if let Some((low, high)) = point.interval {
                sheet.whisker((x(place), y(low)), (x(place), y(high)));
            }
            sheet.point((x(place), y(point.value)), SERIES, !point.is_small);
            // Counted from the last month, which always has its label.
            if (points.len() - 1 - place).is_multiple_of(every) {
                sheet.text(&point.label, (x(place), TOP + HEIGHT + 16), Anchor::Middle, MUTED);
                if !point.is_small {
                    sheet.text(&point.shown, (x(place), y(point.reach()) - LETTER), Anchor::Middle, INK);
                }
            }
        }
    })
}

/// A point of a scatter: label, promised, observed, whether it stands for few.
pub(super) type Against = (String, f64, f64, bool);

/// Promised probabilities (to the right) against observed shares (upwards), with the line where both are equal.
pub(super) fn against(points: &[Against], names: (&str, &str), axis: impl Fn(f64) -> String) -> String {
    const LEFT: i32 = 80;
    const TOP: i32 = 40;
    const SIDE: i32 = 340;
    let most = points.iter().flat_map(|point| [point.1, point.2]).fold(0.0, f64::max);
    let scale = marks(most);
    let top = scale.last().copied().unwrap_or(1.0);
    let x = |value: f64| LEFT + on_scale(value, top, SIDE);
    let y = |value: f64| TOP + SIDE - on_scale(value, top, SIDE);
    let frame = |sheet: &mut Canvas<'_>, mark: f64| {
        let color = if mark == 0.0 { MUTED } else { GRID };
        sheet.line((LEFT, y(mark)), (LEFT + SIDE, y(mark)), color, 1);
        sheet.line((x(mark), TOP), (x(mark), TOP + SIDE), color, 1);
        sheet.text(&axis(mark), (LEFT - 8, y(mark)), Anchor::Right, MUTED);
        sheet.text(&axis(mark), (x(mark), TOP + SIDE + 15), Anchor::Middle, MUTED);
    };
    svg(WIDTH, TOP + SIDE + 56, |sheet| {
        scale.iter().for_each(|&mark| frame(sheet, mark));
        sheet.line((x(0.0), y(0.0)), (x(top), y(top)), EXPECTED, 2);
        sheet.text(names.1, (LEFT - 40, TOP - 22), Anchor::Left, MUTED);
        sheet.text(names.0, (LEFT + SIDE / 2, TOP + SIDE + 40), Anchor::Middle, MUTED);
        for (label, promised, observed, is_small) in points {
            let at = (x(*promised), y(*observed));
            sheet.point(at, SERIES, !is_small);
            if points.len() < 6 {
                sheet.text(&fitted(label, WIDTH - at.0 - 16), (at.0 + 10, at.1 + 10), Anchor::Left, INK);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(number: usize) -> Vec<Bar> {
        (0..number).map(|place| Bar::new(format!("bar {place}"), place as f64, format!("value {place}"))).collect()
    }

    #[test]
    fn at_most_twelve_bars_are_drawn_from_zero() {
        let sheet = bars(&some(40), 0.0, |mark| mark.to_string());
        assert_eq!(sheet.matches("<rect").count(), MOST_BARS);
        assert_eq!(sheet.matches("<rect x=\"176\"").count(), MOST_BARS);
    }

    #[test]
    fn few_are_drawn_hollow_and_expectations_as_a_stroke() {
        let mut pair = some(2);
        pair[0].is_small = true;
        pair[1].expected = Some(3.0);
        let sheet = bars(&pair, 0.0, |mark| mark.to_string());
        assert_eq!(sheet.matches("<rect").count(), 2);
        assert_eq!(sheet.matches("stroke=\"#1F6F8B\"").count(), 1);
        assert_eq!(sheet.matches("stroke=\"#B3541E\"").count(), 1);
    }

    #[test]
    fn any_numbers_make_a_drawing() {
        for value in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1e-300, 1e300] {
            let mut all = some(30);
            all[3].value = value;
            all[4].interval = Some((value, value));
            all[5].expected = Some(value);
            for sheet in [
                bars(&all, value, |mark| mark.to_string()),
                months(&all, |mark| mark.to_string()),
                against(&[("x".to_owned(), value, value, true)], ("", ""), |mark| mark.to_string()),
                bars(&[], value, |_| String::new()),
                months(&[], |_| String::new()),
                against(&[], ("", ""), |_| String::new()),
            ] {
                assert!(sheet.starts_with("<svg ") && !sheet.contains("x=\"-"));
            }
        }
    }

    #[test]
    fn the_last_month_has_its_label_and_months_are_limited() {
        let sheet = months(&some(60), |mark| mark.to_string());
        assert!(sheet.contains("bar 59") && !sheet.contains("bar 35\n"));
        assert_eq!(sheet.matches("<circle").count(), MOST_MONTHS);
    }
}
