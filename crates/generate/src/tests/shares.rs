//! Laws of figures: counts and shares of the presets, and how they hang together.

use std::collections::BTreeMap;

use super::*;

#[test]
fn changde_has_its_counts_at_its_size_and_in_proportion_at_any_other() {
    let status = |rows_asked| {
        let population = population(&request(Preset::Changde, rows_asked)).unwrap();
        let rows = rows(&population, Table::Entities);
        let words = counts(column(&rows, 2));
        let of = |status: terms::Status| -> usize {
            words.iter().filter(|(word, _)| terms::Status::from_word(word) == Some(status)).map(|(_, n)| n).sum()
        };
        [of(terms::Status::Live), of(terms::Status::Deregistered), of(terms::Status::Revoked)]
    };
    assert_eq!(status(530_000), [226_023, 280_808, 23_169]);
    assert_eq!(status(53_000), [22_602, 28_081, 2_317]);
}

#[test]
fn yongchuan_has_24_738_live_firms_in_its_region() {
    let population = population(&Request::new(Preset::Yongchuan, "laws")).unwrap();
    let rows = rows(&population, Table::Entities);
    assert_eq!(rows.len(), 24_738);
    assert!(column(&rows, 2).iter().all(|word| terms::Status::from_word(word) == Some(terms::Status::Live)));
    let region = |id: &str| fairdraw_core::codes::region_of(id).map(str::to_owned);
    assert!(column(&rows, 1).iter().all(|id| region(id).as_deref() == Some("500118")));
    let inspectors = self::rows(&population, Table::Inspectors);
    assert_eq!(inspectors.len(), 620);
    assert_eq!(counts(column(&inspectors, 1)).len(), 31);
    assert_eq!(counts(column(&inspectors, 0)).len(), 620, "inspector codes are unique");
    assert!(column(&inspectors, 0).iter().all(|code| code.len() == 6));
}

#[test]
fn xiaoshan_has_its_flags_visits_and_three_models() {
    let population = population(&Request::new(Preset::Xiaoshan, "laws")).unwrap();
    let flags = rows(&population, Table::Flags);
    let flags = counts(column(&flags, 1));
    let expected = [
        ("abnormal", 15_622),
        ("address-lost", 4_415),
        ("complaint", 3_000),
        ("false-information", 1),
        ("report-late", 11_206),
        ("serious-violation", 63),
    ];
    assert_eq!(flags.into_iter().collect::<Vec<_>>(), expected);
    let ledger = rows(&population, Table::Ledger);
    assert_eq!(ledger.len(), 36_821);
    let dates = column(&ledger, 1);
    assert_eq!((dates.iter().min(), dates.iter().max()), (Some(&"2021-01-01"), Some(&"2021-11-26")));
    for (model, low, high) in [("integrated", 0.0, 1000.0), ("public-credit", 0.0, 100.0), ("industry", 0.0, 1.0)] {
        let scores = rows(&population, Table::Risk(model));
        assert_share(scores.len(), 300_000, 0.90, model);
        let inside = |score: &&str| (low..=high).contains(&score.parse::<f64>().unwrap());
        assert!(column(&scores, 1).iter().all(inside), "{model}");
    }
}

#[test]
fn grades_and_colors_keep_their_shares() {
    let population = population(&request(Preset::Changde, 150_000)).unwrap();
    let credit = rows(&population, Table::Credit);
    assert_share(credit.len(), 150_000, 0.95, "coverage");
    let (grades, colors) = (counts(column(&credit, 1)), counts(column(&credit, 2)));
    for (grade, share) in [("A", 0.36), ("B", 0.42), ("C", 0.13), ("D", 0.04), ("未分类", 0.05)] {
        assert_share(grades[grade], credit.len(), share, grade);
    }
    for (color, share) in [("绿码", 0.80), ("黄码", 0.185), ("红码", 0.015)] {
        assert_share(colors[color], credit.len(), share, color);
    }
}

#[test]
fn riskier_grades_have_higher_scores_redder_colors_and_more_flags() {
    let population = population(&request(Preset::Xiaoshan, 100_000)).unwrap();
    let credit = rows(&population, Table::Credit);
    let grade: BTreeMap<&str, &str> = credit.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    let mean = |table: Table, wanted: &str| {
        let rows = rows(&population, table);
        let scores: Vec<f64> = rows
            .iter()
            .filter(|row| grade.get(row[0].as_str()) == Some(&wanted))
            .map(|row| row[1].parse().unwrap())
            .collect();
        scores.iter().sum::<f64>() / scores.len() as f64
    };
    for (model, rises) in [("integrated", true), ("public-credit", false), ("industry", true)] {
        let means = ["A", "B", "C", "D"].map(|grade| mean(Table::Risk(model), grade));
        assert!(means.windows(2).all(|w| (w[0] < w[1]) == rises), "{model}: {means:?}");
    }
    let red = |wanted: &str| {
        let of_grade: Vec<_> = credit.iter().filter(|row| row[1] == wanted).collect();
        of_grade.iter().filter(|row| row[2] == "红码").count() as f64 / of_grade.len() as f64
    };
    assert!(red("D") > 2.0 * red("C") && red("C") > 2.0 * red("B"), "{:?}", ["A", "B", "C", "D"].map(red));
    let flags = rows(&population, Table::Flags);
    let listed: Vec<&str> = flags.iter().filter(|row| row[1] == "abnormal").map(|row| row[0].as_str()).collect();
    let risky = listed.iter().filter(|id| matches!(grade.get(*id), Some(&"C" | &"D"))).count();
    assert!(risky as f64 / listed.len() as f64 > 2.0 * 0.17, "{risky} of {}", listed.len());
}

#[test]
fn registrations_grow_and_end_by_the_as_of_date() {
    let as_of = jiff::civil::date(2020, 6, 30);
    let population = population(&Request { as_of, ..request(Preset::Yongchuan, 20_000) }).unwrap();
    let rows = rows(&population, Table::Entities);
    let dates = column(&rows, 6);
    assert!(dates.iter().all(|&date| ("1984-01-01"..="2020-06-30").contains(&date)));
    let in_decade = |decade: &str| dates.iter().filter(|date| date.starts_with(decade)).count();
    assert!(in_decade("198") < in_decade("199") && in_decade("199") < in_decade("200"));
    assert!(in_decade("200") < in_decade("201"));
    let old = column(&rows, 1).into_iter().zip(&dates).filter(|(id, _)| id.len() == 15);
    assert!(old.into_iter().all(|(_, date)| *date < "2015-10-01"), "old numbers belong to old firms");
}
