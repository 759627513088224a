//! Faulty rows: set aside once, with row, reason and raw text; everything else stays.

use super::*;

#[test]
fn every_row_is_accepted_or_set_aside_once() {
    let text = format!(
        "entity_id,name,status\n\
         {A},first,live\n\
         ,nobody,live\n\
         9.15001E+17,rewritten,live\n\
         {A},again,revoked\n\
         {B},two,cells,too,many\n\
         {B},\"opened, and never closed,live\n\
         {B},b,live\n\
         \n\
         {C}\n"
    );
    let tables = Desk::new().entities("r.csv", &text);
    assert_eq!(tables.ids(), [B, A]);
    assert_eq!(tables.texts("name"), texts(&["b", "first"]));
    assert_eq!(
        tables.set_aside(),
        ["3 missing-key", "4 mangled-key", "5 duplicate-key", "6 broken-record", "7 broken-record", "10 broken-record"]
    );
    assert_eq!(tables.quarantine[2].raw, format!("{A},again,revoked"));
    let detail = tables.quarantine[2].reason.en();
    assert!(detail.contains("row 2") && detail.contains("first"), "{detail}");
    assert_eq!(tables.receipts[0].rows_read, 8);
    tables.assert_balanced();
}

#[test]
fn the_rule_for_duplicates_is_the_plans() {
    let desk = Desk::new();
    desk.put("r.csv", format!("entity_id,name\n{A},old\n,\n-,x\n{A},new\n"));
    let tables =
        desk.read("[inputs.entities]\npath = \"r.csv\"\nduplicates = \"last\"\n").expect("a readable registry");
    assert_eq!(tables.texts("name"), texts(&["new"]));
    let duplicate = tables.quarantine.iter().find(|row| row.reason.code() == "duplicate-key").expect("the first row");
    assert_eq!((duplicate.row, duplicate.raw.as_str()), (2, format!("{A},old").as_str()));
    let detail = duplicate.reason.en();
    assert!(detail.contains("row 5") && detail.contains("last"), "{detail}");
}

#[test]
fn differently_written_ids_are_one_entity() {
    let text = format!("entity_id\n{A}\n{}\n '{A} \n工程-甲\n工程-甲\n", A.to_lowercase());
    let tables = Desk::new().entities("r.csv", text);
    assert_eq!(tables.ids(), [A, "工程-甲"]);
    assert_eq!(tables.set_aside(), ["3 duplicate-key", "4 duplicate-key", "6 duplicate-key"]);
}

#[test]
fn wrong_check_digits_stay_and_are_counted_by_kind() {
    let text = "entity_id\n91350100M000100Y44\n440301103097414\n1234567890123\n9150011820379000000\n项目1\n";
    let tables = Desk::new().entities("r.csv", text);
    assert_eq!(tables.ids().len(), 5);
    for code in ["wrong-check-digit", "wrong-check-digit-15", "legacy-number", "unknown-id-form"] {
        assert!(tables.warning(code).is_some(), "{code}");
    }
    let warning = tables.warning("wrong-check-digit").expect("a warning");
    assert!(warning.contains("r.csv: 1 ") && warning.contains("row 2 \"91350100M000100Y44\""), "{warning}");
}

#[test]
fn unknown_statuses_are_named_and_counted() {
    let text = format!("entity_id,status\n{A},外星\n{B},\n{C},外星\n");
    let tables = Desk::new().entities("r.csv", text);
    let warning = tables.warning("unknown-status").expect("a warning");
    assert!(warning.contains("\"外星\" 2") && warning.contains("\"\" 1"), "{warning}");
    assert!(tables.entities.status.iter().all(|status| status.name() == "unknown"));
}

#[test]
fn a_header_that_looks_like_the_status_is_not_passed_over() {
    let desk = Desk::new();
    desk.put("r.csv", format!("entity_id,name\n{A},x\n"));
    for stated in ["", "status = \"none\"\n"] {
        let inputs = format!("[inputs.entities]\npath = \"r.csv\"\n{stated}");
        let tables = desk.read(&inputs).expect("a registry without status");
        assert_eq!(tables.entities.status[0].name(), "live");
        assert!(tables.warning("no-status-column").is_some());
    }
    desk.put("r.csv", format!("entity_id,主体存续情况状态码\n{A},注销\n"));
    let refusal = desk.refusal("[inputs.entities]\npath = \"r.csv\"\n");
    assert!(refusal.contains("主体存续情况状态码") && refusal.contains("status = \"none\""), "{refusal}");
    desk.put("r.csv", format!("entity_id,登记状态(下拉)\n{A},注销\n"));
    let tables = desk.read("[inputs.entities]\npath = \"r.csv\"\n").expect("a decorated header");
    assert_eq!(tables.entities.status[0].name(), "deregistered");
}

