//! A sheet of SVG in pixels. Colours are written as attributes, which the style sheet replaces by its own (dark mode, print).

use plotters::prelude::{DrawingBackend, FontFamily, RGBColor, SVGBackend, ShapeStyle, TextStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Text.
pub(super) const INK: RGBColor = RGBColor(0x1B, 0x1F, 0x24);
/// Text beside the matter.
pub(super) const MUTED: RGBColor = RGBColor(0x5A, 0x63, 0x70);
/// Lines of the scale.
pub(super) const GRID: RGBColor = RGBColor(0xD8, 0xDD, 0xE3);
/// The ground.
pub(super) const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFE);
/// What is shown.
pub(super) const SERIES: RGBColor = RGBColor(0x1F, 0x6F, 0x8B);
/// What was expected.
pub(super) const EXPECTED: RGBColor = RGBColor(0xB3, 0x54, 0x1E);
/// Red code.
pub(super) const RED_CODE: RGBColor = RGBColor(0xB3, 0x26, 0x1E);
/// Yellow code.
pub(super) const YELLOW_CODE: RGBColor = RGBColor(0xB8, 0x7A, 0x00);
/// Green code.
pub(super) const GREEN_CODE: RGBColor = RGBColor(0x2E, 0x7D, 0x4F);

/// Size of the letters in pixels.
pub(super) const LETTER: i32 = 13;

/// Which point of a text its coordinates are.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    /// The left end.
    Left,
    /// The middle.
    Middle,
    /// The right end.
    Right,
}

/// A sheet of SVG. Drawing into memory cannot fail, so the backend's results are dropped.
pub(super) struct Canvas<'a> {
    sheet: SVGBackend<'a>,
}

/// An SVG of this size with what `draw` puts on it.
pub(super) fn svg(width: i32, height: i32, draw: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut text = String::new();
    let size = (width.unsigned_abs(), height.unsigned_abs());
    let mut canvas = Canvas { sheet: SVGBackend::with_string(&mut text, size) };
    draw(&mut canvas);
    let _ = canvas.sheet.present();
    drop(canvas);
    text
}

impl Canvas<'_> {
    /// A straight line.
    pub fn line(&mut self, from: (i32, i32), to: (i32, i32), color: RGBColor, width: u32) {
        let _ = self.sheet.draw_line(from, to, &stroke(color, width));
    }

    /// A line through points.
    pub fn path(&mut self, points: Vec<(i32, i32)>, color: RGBColor, width: u32) {
        let _ = self.sheet.draw_path(points, &stroke(color, width));
    }

    /// A rectangle, filled or hollow.
    pub fn rectangle(&mut self, corner: (i32, i32), opposite: (i32, i32), color: RGBColor, is_filled: bool) {
        let _ = self.sheet.draw_rect(corner, opposite, &stroke(color, 1), is_filled);
    }

    /// A point, filled or hollow.
    pub fn point(&mut self, center: (i32, i32), color: RGBColor, is_filled: bool) {
        if !is_filled {
            let _ = self.sheet.draw_circle(center, 4, &PAPER, true);
        }
        let _ = self.sheet.draw_circle(center, 4, &stroke(color, 2), is_filled);
    }

    /// An interval from one end to the other, with strokes across its ends.
    pub fn whisker(&mut self, from: (i32, i32), to: (i32, i32)) {
        let across = if from.1 == to.1 { (0, 4) } else { (4, 0) };
        for (color, width) in [(PAPER, 3), (INK, 1)] {
            self.line(from, to, color, width);
            for end in [from, to] {
                self.line((end.0 - across.0, end.1 - across.1), (end.0 + across.0, end.1 + across.1), color, width);
            }
        }
    }

    /// A text whose vertical middle is the point's.
    pub fn text(&mut self, text: &str, at: (i32, i32), anchor: Anchor, color: RGBColor) {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        // The backend divides sizes by 1.24.
        let style = TextStyle::from((FontFamily::SansSerif, f64::from(LETTER) * 1.24));
        let style = style.color(&color).pos(Pos::new(horizontal, VPos::Center));
        let _ = self.sheet.draw_text(text, &style, at);
    }
}

fn stroke(color: RGBColor, width: u32) -> ShapeStyle {
    ShapeStyle::from(color).stroke_width(width)
}

/// About how wide a text is in pixels: Chinese characters are as wide as high, others about half.
pub(super) fn width_of(text: &str) -> i32 {
    text.chars().map(|letter| if letter < '\u{2000}' { LETTER * 56 / 100 } else { LETTER }).fold(0, i32::saturating_add)
}

/// A text cut to a width, with `…` for what is missing.
pub(super) fn fitted(text: &str, width: i32) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut fitted = String::new();
    for letter in text.chars() {
        if width_of(&fitted) + 2 * LETTER > width {
            break;
        }
        fitted.push(letter);
    }
    fitted + "…"
}

/// The pixel of a value on a scale from 0 to `most`, `length` pixels long.
pub(super) fn on_scale(value: f64, most: f64, length: i32) -> i32 {
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    // NaN becomes 0.
    (share * f64::from(length)).round() as i32
}

/// Round marks from 0 to at least `most`, at most seven of them.
pub(super) fn marks(most: f64) -> Vec<f64> {
    if !(most > 0.0 && most < 1e15) {
        return vec![0.0, 1.0];
    }
    let power = 10f64.powi((most / 5.0).log10().floor() as i32);
    let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power).into_iter().find(|step| most / step <= 5.0);
    let step = step.unwrap_or(most);
    let steps = (most / step).ceil() as i32;
    (0..=steps).map(|number| f64::from(number) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_the_sheet_is_closed() {
        let sheet = svg(100, 20, |canvas| canvas.text("<script>&\"", (0, 10), Anchor::Left, INK));
        assert!(sheet.starts_with("<svg ") && sheet.trim_end().ends_with("</svg>"));
        assert!(sheet.contains("&lt;script&gt;&amp;&quot;") && !sheet.contains("<script>"));
    }

    #[test]
    fn every_colour_is_in_the_style_sheet() {
        let style = include_str!("style.css");
        for RGBColor(red, green, blue) in [INK, MUTED, GRID, PAPER, SERIES, EXPECTED, RED_CODE, YELLOW_CODE, GREEN_CODE]
        {
            let code = format!("#{red:02X}{green:02X}{blue:02X}");
            assert!(style.contains(&format!("[fill=\"{code}\"]")), "{code}");
            assert!(style.contains(&format!("[stroke=\"{code}\"]")), "{code}");
        }
    }

    #[test]
    fn marks_are_few_round_and_reach_the_most() {
        for most in [0.003, 0.0999, 0.41, 1.0, 7.0, 247.0, 24_738.0, 1.9e8] {
            let marks = marks(most);
            assert!(marks[0] == 0.0 && marks.len() <= 7 && *marks.last().unwrap() >= most * 0.999_999, "{marks:?}");
        }
        for most in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(marks(most), [0.0, 1.0]);
        }
    }

    #[test]
    fn any_value_has_a_pixel() {
        for (value, pixel) in [(0.5, 50), (2.0, 100), (-1.0, 0), (f64::NAN, 0), (f64::INFINITY, 100)] {
            assert_eq!(on_scale(value, 1.0, 100), pixel);
        }
        assert_eq!(on_scale(1.0, 0.0, 100), 0);
    }

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(fitted("检查", 60), "检查");
        assert!(width_of(&fitted("生态环境保护综合行政执法大队", 100)) <= 100);
    }
}
