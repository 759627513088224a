//! What goes public: the certificate and the list. What the certificate's script computes is tested in a browser.

use super::*;
use crate::support::drawing;

fn published(rest: &str) -> Project {
    let project = project(60, rest);
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).good();
    project
}

/// What the script of a certificate reads.
fn data(project: &Project, page: &str) -> serde_json::Value {
    let page = std::fs::read_to_string(project.path("out/run.public").join(page)).expect("a page");
    let start = "<script id=\"data\" type=\"application/json\">";
    let text = page.split_once(start).and_then(|(_, rest)| rest.split_once("</script>")).expect("data").0;
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_certificate_holds_the_list_as_it_is_published() {
    let project = published(&drawing(9));
    for page in ["certificate.html", "certificate.zh.html"] {
        let data = data(&project, page);
        let rows = data["draws"][0]["rows"].as_array().expect("rows");
        let table = project.table("out/run/draw.parquet");
        assert_eq!((rows.len(), data["seed"].as_str()), (table.len(), Some("public dice 3 1 6 2")));
        for (row, published) in rows.iter().zip(&table) {
            assert_eq!(row[0], published["entity_id"].as_str());
            assert_eq!(row[5], published["ticket"].as_str());
            assert!(near(row[6].as_f64().expect("π"), number(published, "pi")));
            // The test's own reader of JSON may miss the last bit; a browser's does not.
            assert!(near(row[7].as_f64().expect("a key"), number(published, "key")));
        }
        let cut = project.manifest("out/run")["strata"][0]["cut_line"].as_str().and_then(|cut| cut.parse().ok());
        assert!(near(data["draws"][0]["strata"][0]["cut"].as_f64().expect("a cut line"), cut.expect("a cut line")));
    }
    // The list for spreadsheets: a byte order mark, a row each.
    let list = std::fs::read_to_string(project.path("out/run.public/certificate.csv")).expect("a list");
    assert!(list.starts_with('\u{feff}') && list.lines().count() == 1 + project.table("out/run/draw.parquet").len());
    // Every entity stands in the file of its id's first byte.
    let mut found = 0;
    for entry in std::fs::read_dir(project.path("out/run.public/certificate-data")).expect("a folder") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        found += text.lines().filter(|line| line.starts_with('"')).count();
    }
    assert_eq!(found, 60);
    let before = project.bytes("out/run");
    project.fairdraw(&["publish", "out/run"]).good();
    assert!(before == project.bytes("out/run"), "the run stays as it is");
    project.fairdraw(&["verify", "out/run"]).good();
}

#[test]
fn a_name_cannot_end_the_script_and_no_cell_is_a_formula() {
    let project = project(20, &drawing(20));
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    let registry = registry.replace("企业1,", "</script><script>alert(1)</script>,").replace("企业2,", "=1+1,");
    project.write("registry.csv", registry);
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).good();
    let page = std::fs::read_to_string(project.path("out/run.public/certificate.html")).expect("a page");
    assert!(!page.contains("<script>alert"));
    let names = data(&project, "certificate.html")["draws"][0]["rows"].to_string();
    assert!(names.contains("</script><script>alert(1)</script>"));
    let list = std::fs::read_to_string(project.path("out/run.public/certificate.csv")).expect("a list");
    assert!(list.contains(",'=1+1,"), "{list}");
}

#[test]
fn a_round_with_spread_is_certified_with_its_arcs() {
    let round = |name: &str, as_of: &str| {
        format!(
            "name = \"{name}\"\nas-of = {as_of}\n\n[inputs]\nrounds = [\"out/q*\"]\n\n[inputs.entities]\npath = \"registry.csv\"\n\n[size]\ncount = 12\n\n[draw]\nseed = \"dice of {name}\"\nstream = \"s\"\nspread = true\nreserve = 2\n\n[[tasks]]\nid = \"T1\"\n\n[output]\nfolder = \"out/{name}\"\n"
        )
    };
    let project = Project::new();
    project.registry("registry.csv", 60);
    for (name, as_of) in [("q1", "2023-02-07"), ("q2", "2023-05-08")] {
        project.write("plan.toml", round(name, as_of));
        project.fairdraw(&["run", "plan.toml"]).good();
    }
    project.fairdraw(&["publish", "out/q2", "--output", "out/run.public"]).good();
    let data = data(&project, "certificate.html");
    let rows = data["draws"][0]["rows"].as_array().expect("rows");
    assert_eq!((data["draws"][0]["task"].as_str(), data["shards"].as_bool()), (Some("T1"), Some(false)));
    assert!(rows.iter().any(|row| row[8].is_array()), "arcs before the round");
}

#[test]
fn what_nobody_can_recompute_has_no_certificate() {
    let project = Project::new();
    let mut registry = String::from("entity_id,name,status,own\n");
    (0..20).for_each(|own| registry += &format!("{},企业{own},live,0.{:03}\n", entity_id(own), own * 37 + 5));
    project.write("registry.csv", registry);
    project.write("plan.toml", plan("[size]\ncount = 3\n\n[draw]\nprn-column = \"own\"\n"));
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["publish", "out/run"]).bad(2, &["own random numbers"]);
    project.fairdraw(&["publish", "out/nothing"]).bad(3, &["out/nothing"]);
    assert!(!project.path("out/run.public").exists());
}
