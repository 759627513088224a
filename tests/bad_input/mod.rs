//! Bad input: a table of cases, each run through the binary by `check` and by `run`.
//!
//! A case is refused (exit code and words of the message) or accepted (rows set aside with their reasons, warnings, cells
//! of the frame). Whatever the case, the program does not panic, `check` writes nothing, a refused run leaves every
//! file as it was, and an accepted run accounts for every row and is confirmed by `verify`.

mod cells;
mod encodings;
mod files;
mod ids;
mod places;
mod plans;
mod problems;
mod rows;
mod tables;
mod values;

use crate::support::{Project, drawing, entity_id, plan};
use problems::Problems;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Headers of most registries here.
const HEADER: &str = "entity_id,name,status\n";

/// A registry of these lines under [`HEADER`].
fn registry(lines: &[String]) -> String {
    lines.iter().fold(HEADER.to_owned(), |text, line| text + line + "\n")
}

/// A live entity: `id,name,live`.
fn live(index: usize) -> String {
    format!("{},企业{index},live", entity_id(index))
}

/// A plan that draws one entity, with `rest` added.
fn drawing_with(rest: &str) -> String {
    plan(&format!("{}\n{rest}", drawing(1)))
}

/// A plan over another file than `registry.csv`, with further keys under `[inputs.entities]`.
fn reading(entities: &str) -> String {
    drawing_with("").replace("path = \"registry.csv\"", entities)
}

/// One bad input and what the program makes of it.
struct Case {
    name: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
    plan: Vec<u8>,
    expected: Expected,
}

enum Expected {
    Refused { code: i32, words: Vec<String> },
    Accepted(Accepted),
}

#[derive(Default)]
struct Accepted {
    /// (file, row, reason), all of them in order.
    set_aside: Vec<(String, u64, &'static str)>,
    /// (code, word of its text), all of them.
    warnings: Vec<(&'static str, String)>,
    /// (entity, column of frame.parquet, value).
    cells: Vec<(String, &'static str, Option<String>)>,
    /// (file, row, raw text).
    raw: Vec<(String, u64, String)>,
    /// Entities in the frame.
    entities: Option<usize>,
    /// Encoding or format of the first input.
    read_as: Option<&'static str>,
}

/// A case that is refused with this exit code and a message that holds all of `words`.
fn refused(name: &'static str, code: i32, words: &[&str]) -> Case {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Case { expected: Expected::Refused { code, words }, ..accepted(name) }
}

/// A case that is accepted; nothing is set aside and nothing is warned of, unless said otherwise.
fn accepted(name: &'static str) -> Case {
    Case {
        name,
        files: Vec::new(),
        plan: drawing_with("").into_bytes(),
        expected: Expected::Accepted(Accepted::default()),
    }
}

impl Case {
    /// With `registry.csv`.
    fn registry(self, bytes: impl AsRef<[u8]>) -> Self {
        self.file("registry.csv", bytes)
    }

    fn file(mut self, name: &'static str, bytes: impl AsRef<[u8]>) -> Self {
        self.files.push((name, bytes.as_ref().to_vec()));
        self
    }

    fn plan(mut self, plan: impl AsRef<[u8]>) -> Self {
        self.plan = plan.as_ref().to_vec();
        self
    }

    /// One more word that the refusal holds.
    fn says(mut self, word: impl Into<String>) -> Self {
        match &mut self.expected {
            Expected::Refused { words, .. } => words.push(word.into()),
            Expected::Accepted(_) => panic!("{}: only a refusal says words", self.name),
        }
        self
    }

    fn accepting(mut self, add: impl FnOnce(&mut Accepted)) -> Self {
        match &mut self.expected {
            Expected::Accepted(accepted) => add(accepted),
            Expected::Refused { .. } => panic!("{}: a refused case has no output", self.name),
        }
        self
    }

    /// Rows of `registry.csv` that are set aside: (row, reason).
    fn set_aside(self, rows: &[(u64, &'static str)]) -> Self {
        self.set_aside_of("registry.csv", rows)
    }

    fn set_aside_of(self, file: &str, rows: &[(u64, &'static str)]) -> Self {
        self.accepting(|it| it.set_aside.extend(rows.iter().map(|&(row, reason)| (file.to_owned(), row, reason))))
    }

    fn warns(self, code: &'static str, word: impl Into<String>) -> Self {
        self.accepting(|it| it.warnings.push((code, word.into())))
    }

    /// A cell of frame.parquet.
    fn cell(self, id: impl Into<String>, column: &'static str, value: &str) -> Self {
        self.accepting(|it| it.cells.push((id.into(), column, Some(value.to_owned()))))
    }

    /// A cell of frame.parquet that is null.
    fn null(self, id: impl Into<String>, column: &'static str) -> Self {
        self.accepting(|it| it.cells.push((id.into(), column, None)))
    }

    /// Raw text of a row of `registry.csv` that was set aside.
    fn raw(self, row: u64, text: &str) -> Self {
        self.accepting(|it| it.raw.push(("registry.csv".to_owned(), row, text.to_owned())))
    }

    fn entities(self, count: usize) -> Self {
        self.accepting(|it| it.entities = Some(count))
    }

    fn read_as(self, word: &'static str) -> Self {
        self.accepting(|it| it.read_as = Some(word))
    }

    /// Everything that is not as it should be.
    fn problems(&self) -> Vec<String> {
        let project = Project::new();
        for (name, bytes) in &self.files {
            project.write(name, bytes);
        }
        project.write("plan.toml", &self.plan);
        let before = tree(&project.path(""));
        let mut problems = Problems::default();

        let checked = project.fairdraw(&["check", "plan.toml"]);
        problems.of_command("check", &checked, &self.expected);
        problems.unless(tree(&project.path("")) == before, || "check: files were changed".to_owned());

        let ran = project.fairdraw(&["run", "plan.toml"]);
        problems.of_command("run", &ran, &self.expected);
        match &self.expected {
            Expected::Refused { .. } => {
                let mut after = tree(&project.path(""));
                // The lock file stays, so that two runs never hold different ones.
                after.retain(|path, _| !path.ends_with(".run.lock"));
                problems.unless(after == before, || format!("run: left {:?}", after.keys().collect::<Vec<_>>()));
            }
            Expected::Accepted(_) if ran.code() != 0 => {}
            Expected::Accepted(expected) => {
                problems.of_accounts(&project);
                problems.of_output(&project, expected);
                let verified = project.fairdraw(&["verify", "out/run", "--plan", "plan.toml"]);
                problems.of_command("verify", &verified, &Expected::Accepted(Accepted::default()));
            }
        }
        problems.0.iter().map(|problem| format!("{}: {problem}", self.name)).collect()
    }
}

/// Runs all cases; fails with everything that went wrong in any of them.
fn assert_cases(cases: Vec<Case>) {
    let mut names: Vec<&str> = cases.iter().map(|case| case.name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two cases have one name: {names:?}");
    let problems: Vec<String> = cases.iter().flat_map(Case::problems).collect();
    assert!(problems.is_empty(), "{} problems\n\n{}", problems.len(), problems.join("\n\n"));
}

/// Every file below a folder with its bytes; folders do not count.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(tree(&path));
        } else {
            files.insert(path.display().to_string(), fs::read(&path).expect("a file"));
        }
    }
    files
}
