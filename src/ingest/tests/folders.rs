//! Several Parquet files that make one table.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use parquet::arrow::ArrowWriter;

use super::*;

fn parquet(desk: &Desk, name: &str, columns: &[(&str, &[&str])]) {
    let text = |values: &[&str]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let columns: Vec<(&str, ArrayRef)> = columns.iter().map(|&(name, values)| (name, text(values))).collect();
    write(desk, name, &RecordBatch::try_from_iter(columns).expect("columns of one length"));
}

fn write(desk: &Desk, name: &str, batch: &RecordBatch) {
    let path = desk.path(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let mut writer =
        ArrowWriter::try_new(std::fs::File::create(path).expect("a file"), batch.schema(), None).expect("a writer");
    writer.write(batch).expect("a batch");
    writer.close().expect("a Parquet file");
}

/// Three files: columns in another order, one that later files alone have, one that folders name, and what writers leave.
fn registry() -> Desk {
    let desk = Desk::new();
    parquet(&desk, "r/year=2022/region=500118/a.parquet", &[("entity_id", &[A, ""]), ("name", &["甲公司", "无"])]);
    parquet(
        &desk,
        "r/year=2023/region=__HIVE_DEFAULT_PARTITION__/b.parquet",
        &[("name", &["乙"]), ("entity_id", &[B])],
    );
    let of_c = [("station", &["南街所", "北街所"][..]), ("entity_id", &[C, A]), ("name", &["丙", "重复"])];
    parquet(&desk, "r/year=2023/region=5%2F1/c.parquet", &of_c);
    parquet(&desk, "r/_delta/d.parquet", &[("entity_id", &["never"])]);
    desk.put("r/_SUCCESS", "").put("r/.hidden.parquet", "no Parquet").put("r/notes.txt", "nothing");
    desk
}

#[test]
fn a_folder_is_one_table_whose_folders_name_columns() {
    let desk = registry();
    for path in ["r/", "r/*/*/*.parquet", "r/year=*/region=*/*.parquet"] {
        let tables = desk.read(&format!("[inputs.entities]\npath = \"{path}\"\n")).expect("a folder");
        // In the order of the names of files, `region=5%2F1` comes before `region=__…`.
        assert_eq!(tables.ids(), [C, B, A], "{path}");
        assert_eq!(tables.column("name").text(0), Some("丙"));
        assert_eq!(
            (0..3).map(|row| tables.column("region").text(row).map(str::to_owned)).collect::<Vec<_>>(),
            [Some("5/1".to_owned()), None, Some("500118".to_owned())]
        );
        assert_eq!(
            (0..3).map(|row| tables.column("station").text(row).map(str::to_owned)).collect::<Vec<_>>(),
            [Some("南街所".to_owned()), None, None]
        );
        // Rows are named by the file that they stand in.
        let aside: Vec<(&str, u64, &str)> =
            tables.quarantine.iter().map(|row| (row.file.as_str(), row.row, row.reason.code())).collect();
        let (first, second) = ("r/year=2022/region=500118/a.parquet", "r/year=2023/region=5%2F1/c.parquet");
        assert_eq!(aside, [(first, 2, "missing-key"), (second, 2, "duplicate-key")]);
        tables.assert_balanced();
        let receipt = &tables.receipts[0];
        assert_eq!((receipt.file.as_str(), receipt.format.as_str(), receipt.rows_read), (path, "parquet", 5));
    }
}

#[test]
fn a_pattern_reads_what_fits_and_the_digest_is_that_of_sha256sum() {
    let desk = registry();
    let tables = desk.read("[inputs.entities]\npath = \"r/year=2022/*/a*.parquet\"\n").expect("a file");
    assert_eq!((tables.ids(), tables.texts("region")), (vec![A.to_owned()], vec![Some("500118".to_owned())]));
    let file = "r/year=2022/region=500118/a.parquet";
    let bytes = std::fs::read(desk.path(file)).expect("the file");
    let sha256 = |bytes: &[u8]| crate::digest::hex(<sha2::Sha256 as sha2::Digest>::digest(bytes));
    let line = format!("{}  {file}\n", sha256(&bytes));
    assert_eq!(
        (tables.receipts[0].sha256.as_str(), tables.receipts[0].bytes),
        (&*sha256(line.as_bytes()), bytes.len() as u64)
    );
}

#[test]
fn a_file_whose_columns_do_not_fit_is_named() {
    let desk = registry();
    parquet(&desk, "r/year=2023/region=1/z.parquet", &[("name", &["丁"])]);
    let refusal = desk.refusal("[inputs.entities]\npath = \"r/\"\n");
    assert!(refusal.contains("region=1/z.parquet") && refusal.contains("entity_id"), "{refusal}");
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![440_301_103_097_413]));
    let moment: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![1]).with_timezone("UTC"));
    write(
        &desk,
        "r/year=2023/region=1/z.parquet",
        &RecordBatch::try_from_iter([("entity_id", ids.clone()), ("name", moment)]).expect("a batch"),
    );
    let refusal = desk.refusal("[inputs.entities]\npath = \"r/\"\n");
    assert!(refusal.contains("region=1/z.parquet") && refusal.contains("\"name\""), "{refusal}");
    // Ids may be numbers in one file and texts in another.
    write(&desk, "r/year=2023/region=1/z.parquet", &RecordBatch::try_from_iter([("entity_id", ids)]).expect("a batch"));
    let tables = desk.read("[inputs.entities]\npath = \"r/\"\n").expect("a folder");
    assert_eq!(tables.ids(), [C, B, A]);
    let found: Vec<&str> = tables.quarantine.iter().map(|row| row.reason.code()).collect();
    assert_eq!(found, ["missing-key", "duplicate-key", "duplicate-key"], "two of the three are of the files before");
    desk.put("r/year=2023/region=1/z.parquet", "PAR1 and nothing more");
    let refusal = desk.refusal("[inputs.entities]\npath = \"r/\"\n");
    assert!(refusal.contains("region=1/z.parquet cannot be read"), "{refusal}");
}

#[test]
fn a_later_file_may_call_its_columns_otherwise() {
    let desk = Desk::new();
    parquet(&desk, "r/a.parquet", &[("entity_id", &[A]), ("name", &["甲公司"])]);
    parquet(&desk, "r/b.parquet", &[("企业名称", &["乙"]), ("统一社会信用代码", &[B])]);
    let tables = desk.read("[inputs.entities]\npath = \"r/\"\n").expect("a folder");
    assert_eq!((tables.ids(), tables.texts("name")), (vec![B.to_owned(), A.to_owned()], texts(&["乙", "甲公司"])));
}

#[test]
fn folders_without_parquet_files_are_refused() {
    let desk = registry();
    for path in ["r/year=1999/*.parquet", "r/_delta/x*.parquet"] {
        let refusal = desk.refusal(&format!("[inputs.entities]\npath = \"{path}\"\n"));
        assert!(refusal.contains(path), "{refusal}");
    }
    std::fs::create_dir(desk.path("empty")).expect("a folder");
    assert!(desk.refusal("[inputs.entities]\npath = \"empty/\"\n").contains("no Parquet file is found for empty/"));
}
