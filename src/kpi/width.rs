//! Cuts that are too wide: a column of ids where departments should be must not fill the memory with figures.

use std::collections::BTreeMap;

use super::cells::{Cell, Grain, View};
use crate::terms::Warning;

/// Rows of figures that one plan may have, by estimate: some 250 bytes each in memory.
pub const MOST_ROWS: u64 = 3_000_000;

/// Takes out the cells of the widest views until the figures of the others are at most `rows`. `figures` says how many figures
/// count a grain.
pub fn narrow(cells: &mut Vec<Cell>, figures: impl Fn(Grain) -> u64, rows: u64) -> Vec<Warning> {
    let mut groups: Vec<(View, Grain, u16, u32)> =
        cells.iter().map(|cell| (cell.view, cell.grain, cell.period, cell.member)).collect();
    groups.sort_unstable();
    groups.dedup();
    // Of each view, the rows of its figures and the members of its widest grain.
    let mut widths: BTreeMap<View, (u64, u64)> = BTreeMap::new();
    for same in groups.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let members = same.len() as u64;
        let (rows, most) = widths.entry(same[0].0).or_insert((0, 0));
        *rows += members * figures(same[0].1);
        *most = (*most).max(members);
    }
    let mut by_width: Vec<(u64, View, u64)> =
        widths.into_iter().map(|(view, (rows, most))| (rows, view, most)).collect();
    by_width.sort_unstable();
    let (mut sum, mut wide) = (0, Vec::new());
    for (own, view, members) in by_width {
        sum += own;
        if sum > rows {
            wide.push((view, members));
        }
    }
    cells.retain(|cell| !wide.iter().any(|(view, _)| *view == cell.view));
    wide.sort_unstable();
    wide.into_iter()
        .map(|(view, members)| Warning::CutTooWide { cut: view.cut.name(), length: view.length.name(), members })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::cells::{Cut, Length};
    use super::*;

    #[test]
    fn the_widest_views_go_first_and_the_rest_stays() {
        let cell = |cut, length, period, member| {
            let view = View { cut, length };
            Cell { view, period, member, grain: Grain::Inspection, marks: 1, units: 1 }
        };
        let mut cells = vec![cell(Cut::All, Length::ToDate, 0, 0)];
        cells.extend((0..10).map(|member| cell(Cut::Organ, Length::ToDate, 0, member)));
        cells.extend((0..20).map(|at| cell(Cut::Organ, Length::Month, at / 10, u32::from(at % 10))));
        assert!(narrow(&mut cells.clone(), |_| 2, 62).is_empty());
        let mut kept = cells.clone();
        let told = narrow(&mut kept, |_| 2, 61);
        assert_eq!(told, [Warning::CutTooWide { cut: "organ", length: "month", members: 20 }]);
        assert_eq!(kept.len(), 11);
        assert_eq!(narrow(&mut cells, |_| 2, 21).len(), 2);
        assert_eq!(cells.len(), 1, "all stays");
    }
}
