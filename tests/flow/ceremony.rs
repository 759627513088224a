//! The seed ceremony: the commitment comes before the seed.

use super::*;

const REST: &str = "[strata]\nby = [\"region\"]\n\n[size]\ncount = 20\n\n[draw]\nstream = \"2023\"\nseed-source = \"dice of the notary, 2023-02-08\"\n";
const SEED: &str = "dice 4 6 1 1 3 5";

fn committed() -> (Project, String) {
    let project = project(200, &format!("{CREDIT}{WEIGHT}{REST}"));
    credit(&project, 200, mixed);
    let commitment = commit(&project);
    (project, commitment)
}

fn commit(project: &Project) -> String {
    let printed = project.fairdraw(&["commit", "plan.toml"]).good().stdout();
    let parts: serde_json::Value = serde_json::from_str(&printed).expect("JSON");
    for part in ["contract", "fairdraw", "plan_name", "plan", "frame", "sizes"] {
        assert!(parts[part].is_string(), "{printed}");
    }
    parts["commitment"].as_str().expect("a commitment").to_owned()
}

fn run(commitment: &str) -> Vec<&str> {
    vec!["run", "plan.toml", "--seed", SEED, "--commitment", commitment]
}

#[test]
fn a_committed_plan_runs_with_the_seed_that_came_later() {
    let (project, commitment) = committed();
    assert_eq!(commitment.len(), 64);
    assert!(!project.path("out").exists(), "a commitment writes nothing");
    project.fairdraw(&["run", "plan.toml"]).bad(2, &["draw.seed", "--seed"]);
    project.fairdraw(&run(&commitment)).good();
    assert_eq!(project.manifest("out/run")["commitment"], commitment.as_str());
    let said = project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good().stdout();
    for words in ["the published commitment", SEED, "dice of the notary, 2023-02-08"] {
        assert!(said.contains(words), "{words:?}: {said}");
    }
    // Upper case and blanks are the same commitment.
    project.fairdraw(&run(&format!(" {} ", commitment.to_uppercase()))).good();
    assert_eq!(commit(&project), commitment);
}

#[test]
fn any_change_of_plan_or_input_since_the_commitment_is_refused() {
    let (project, commitment) = committed();
    project.fairdraw(&run(&commitment)).good();
    let before = project.bytes("out/run");
    let id = entity_id(30);
    let changes: [(&str, &str, String, String); 8] = [
        ("a comment in the plan", "plan.toml", "[size]".into(), "# louder\n[size]".into()),
        ("a factor", "plan.toml", "D = 4".into(), "D = 4.000001".into()),
        ("the size", "plan.toml", "count = 20".into(), "count = 21".into()),
        ("a status", "registry.csv", "企业30,live".into(), "企业30,revoked".into()),
        ("a region", "registry.csv", "企业30,live,500118".into(), "企业30,live,500101".into()),
        ("an entity less", "registry.csv", format!("{id},"), ",".into()),
        ("a grade", "credit.csv", format!("{id},C"), format!("{id},D")),
        ("a colour", "credit.csv", format!("{},D,none", entity_id(3)), format!("{},D,yellow", entity_id(3))),
    ];
    for (what, file, from, to) in changes {
        let text = std::fs::read_to_string(project.path(file)).expect("a text");
        assert!(text.contains(&from), "{what}: {from}");
        project.write(file, text.replacen(&from, &to, 1));
        let now = commit(&project);
        assert_ne!(now, commitment, "{what}");
        // A changed plan is another run: the folder is asked for first.
        let arguments = [&run(&commitment)[..], &["--replace"]].concat();
        project.fairdraw(&arguments).bad(1, &[&commitment, &now, "something changed"]);
        assert!(before == project.bytes("out/run"), "{what}: the previous output stays");
        project.write(file, text);
    }
    project.fairdraw(&run(&commitment)).good();
    project.fairdraw(&[&run("0f")[..], &["--replace"]].concat()).bad(1, &["0f"]);
}

