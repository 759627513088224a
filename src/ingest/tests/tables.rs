//! Credit, risk, flags, ledger, inspectors.

use super::*;

const ENTITIES: &str = "[inputs.entities]\npath = \"r.csv\"\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.put("r.csv", format!("entity_id\n{A}\n{B}\n{C}\n"));
    desk
}

#[test]
fn grades_and_colors_are_words_of_the_field() {
    let desk = desk();
    desk.put(
        "c.csv",
        format!("统一社会信用代码,信用风险等级,赋码颜色\n{A},D级,红码\n{B},,\n{C},M级,绿\nX1,A,蓝\nX2,a,green\n"),
    );
    let tables = desk.read(&format!("{ENTITIES}[inputs.credit]\npath = \"c.csv\"\n")).expect("readable tables");
    let credit = tables.credit.as_ref().expect("credit");
    let rows: Vec<String> = (0..credit.keys.len())
        .map(|i| format!("{} {} {}", tables.id(credit.keys[i]), credit.values[i].0.name(), credit.values[i].1.name()))
        .collect();
    // What is known of a row still counts: C keeps its color, X1 its grade.
    assert_eq!(rows[..2], [format!("{C} unrated green"), format!("{B} unrated none")]);
    assert_eq!(rows[2..], [format!("{A} D red"), "X1 A none".to_owned(), "X2 A green".to_owned()]);
    assert_eq!(tables.set_aside(), ["4 unknown-grade grade", "5 unknown-color color"]);
    assert!(tables.quarantine[0].reason.en().contains("M级"));
    tables.assert_balanced();
}

#[test]
fn a_credit_table_needs_a_grade_or_a_color() {
    let desk = desk();
    desk.put("c.csv", format!("entity_id,name\n{A},x\n"));
    let refusal = desk.refusal(&format!("{ENTITIES}[inputs.credit]\npath = \"c.csv\"\n"));
    assert!(refusal.contains("grade") && refusal.contains("[inputs.credit]"), "{refusal}");
    desk.put("c.csv", format!("entity_id,color\n{A},yellow\n"));
    let tables = desk.read(&format!("{ENTITIES}[inputs.credit]\npath = \"c.csv\"\n")).expect("colors alone");
    assert_eq!(tables.credit.expect("credit").values[0].0.name(), "unrated");
}

#[test]
fn scores_are_finite_and_in_range() {
    let desk = desk();
    let bad = ["NaN", "inf", "abc", "-0.1", "1000.1"];
    let rows: Vec<String> = bad.iter().enumerate().map(|(i, score)| format!("X{i},{score}")).collect();
    desk.put("s.csv", format!("entity_id,score\n{A},1000\n{B},0\n{C},\n{}\n", rows.join("\n")));
    let risk = "[inputs.risk.general]\npath = \"s.csv\"\ndirection = \"higher-is-riskier\"\nrange = [0, 1000]\n";
    let tables = desk.read(&format!("{ENTITIES}{risk}")).expect("readable tables");
    assert_eq!((tables.risk[0].model.as_str(), &tables.risk[0].scores.values), ("general", &vec![0.0, 1000.0]));
    assert_eq!(tables.quarantine[0].reason.code(), "missing-score");
    // NaN is how writers mark a missing number.
    let reasons = |code| tables.quarantine.iter().filter(|row| row.reason.code() == code).count();
    assert_eq!((reasons("missing-score"), reasons("bad-score")), (2, bad.len() - 1));
    assert_eq!(tables.receipts[1].table, "risk.general");
    tables.assert_balanced();
}

#[test]
fn flags_of_an_entity_are_one_set() {
    let desk = desk();
    desk.put(
        "f.csv",
        format!("entity_id,flag\n{A},投诉\n{B},abnormal；投诉\n{A},\"abnormal, 投诉\"\n{C},\n{C},a|b、c\n"),
    );
    let tables = desk.read(&format!("{ENTITIES}[inputs.flags]\npath = \"f.csv\"\n")).expect("readable tables");
    let flags = tables.flags.as_ref().expect("flags");
    assert_eq!(flags.names, ["a", "abnormal", "b", "c", "投诉"]);
    assert_eq!(flags.keys.iter().map(|&key| tables.id(key)).collect::<Vec<_>>(), [C, B, A]);
    assert_eq!(flags.bits, [0b01101, 0b10010, 0b10010]);
    assert_eq!(tables.set_aside(), ["5 missing-flag"]);
    assert_eq!(tables.receipts[1].accepted, 4);
    tables.assert_balanced();
}

