//! Sizes that the frame cannot give, and output folders that cannot be written.

use super::*;

/// Two entities in 500118, one in 500101.
fn regions() -> String {
    let row = |(index, region): (usize, &str)| format!("{},live,{region}\n", entity_id(index));
    let rows: String = ["500118", "500118", "500101"].into_iter().enumerate().map(row).collect();
    format!("entity_id,status,region\n{rows}")
}

fn by_region(count: u64, more: &str) -> String {
    plan(&format!("{}\n[strata]\nby = [\"region\"]\n{more}\n", drawing(count)))
}

#[test]
fn sizes_that_the_frame_cannot_give_are_refused_with_both_numbers() {
    let gone = |index: usize, status: &str| format!("{},企业{index},{status}", entity_id(index));
    assert_cases(vec![
        refused(
            "nobody is eligible",
            4,
            &["none of the 3 entities is eligible", "status: deregistered: 2", "revoked: 1"],
        )
        .registry(registry(&[gone(1, "注销"), gone(2, "吊销"), gone(3, "注销")])),
        refused("nobody is in scope", 4, &["none of the 3 entities is eligible", "outside-scope: region: 3"])
            .registry(regions())
            .plan(drawing_with("[eligibility]\nregions = [\"11\"]\n")),
        refused("more than there are", 4, &["3 are to be drawn, and 2 can be", "lower `size`"])
            .registry(registry(&[live(1), live(2), gone(3, "注销")]))
            .plan(plan(&drawing(3))),
        refused("more than numbers go", 4, &["18446744073709551615 are to be drawn, and 1 can be"])
            .registry(registry(&[live(1)]))
            .plan(plan(&drawing(u64::MAX))),
        refused("a floor above the sample", 4, &["strata.at-least asks for 2", "more than the 1 to be drawn"])
            .registry(regions())
            .plan(by_region(1, "at-least = 1")),
        refused("a cap without room", 4, &["strata.at-most leaves room for 2 of the 3"])
            .registry(regions())
            .plan(by_region(3, "at-most = 1")),
        accepted("a floor above a stratum")
            .registry(regions())
            .plan(by_region(3, "at-least = 2"))
            .warns("floor-unmet", "stratum `500101`: at least 2 asked, 1 can be drawn")
            .cell(entity_id(2), "drawn", "true"),
        refused("strata by a column that the file lacks", 3, &["registry.csv, row 1", "the column region"])
            .registry(registry(&[live(1)]))
            .plan(by_region(1, "")),
        refused("a column to keep that the file lacks", 3, &["registry.csv, row 1", "the column capital"])
            .registry(registry(&[live(1)]))
            .plan(drawing_with("").replace("folder = \"out/run\"", "folder = \"out/run\"\nkeep = [\"capital\"]")),
        accepted("a reserve beyond everyone")
            .registry(registry(&[live(1), live(2), live(3)]))
            .plan(drawing_with("").replace("reserve = 3", "reserve = 9223372036854775807"))
            .entities(3),
    ]);
}

#[test]
fn a_folder_that_is_somebody_elses_is_never_touched() {
    let sound = || registry(&[live(1), live(2)]);
    assert_cases(vec![
        refused("a folder of other files", 5, &["out/run", "is not a fairdraw run folder", "no manifest.json"])
            .registry(sound())
            .file("out/run/holiday.txt", "do not lose me"),
        refused("a folder with another manifest", 5, &["is not a fairdraw run folder", "not written by fairdraw"])
            .registry(sound())
            .file("out/run/manifest.json", "{ \"name\": \"web app\" }"),
        refused("a file where the folder should be", 2, &["output.folder", "there is a file of this name"])
            .registry(sound())
            .file("out/run", "a file"),
        refused("a file where the parent folder should be", 5, &["cannot create the folder", "out"])
            .registry(sound())
            .file("out", "a file"),
        refused("the folder of the plan", 2, &["output.folder", "the folder holds the plan itself"])
            .registry(sound())
            .plan(drawing_with("").replace("out/run", ".")),
        refused("the folder of an input", 2, &["output.folder", "the folder holds the input \"data/registry.csv\""])
            .file("data/registry.csv", sound())
            .plan(drawing_with("").replace("registry.csv", "data/registry.csv").replace("out/run", "data")),
    ]);
}

#[test]
fn a_refused_run_leaves_the_previous_output_byte_for_byte() {
    let project = Project::new();
    project.write("plan.toml", drawing_with("[weight]\ncolumn = \"size\"\n"));
    let with_weight =
        |weight: &str| format!("entity_id,status,size\n{},live,1\n{},live,{weight}\n", entity_id(1), entity_id(2));
    project.write("registry.csv", with_weight("2"));
    project.fairdraw(&["run", "plan.toml"]).good();
    let before = project.bytes("out/run");
    for (bad, code, words) in
        [(with_weight("NaN"), 3, "size is \"NaN\""), (with_weight("1").replace("live", "注销"), 4, "none of the 2")]
    {
        project.write("registry.csv", bad);
        project.fairdraw(&["run", "plan.toml"]).bad(code, &[words]);
        assert_eq!(project.bytes("out/run"), before);
    }
    project.fairdraw(&["verify", "out/run"]).good();
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_or_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let allow =
        |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    let project = Project::new();
    let registry = project.write("registry.csv", registry(&[live(1), live(2)]));
    let plan = project.write("plan.toml", drawing_with(""));
    allow(&registry, 0o000);
    if fs::read(&registry).is_ok() {
        // The superuser reads everything.
        return;
    }
    project.fairdraw(&["run", "plan.toml"]).bad(3, &["registry.csv cannot be read", "[inputs.entities]", "permission"]);
    project.fairdraw(&["check", "plan.toml"]).bad(3, &["registry.csv cannot be read"]);
    allow(&registry, 0o644);
    let out = project.path("out");
    assert!(!out.join("run").exists());
    allow(&out, 0o555);
    project.fairdraw(&["run", "plan.toml"]).bad(5, &["out", "right to write there"]);
    allow(&out, 0o755);
    allow(&plan, 0o000);
    project.fairdraw(&["run", "plan.toml"]).bad(2, &["plan.toml cannot be read", "permissions"]);
    allow(&plan, 0o644);
    project.fairdraw(&["run", "plan.toml"]).good();
}