/// With random numbers that the agency keeps there is no seed to come later: the numbers themselves must be committed to.
#[test]
fn a_permanent_random_number_changed_since_the_commitment_is_refused() {
    let project = Project::new();
    let rows: String = (0..40).map(|index| format!("{},live,0.{:02}\n", entity_id(index), index + 10)).collect();
    let registry = format!("entity_id,status,prn\n{rows}");
    project.write("registry.csv", &registry);
    project.write("plan.toml", plan("[size]\ncount = 5\n\n[draw]\nprn-column = \"prn\"\n"));
    let commitment = commit(&project);
    project.fairdraw(&["run", "plan.toml", "--commitment", &commitment]).good();
    project.write("registry.csv", registry.replacen(",0.12", ",0.92", 1));
    project.fairdraw(&["run", "plan.toml", "--commitment", &commitment]).bad(1, &["something changed"]);
}

#[test]
fn verify_holds_a_run_to_the_seed_and_the_commitment_that_were_announced() {
    let (project, commitment) = committed();
    project.fairdraw(&run(&commitment)).good();
    project.fairdraw(&["verify", "out/run", "--seed", SEED, "--commitment", &commitment.to_uppercase()]).good();
    project.fairdraw(&["verify", "out/run", "--seed", "dice 1"]).bad(1, &["seed", SEED, "announced \"dice 1\""]);
    project.fairdraw(&["verify", "out/run", "--commitment", "0f"]).bad(1, &["commitment", "announced 0f"]);
    let said = project.fairdraw(&["verify", "out/run"]).good().stdout();
    assert!(said.contains("not compared with what was announced"), "{said}");
    // The seed is still to come when the folder is looked at.
    project.fairdraw(&["check", "plan.toml"]).good();
    // A run without a commitment does not pass for the committed one.
    project.fairdraw(&["run", "plan.toml", "--seed", SEED, "--output", "out/free"]).good();
    project.fairdraw(&["verify", "out/free", "--commitment", &commitment]).bad(1, &["published no commitment"]);
    let said = project.fairdraw(&["verify", "out/free"]).good().stdout();
    assert!(said.contains("bound by no commitment, although"), "{said}");
}

#[test]
fn a_plan_has_one_seed() {
    let project = project(50, "[size]\ncount = 5\n\n[draw]\nstream = \"2023\"\nseed = \"dice 4 6 1 1\"\n");
    project
        .fairdraw(&["run", "plan.toml", "--seed", "my cousin wins 42"])
        .bad(2, &["--seed", "not the seed that the plan names"]);
    assert!(!project.path("out").exists());
    project.fairdraw(&["run", "plan.toml", "--seed", "dice 4 6 1 1"]).good();
    let both = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("both.toml", both.replace("stream", "seed-source = \"dice\"\nstream"));
    project.fairdraw(&["check", "both.toml"]).bad(2, &["draw.seed-source", "--seed"]);
}

#[test]
fn a_seed_from_nowhere_is_warned_of() {
    let project = project(50, "[size]\ncount = 5\n\n[draw]\nstream = \"2023\"\n");
    let commit = project.fairdraw(&["commit", "plan.toml"]).good();
    assert!(commit.stderr().contains("no-seed-source"), "{}", commit.stderr());
    project.fairdraw(&["run", "plan.toml", "--seed", SEED]).good();
    assert_eq!(warning_codes(&project, "out/run"), ["no-seed-source"]);
    project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]).good();
}

#[test]
fn a_plan_that_names_its_seed_cannot_be_committed() {
    let project = project(50, "[size]\ncount = 5\n\n[draw]\nstream = \"2023\"\nseed = \"dice 4 6 1 1\"\n");
    let outcome = project.fairdraw(&["commit", "plan.toml"]).bad(2, &["already names its seed", "remove draw.seed"]);
    assert!(outcome.stdout().is_empty());
    // Nor can it be run as if it had been committed.
    project.fairdraw(&["run", "plan.toml", "--commitment", "00"]).bad(2, &["already names its seed"]);
}