#[test]
fn texts_are_as_the_registry_wrote_them_and_words_for_nothing_are_null() {
    let text = format!("entity_id,name,region\n{A},\" 福州（ＡＢ）　公司 \",500118\n{B},　,N/A\n{C},无,-\n");
    let tables = Desk::new().entities("r.csv", text);
    assert_eq!(tables.texts("name"), texts(&["", "", "福州（ＡＢ）　公司"]));
    assert_eq!(tables.texts("region"), texts(&["", "", "500118"]));
}

#[test]
fn repeated_headers_and_totals_are_no_entities() {
    let text = format!("统一社会信用代码,企业名称\n{A},甲\n统一社会信用代码,企业名称\n{B},乙\n合计,2户\n,总计：2\n");
    let tables = Desk::new().entities("r.csv", text);
    assert_eq!(tables.ids(), [B, A]);
    assert_eq!(tables.set_aside(), ["3 repeated-header", "5 total-row", "6 total-row"]);
    tables.assert_balanced();
}

#[test]
fn a_registry_of_other_ids_says_so_once_and_names_the_exceptions() {
    let rows: String = (0..30).map(|row| format!("LIC-{row}\n")).collect();
    let tables = Desk::new().entities("r.csv", format!("entity_id\n{rows}{A}\n"));
    assert!(tables.warning("unknown-id-form").is_none());
    assert!(tables.warning("other-id-form").expect("a warning").contains("30 of 31"));
    assert!(tables.warning("official-id-form").expect("a warning").contains(A));
}

#[test]
fn characters_that_cannot_be_seen_are_removed_from_ids_and_noted() {
    let text = format!("entity_id,name\n{A}\u{61c},a\n{B}\u{fe0f},b\n{C},c\n");
    let tables = Desk::new().entities("r.csv", text);
    assert_eq!(tables.ids(), [C, B, A]);
    assert!(tables.warning("repaired-id").expect("a warning").contains(": 2 ids"));
}

#[test]
fn more_than_a_fifth_set_aside_is_refused_unless_the_plan_allows_it() {
    let desk = Desk::new();
    let rows: String =
        (0..100).map(|row| if row % 4 == 0 { ",x\n".to_owned() } else { format!("P{row},x\n") }).collect();
    desk.put("r.csv", format!("entity_id,name\n{rows}"));
    let refusal = desk.refusal("[inputs.entities]\npath = \"r.csv\"\n");
    assert!(refusal.contains("25 of 100") && refusal.contains("missing-key"), "{refusal}");
    let allowed = "[inputs.entities]\npath = \"r.csv\"\n[inputs]\nset-aside-limit = 0.25\n";
    assert_eq!(desk.read(allowed).expect("allowed").ids().len(), 75);
}

#[test]
fn unreadable_dates_are_empty_and_counted() {
    let text = format!("entity_id,成立日期\n{A},9999-09-09\n{B},上个月\n{C},44964\n");
    let tables = Desk::new().entities("r.csv", text);
    assert_eq!(tables.days("registration_date"), [Some(19_395), None, Some(2_932_783)]);
    assert!(tables.warning("bad-date").expect("a warning").contains("上个月"));
}

#[test]
fn long_fields_are_kept_whole_and_said() {
    let long = "长".repeat(1_025);
    let tables = Desk::new().entities("r.csv", format!("entity_id,name\n{A},{long}\n{B},{}\n", "短".repeat(1_024)));
    assert_eq!(tables.texts("name")[1].as_deref(), Some(long.as_str()));
    assert!(tables.warning("long-field").expect("a warning").contains(": 1 cells"));
}

#[test]
fn formula_like_cells_are_text() {
    let tables = Desk::new().entities("r.csv", format!("entity_id,name\n{A},=1+1\n"));
    assert_eq!(tables.texts("name"), texts(&["=1+1"]));
}

