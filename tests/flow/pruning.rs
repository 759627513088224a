//! Old runs go, and never one that a later one needs.

use super::*;
use crate::support::drawing;

/// Seven draws of one plan, a week apart, each in a folder of its own; figures of the second; a draw from the frame of the third.
fn year() -> Project {
    let project = Project::new();
    project.registry("registry.csv", 300);
    for week in 1..=7 {
        let text = plan(&drawing(10)).replace("2023-02-07", &format!("2023-03-{:02}", week * 4));
        let name = format!("week-{week}");
        project.write(&format!("{name}.toml"), text.replace("out/run", &format!("out/{name}")));
        project.fairdraw(&["run", &format!("{name}.toml"), "--quiet"]).good();
    }
    project.write(
        "results.csv",
        format!("统一社会信用代码,检查部门,检查日期,检查结果,检查类型\n{},税务局,2023-03-20,1,双随机\n", entity_id(1)),
    );
    project.write(
        "figures.toml",
        "name = \"figures\"\nas-of = 2023-12-31\n[inputs]\ndraws = [\"out/week-2\"]\n[inputs.results]\npath = \"results.csv\"\n\
         [output]\nfolder = \"out/figures\"\n",
    );
    project.fairdraw(&["kpi", "figures.toml", "--quiet"]).good();
    let again = plan(&drawing(5)).replace("\"test\"", "\"again\"").replace("registry.csv", "out/week-3/frame.parquet");
    project.write("again.toml", again.replace("out/run", "out/again"));
    project.fairdraw(&["run", "again.toml", "--quiet"]).good();
    project
}

fn standing(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(project.path("out"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_old_goes_with_what_belongs_to_it_and_what_is_needed_stays() {
    let project = year();
    project.fairdraw(&["publish", "out/week-1", "--quiet"]).good();
    project.write("out/week-4/notes.txt", "mine");
    std::os::unix::fs::symlink("week-3", project.path("out/latest")).expect("a link");
    let before = standing(&project);
    let told = project.fairdraw(&["prune", "out", "--keep", "2", "--dry-run"]).good().stdout();
    assert_eq!(standing(&project), before);
    for line in [
        "2023-03-04  week-1  would be removed",
        "2023-03-08  week-2  kept: figures needs it",
        "2023-03-12  week-3  kept: latest needs it",
        "2023-03-16  week-4  kept: not of the program: notes.txt",
        "2023-03-20  week-5  would be removed",
        "2023-03-24  week-6  kept: among the newest of its plan",
        "2 of 9 runs would be removed",
    ] {
        assert!(told.lines().any(|own| own == line), "{line}\n{told}");
    }
    // Eight days: of those beyond the newest two, only week 5 is that young.
    project.fairdraw(&["prune", "out", "--keep", "2", "--older-than", "8"]).good();
    assert_eq!(
        standing(&project),
        ["again", "figures", "latest", "week-2", "week-3", "week-4", "week-5", "week-6", "week-7"]
    );
    project.fairdraw(&["prune", "out", "--keep", "2"]).good();
    assert_eq!(standing(&project), ["again", "figures", "latest", "week-2", "week-3", "week-4", "week-6", "week-7"]);
    // What stays is whole.
    for name in ["week-2", "week-3", "week-6", "again", "figures"] {
        project.fairdraw(&["verify", &format!("out/{name}")]).good();
    }
    project.fairdraw(&["verify", "out/figures", "--plan", "figures.toml"]).good();
    project.fairdraw(&["prune", "out", "--keep", "0"]).bad(2, &["--keep"]);
    project.fairdraw(&["prune", "nowhere", "--keep", "1"]).bad(5, &["nowhere"]);
}

#[test]
fn rounds_that_a_kept_round_counts_are_kept_with_all_before_them() {
    let project = three_rounds();
    for round in ["q1", "q2", "q3"] {
        project.fairdraw(&["run", &format!("{round}.toml"), "--quiet"]).good();
    }
    let told = project.fairdraw(&["prune", "out", "--keep", "1"]).good().stdout();
    assert!(told.contains("q1  kept: q3 needs it") && told.contains("0 of 3 runs removed"), "{told}");
}
