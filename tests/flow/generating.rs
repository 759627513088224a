//! Populations and ratings made by the program.

use super::*;

#[test]
fn a_population_is_the_same_at_any_number_of_threads() {
    let project = Project::new();
    for format in ["csv", "csv-gb18030.gz", "xlsx", "parquet"] {
        let mut first = None;
        for threads in ["1", "2", "7"] {
            let arguments = [
                "generate",
                "--rows",
                "1500",
                "--dirt",
                "0.1",
                "--output",
                "pop",
                "--format",
                format,
                "--threads",
                threads,
            ];
            let _ = std::fs::remove_dir_all(project.path("pop"));
            project.fairdraw(&arguments).good();
            let bytes = project.bytes("pop");
            assert_eq!(bytes.len(), 6, "{:?}", bytes.keys());
            assert!(*first.get_or_insert_with(|| bytes.clone()) == bytes, "{format} at {threads} threads");
        }
    }
}

#[test]
fn another_seed_gives_another_population() {
    let project = Project::new();
    project.fairdraw(&["generate", "--rows", "300", "-o", "one", "--seed", "one"]).good();
    project.fairdraw(&["generate", "--rows", "300", "-o", "two", "--seed", "two"]).good();
    assert!(project.bytes("one")["registry.csv"] != project.bytes("two")["registry.csv"]);
}

#[test]
fn ratings_made_for_a_registry_join_it_fully() {
    let project = Project::new();
    project.registry("registry.csv", 2_000);
    project.fairdraw(&["generate", "--for", "registry.csv", "--preset", "yongchuan", "--output", "ratings"]).good();
    let files = project.bytes("ratings");
    assert!(!files.contains_key("registry.csv"), "the registry is not written again");
    let inputs = "[inputs.credit]\npath = \"ratings/credit.csv\"\n\n[inputs.flags]\npath = \"ratings/flags.csv\"\n\n\
        [inputs.ledger]\npath = \"ratings/ledger.csv\"\n\n[inputs.inspectors]\npath = \"ratings/inspectors.csv\"\n\n\
        [inputs.risk.integrated]\npath = \"ratings/risk-integrated.csv\"\ndirection = \"higher-is-riskier\"\nrange = [0, 1000]\n\n";
    let size = "[size]\nshare = 0.02\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\n";
    project.write("plan.toml", plan(&format!("{inputs}{WEIGHT}{size}")));
    project.fairdraw(&["run", "plan.toml"]).good();
    assert_eq!(warning_codes(&project, "out/run"), Vec::<String>::new());
    let manifest = project.manifest("out/run");
    for input in manifest["inputs"].as_array().expect("inputs") {
        assert_eq!(input["quarantined"], 0, "{input}");
        assert_eq!(input["accepted"], input["rows_read"], "{input}");
        assert_eq!(input["warnings"].as_array().map(Vec::len), Some(0), "{input}");
    }
    let frame = project.table("out/run/frame.parquet");
    let rated = frame.iter().filter(|row| row["grade"] != "unrated").count();
    let scored = frame.iter().filter(|row| row.contains_key("score_integrated")).count();
    assert!(rated > 1_500 && scored > 1_500, "{rated} {scored}");
}

#[test]
fn a_generated_population_runs_and_its_rows_are_accounted_for() {
    let project = Project::new();
    project.fairdraw(&["generate", "--rows", "3000", "--dirt", "0.2", "-o", "."]).good();
    let inputs = "[inputs.credit]\npath = \"credit.csv\"\n\n";
    let size = "[size]\nshare = 0.01\n\n[draw]\nseed = \"public dice 3 1 6 2\"\nstream = \"2023\"\n";
    project.write("plan.toml", plan(&format!("{inputs}{WEIGHT}{size}")));
    project.fairdraw(&["run", "plan.toml"]).good();
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
    let manifest = project.manifest("out/run");
    let mut quarantined = 0;
    for input in manifest["inputs"].as_array().expect("inputs") {
        let count = |name: &str| input[name].as_u64().expect("a count");
        assert_eq!(count("accepted") + count("quarantined"), count("rows_read"));
        quarantined += count("quarantined");
    }
    assert!(quarantined > 0);
    assert_eq!(project.table("out/run/quarantine.parquet").len() as u64, quarantined);
}

#[test]
fn a_request_that_cannot_be_met_is_refused() {
    let project = Project::new();
    project.fairdraw(&["generate", "--preset", "atlantis", "-o", "pop"]).bad(2, &["atlantis", "yongchuan"]);
    project.fairdraw(&["generate", "--format", "pdf", "-o", "pop"]).bad(2, &["pdf", "csv"]);
    let outcome = project.fairdraw(&["generate", "--dirt", "0.9", "-o", "pop"]);
    assert_ne!(outcome.code(), 0);
    assert!(!project.path("pop").exists());
    project.fairdraw(&["generate", "--for", "nowhere.csv", "-o", "pop"]).bad(3, &["nowhere.csv"]);
    assert!(!project.path("pop").exists());
}