#[test]
fn undecodable_bytes_are_never_used() {
    let good = format!("{B},乙公司很好,注册资本一千万\n").repeat(3);
    let mut bytes = format!("entity_id,name,备注\n{good}{A},甲").into_bytes();
    bytes.extend(b"\xE5\x85,x\n");
    bytes.extend(format!("{C},丙厂,尾").bytes());
    bytes.extend(b"\xE5\x85\n");
    let tables = Desk::new().entities("r.csv", bytes);
    assert_eq!(tables.ids(), [C, B]);
    let damaged =
        tables.quarantine.iter().find(|row| row.reason.code() == "undecodable-text").expect("the damaged row");
    assert_eq!(damaged.row, 5);
    assert!(tables.warning("undecodable-elsewhere").is_some());
    tables.assert_balanced();
}

#[test]
fn a_registry_of_which_nothing_can_be_used_is_refused() {
    let desk = Desk::new();
    desk.put("r.csv", "entity_id,name\n,a\n,b\n");
    let refusal = desk.refusal("[inputs.entities]\npath = \"r.csv\"\n");
    assert!(refusal.contains("none of the 2 rows") && refusal.contains("missing-key"), "{refusal}");
}

#[test]
fn weights_and_permanent_random_numbers_must_be_usable() {
    let desk = Desk::new();
    let inputs = "[inputs.entities]\npath = \"r.csv\"\n";
    let weight = "[weight]\ncolumn = \"size\"";
    for value in ["-1", "NaN", "inf", "abc", "9.1e9", ""] {
        desk.put("r.csv", format!("entity_id,size\n{B},1\n{A},{value}\n"));
        let refusal = desk.read_with(inputs, weight).map(|_| ()).expect_err(value).to_string();
        assert!(refusal.contains("row 3") && refusal.contains(A) && refusal.contains("size"), "{refusal}");
    }
    desk.put("r.csv", format!("entity_id,size\n{B},0\n{A},\"1,234.5\"\n"));
    let tables = desk.read_with(inputs, weight).expect("usable weights");
    assert_eq!(tables.numbers("size"), [Some(0.0), Some(1234.5)]);
    let prn = "[draw]\nprn-column = \"prn\"";
    for value in ["0", "1", "", "x"] {
        desk.put("r.csv", format!("entity_id,prn\n{B},0.5\n{A},{value}\n"));
        let refusal = desk.read_with(inputs, prn).map(|_| ()).expect_err(value).to_string();
        assert!(refusal.contains("strictly between 0 and 1") && refusal.contains(A), "{refusal}");
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let rows = [format!("{A},甲,live"), format!("{B},乙,revoked"), format!("{C},丙,live"), ",,live".to_owned()];
    let read = |order: [usize; 4]| {
        let body: Vec<&str> = order.iter().map(|&row| rows[row].as_str()).collect();
        Desk::new().entities("r.csv", format!("entity_id,name,status\n{}\n", body.join("\n")))
    };
    let (one, other) = (read([0, 1, 2, 3]), read([3, 2, 0, 1]));
    assert_eq!(one.entities.keys, other.entities.keys);
    assert_eq!(one.entities.status, other.entities.status);
    assert_eq!(one.attributes(), other.attributes());
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut text = "entity_id,name,status\n".to_owned();
    for row in 0..40_000u32 {
        match row % 997 {
            0 => text.push_str(",nobody,live\n"),
            1 => text.push_str("911100000000000000,same,外星\n"),
            2 => text.push_str("too,few\n"),
            _ => text.push_str(&format!("9111{:014},　甲 {row},存续\n", u64::from(row) * 7_919 % 1_000_003)),
        }
    }
    let desk = Desk::new();
    desk.put("r.csv", text);
    let read = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| desk.read("[inputs.entities]\npath = \"r.csv\"\n").expect("a readable registry"))
    };
    let (one, three) = (read(1), read(3));
    one.assert_balanced();
    assert_eq!(one.receipts[0].rows_read, 40_000);
    assert_eq!(one.receipts, three.receipts);
    assert_eq!(one.quarantine, three.quarantine);
    assert_eq!(one.entities.keys, three.entities.keys);
    assert_eq!(one.entities.status, three.entities.status);
    assert_eq!(one.attributes(), three.attributes());
}