#[test]
fn more_than_32_flags_are_refused() {
    let desk = desk();
    let rows: Vec<String> = (0..33).map(|i| format!("{A},f{i}")).collect();
    desk.put("f.csv", format!("entity_id,flag\n{}\n", rows.join("\n")));
    let refusal = desk.refusal(&format!("{ENTITIES}[inputs.flags]\npath = \"f.csv\"\n"));
    assert!(refusal.contains("row 34") && refusal.contains("32"), "{refusal}");
}

#[test]
fn visits_are_sorted_by_entity_and_need_a_date() {
    let desk = desk();
    desk.put("l.csv", format!("entity_id,检查日期,检查部门,检查层级\n{B},2023/1/5,市监局,区\n{A},2023-01-04,城管,\n{B},2022-12-31,应急,市\n{A},,城管,区\n{A},13月,城管,区\n"));
    let tables = desk.read(&format!("{ENTITIES}[inputs.ledger]\npath = \"l.csv\"\n")).expect("readable tables");
    let ledger = tables.ledger.as_ref().expect("ledger");
    assert_eq!(ledger.keys.iter().map(|&key| tables.id(key)).collect::<Vec<_>>(), [B, B, A]);
    let visits: Vec<(i32, &str, &str)> =
        ledger.values.iter().map(|visit| (visit.date, &*visit.department, &*visit.level)).collect();
    assert_eq!(visits, [(19_362, "市监局", "区"), (19_357, "应急", "市"), (19_361, "城管", "")]);
    assert_eq!(tables.set_aside(), ["5 bad-date", "6 bad-date"]);
    tables.assert_balanced();
}

#[test]
fn a_ledger_and_flags_may_have_no_rows() {
    let desk = desk();
    desk.put("l.csv", "entity_id,date\n").put("f.csv", "entity_id,flag\n");
    let inputs = format!("{ENTITIES}[inputs.flags]\npath = \"f.csv\"\n[inputs.ledger]\npath = \"l.csv\"\n");
    let tables = desk.read(&inputs).expect("readable tables");
    assert!(tables.ledger.as_ref().expect("ledger").keys.is_empty());
    assert!(tables.warning("empty-table").is_some());
}

#[test]
fn inspectors_are_checked_and_unique() {
    let desk = desk();
    desk.put(
        "i.csv",
        "执法人员编号,姓名,部门,监管所,执法资质,专长,有效期至,是否专家\n\
         010002,李,市监局,一所,行政执法；特种设备,食品、药品,2025-12-31,否\n\
         010001,王,市监局,,,,长期,是\n\
         010002,李二,应急局,,,,,\n\
         ,无号,,,,,,\n\
         010003,赵,,,,,明年,也许\n\
         010004,钱,,,,,明年,\n",
    );
    let tables = desk.read(&format!("{ENTITIES}[inputs.inspectors]\npath = \"i.csv\"\n")).expect("readable tables");
    let inspectors = tables.inspectors.as_ref().expect("inspectors");
    assert_eq!(inspectors.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["010001", "010002", "010004"]);
    assert_eq!(inspectors[1].qualifications, ["特种设备", "行政执法"]);
    assert_eq!((inspectors[0].expert, inspectors[1].certificate_until), (true, Some(20_453)));
    assert_eq!(tables.set_aside(), ["4 duplicate-key", "5 missing-key", "6 bad-expert"]);
    assert!(tables.warning("bad-date").is_some());
    tables.assert_balanced();
}

#[test]
fn flags_and_visits_of_which_none_can_be_used_are_refused() {
    let desk = desk();
    desk.put("f.csv", "entity_id,flag\n9.15E+17,complaint\n").put("l.csv", "entity_id,date\n9.15E+17,2023-01-01\n");
    for table in ["flags", "ledger"] {
        let refusal = desk.refusal(&format!("{ENTITIES}[inputs.{table}]\npath = \"{}.csv\"\n", &table[..1]));
        assert!(refusal.contains("mangled-key") && refusal.contains(table), "{refusal}");
    }
}
