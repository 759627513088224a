//! What is drawn: the plan's one draw, or the tasks of a round.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::super::checked::{Draws, Task, Window};
use super::super::error::PlanErrors;
use super::super::file::PlanFile;
use super::super::locate::KeyPath;
use super::super::task_file::TaskFile;
use super::{Checker, Composed};
use crate::terms::{ItemKind, Level, Warning, days_of, normalise};

/// Most tasks of a round.
const MOST_TASKS: usize = 10_000;

/// Longest id of a task, in characters.
const LONGEST_ID: usize = 64;

impl Checker<'_> {
    /// What the plan draws.
    pub(super) fn draws(&mut self, file: &PlanFile, as_of: Date) -> Draws {
        let own = Composed::of_plan(file);
        if file.inputs.tasks.is_some() && !file.tasks.is_empty() {
            let help = "keep one of the two";
            self.refuse(&KeyPath::of("tasks"), "stand beside a table of tasks (inputs.tasks)", help);
        }
        let method = self.method(&own, as_of);
        if !own.for_tasks {
            return Draws::One(Box::new(method));
        }
        Draws::Tasks(self.tasks(&file.tasks, own, as_of))
    }

    /// The tasks of a table, which stands in this document, and the warnings; `file` is the plan.
    pub(in super::super) fn tasks_of_table(
        mut self,
        file: &PlanFile,
        tasks: &[TaskFile],
        as_of: Date,
    ) -> Result<(Vec<Task>, Vec<Warning>), PlanErrors> {
        let tasks = self.tasks(tasks, Composed::of_plan(file), as_of);
        self.errors.finish()?;
        Ok((tasks, self.warnings))
    }

    /// The tasks of a round, sorted by id; `plan` is what they leave out.
    fn tasks(&mut self, files: &[TaskFile], plan: Composed<'_>, as_of: Date) -> Vec<Task> {
        if files.len() > MOST_TASKS {
            let help = "divide the year into several plans";
            self.refuse(&KeyPath::of("tasks").index(MOST_TASKS), format!("more than {MOST_TASKS} tasks"), help);
            return Vec::new();
        }
        let mut ids: BTreeSet<String> = BTreeSet::new();
        let mut tasks: Vec<Task> = Vec::with_capacity(files.len());
        for (place, file) in files.iter().enumerate() {
            let at = KeyPath::of("tasks").index(place);
            let id = normalise(&file.id).into_owned();
            self.task_id(&at.key("id"), &id, &ids);
            let how = plan.how.of_task(file);
            let level = file.level.as_deref().and_then(Level::from_word).unwrap_or(Level::County);
            let of = Composed {
                inputs: plan.inputs,
                keep: plan.keep,
                at: at.clone(),
                how,
                level,
                lead: file.lead.clone(),
                for_tasks: false,
            };
            let method = self.method(&of, as_of);
            tasks.push(self.task(&at, file, id.clone(), method, as_of));
            ids.insert(id);
        }
        let differs = |task: &Task| {
            let same = |other: &&Task| other.method.stream == task.method.stream;
            tasks.iter().filter(same).any(|other| other.method.spread != task.method.spread)
        };
        if let Some(place) = tasks.iter().position(differs) {
            let message =
                format!("the stream {:?} is spread for some tasks and not for others", tasks[place].method.stream);
            let help = "give the tasks of one stream the same `spread`, or another stream";
            self.refuse(&KeyPath::of("tasks").index(place).key("draw").key("spread"), message, help);
        }
        let since = |task: &Task| task.method.scope.visits.as_ref().map(|visits| visits.since);
        let first = tasks.iter().find_map(since);
        if let Some(place) = tasks.iter().position(|task| since(task).is_some_and(|since| Some(since) != first)) {
            let help = "give every task the same `since`";
            let at = KeyPath::of("tasks").index(place).key("eligibility").key("visits");
            self.refuse(&at, "counts visits from another day than an earlier task", help);
        }
        // Where one task has such a mark, one without it lacks it.
        let (is_filed, is_reviewed) =
            (files.iter().any(|file| file.filed_on.is_some()), files.iter().any(|file| file.legal_review.is_some()));
        for task in &mut tasks {
            task.is_filed = is_filed;
            task.legal_review = task.legal_review.or(is_reviewed.then_some(false));
        }
        tasks.sort_by(|a, b| a.id.cmp(&b.id));
        tasks
    }

    fn task_id(&mut self, at: &KeyPath, id: &str, ids: &BTreeSet<String>) {
        if id.is_empty() {
            self.refuse(at, "is blank", "give the task an id, such as \"YC-2023-017\"");
        } else if id.contains(char::is_control) || id.chars().count() > LONGEST_ID {
            let message = format!("holds a control character or more than {LONGEST_ID} characters");
            self.refuse(at, message, "give a short id on one line; `name` takes any text");
        } else if ids.contains(id) {
            self.refuse(at, format!("{id:?} names two tasks"), "give each task its own id");
        }
    }

    fn task(&mut self, at: &KeyPath, file: &TaskFile, id: String, method: crate::task::Method, as_of: Date) -> Task {
        let lead = file.lead.as_ref().map(|lead| self.text(&at.key("lead"), lead));
        let mut members = self.texts(&at.key("members"), &file.members);
        let mut items = self.texts(&at.key("items"), &file.items);
        members.retain(|member| Some(member) != lead.as_ref());
        for list in [&mut members, &mut items] {
            list.sort();
            list.dedup();
        }
        Task {
            id,
            name: file.name.clone(),
            lead,
            members,
            items,
            kind: self.word(
                &at.key("kind"),
                file.kind.as_ref(),
                ItemKind::from_word,
                &ItemKind::ALL.map(ItemKind::name),
            ),
            level: self
                .word(&at.key("level"), file.level.as_ref(), Level::from_word, &Level::ALL.map(Level::name))
                .unwrap_or(Level::County),
            window: self.window(&at.key("window"), file, as_of),
            times_a_year: file.times_a_year,
            stated_count: file.stated_count,
            row: None,
            legal_review: file.legal_review,
            is_filed: false,
            filed_on: self.day(&at.key("filed-on"), file.filed_on),
            method,
        }
    }

    fn word<T>(
        &mut self,
        at: &KeyPath,
        word: Option<&String>,
        from: fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Option<T> {
        let word = word?;
        let meant = from(word);
        if meant.is_none() {
            let help = super::did_you_mean(word, known);
            self.refuse(at, format!("{word:?} is not one of the known words"), help);
        }
        meant
    }

    fn window(&mut self, at: &KeyPath, file: &TaskFile, as_of: Date) -> Window {
        let Some(written) = file.window else {
            return Window { first: days_of(as_of), last: days_of(as_of.last_of_year()) };
        };
        let first = days_of(self.date(&at.key("first"), written.first));
        let last = days_of(self.date(&at.key("last"), written.last));
        if first > last {
            self.refuse(at, "ends before it begins", "exchange the two days");
        }
        Window { first, last }
    }
}
