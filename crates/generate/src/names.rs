//! Made-up enterprise names: place, trade name, trade, form of organisation (行政区划 + 字号 + 行业 + 组织形式).

use super::places::Place;
use super::randomness::Draws;
use super::words::{FIRST, Kind, SECOND};

/// One name in four begins with the full name of the place, the others with the short one. Uses four words.
/// Names may repeat: the id tells entities apart.
pub(crate) fn compose(name: &mut String, place: &Place, kind: &Kind, trades: &[&str], draws: &mut Draws) {
    name.clear();
    name.push_str(if draws.below(4) == 0 { place.full } else { place.short });
    name.push_str(draws.one_of::<&str>(FIRST));
    name.push_str(draws.one_of::<&str>(SECOND));
    name.push_str(draws.one_of::<&str>(trades));
    match kind.ending.split_once("{}") {
        Some((before, after)) => [before, place.branch, after].iter().for_each(|part| name.push_str(part)),
        None => name.push_str(kind.ending),
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::YONGCHUAN;
    use super::super::randomness::{Purpose, Randomness};
    use super::super::words::ENTERPRISES;
    use super::*;

    #[test]
    fn a_name_has_its_four_parts() {
        let mut draws = Randomness::new("test", "names").draws(Purpose::Registry, 0);
        let mut name = String::new();
        for kind in ENTERPRISES {
            for _ in 0..20 {
                compose(&mut name, &YONGCHUAN[0], kind, &["建材"], &mut draws);
                assert!(name.starts_with("重庆") && name.contains("建材"), "{name}");
                let ending = kind.ending.replace("{}", "永川");
                assert!(name.ends_with(&ending), "{name}");
            }
        }
    }
}
