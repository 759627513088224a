//! Codes of entities and inspectors: unique, recomputed, kept over the rounds.

use super::*;

/// A round with inspectors of three departments, whose registry has registration dates.
fn project(codes: &str) -> Project {
    let project = assigning::project("[assign]\nborrow = true\n");
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    project.write("plan.toml", plan.replace("[assign]", &format!("{codes}[assign]")));
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    let with_date = |(at, line): (usize, &str)| match at {
        0 => format!("{line},成立日期\n"),
        1 => format!("{line},\n"),
        _ => format!("{line},2019-0{}-15\n", 1 + at % 9),
    };
    project.write("registry.csv", registry.lines().enumerate().map(with_date).collect::<String>());
    project
}

const CODES: &str = "[codes]\ndepartments = [\"市场监管局\", \"消防救援局\", \"公安局\"]\n\n";

#[test]
fn codes_are_unique_and_kept_by_later_rounds() {
    let project = project(CODES);
    project.fairdraw(&["run", "plan.toml"]).good();
    for folder in ["out/run", "out/run.teams"] {
        project.fairdraw(&["verify", folder]).good();
        project.fairdraw(&["verify", folder, "--plan", "plan.toml"]).good();
    }
    let entities = project.table("out/run/codes.parquet");
    let frame = frame(&project, "out/run");
    assert_eq!(entities.len(), frame.len());
    let of = |rows: &[Row]| rows.iter().map(|row| (row["id"].clone(), row["code"].clone())).collect::<BTreeMap<_, _>>();
    let distinct: BTreeSet<String> = of(&entities).into_values().collect();
    assert_eq!(distinct.len(), entities.len());
    for row in &entities {
        let date = frame[&row["id"]].get("registration_date").map_or("00000000".to_owned(), |day| day.replace('-', ""));
        assert!(row["code"].len() == 15 && row["code"].starts_with(&format!("1{date}")), "{row:?}");
    }
    let inspectors = project.table("out/run.teams/codes.parquet");
    let prefixes: BTreeMap<&str, &str> = inspectors.iter().map(|row| (row["id"].as_str(), &row["code"][..3])).collect();
    assert_eq!((inspectors.len(), prefixes["P000"], prefixes["P008"], prefixes["P090"]), (18, "101", "102", "103"));
    assert!(inspectors.iter().all(|row| row["code"].len() == 6 && row["given"] == "2023-02-07"));

    // The next round has an entity more and another one less, and a seed of its own.
    let registry = std::fs::read_to_string(project.path("registry.csv")).expect("a registry");
    let gone = entities[3]["id"].clone();
    let mut kept: String =
        registry.lines().filter(|line| !line.starts_with(&gone)).map(|line| format!("{line}\n")).collect();
    let new = entity_id(COUNT_BEYOND);
    kept += &format!("{new}{}\n", &registry.lines().last().expect("a row")[new.len()..]);
    project.write("registry.csv", kept);
    let plan = std::fs::read_to_string(project.path("plan.toml")).expect("a plan");
    let later =
        plan.replace("2023-02-07", "2023-04-07").replace("public dice", "other dice").replace("out/run", "out/later");
    project.write(
        "later.toml",
        later.replacen("[inputs.entities]", "[inputs]\nrounds = [\"out/run\"]\n\n[inputs.entities]", 1),
    );
    project.fairdraw(&["run", "later.toml"]).good();
    for folder in ["out/later", "out/later.teams"] {
        project.fairdraw(&["verify", folder]).good();
        project.fairdraw(&["verify", folder, "--plan", "later.toml"]).good();
    }
    let later = project.table("out/later/codes.parquet");
    assert_eq!(later.len(), entities.len() + 1, "who is gone keeps the code");
    let (before, after) = (of(&entities), of(&later));
    assert!(before.iter().all(|(id, code)| after[id] == *code));
    let given: Vec<&Row> = later.iter().filter(|row| row["given"] == "2023-04-07").collect();
    assert!(given.len() == 1 && given[0]["id"] == new && !before.values().any(|code| *code == given[0]["code"]));
    assert_eq!(project.table("out/later.teams/codes.parquet"), inspectors);
}

/// An index beyond those of the registry.
const COUNT_BEYOND: usize = 7_777;

#[test]
fn codes_that_cannot_be_given_are_refused_with_the_fix() {
    let plans: [(&str, &[&str]); 5] = [
        ("[codes]\ndigits = 0\n\n", &["codes.digits", "from 1 to 18"]),
        ("[codes]\npointer = 10\n\n", &["codes.pointer", "from 0 to 9"]),
        ("[codes]\ndepartments = [\"公安局\", \"公安局\"]\n\n", &["codes.departments", "has a number already"]),
        (
            "[codes]\ndigits = 1\ndepartments = [\"市场监管局\", \"消防救援局\", \"公安局\"]\n\n",
            &["nine tenths", "[codes]"],
        ),
        ("[codes]\ndepartments = [\"市场监管局\"]\n\n", &["消防救援局", "codes.departments"]),
    ];
    for (codes, words) in plans {
        let project = project(codes);
        project.fairdraw(&["run", "plan.toml"]).bad(2, words);
    }
    let own = super::project(60, "[codes]\n\n[size]\ncount = 6\n\n[draw]\nprn-column = \"own_number\"\n");
    own.fairdraw(&["check", "plan.toml"]).bad(2, &["codes", "prn-column"]);
}
