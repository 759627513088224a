//! Key paths and where they stand in the text of a plan.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A path of keys into a plan, such as `size.share` or `rules[2].when.grade`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KeyPath(Vec<Step>);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    Key(String),
    /// Counted from 0; written counted from 1.
    Index(usize),
}

impl KeyPath {
    /// The path of fixed keys joined by dots.
    pub fn of(dotted: &str) -> Self {
        Self(dotted.split('.').map(|key| Step::Key(key.to_string())).collect())
    }

    /// One key further down. The key may hold any character, a dot too.
    pub fn key(&self, key: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.to_string()));
        Self(steps)
    }

    /// The path below a task, such as `size.share` of `tasks[2].size.share`, if it is in a section that tasks share with
    /// their plan.
    pub fn below_task(&self) -> Option<Self> {
        const SECTIONS: [&str; 6] = ["eligibility", "weight", "rules", "strata", "size", "draw"];
        match self.0.as_slice() {
            [Step::Key(tasks), Step::Index(_), below @ ..] if tasks == "tasks" => match below.first() {
                Some(Step::Key(section)) if SECTIONS.contains(&section.as_str()) => Some(Self(below.to_vec())),
                _ => None,
            },
            _ => None,
        }
    }

    /// The path of the task's section that holds this one.
    pub fn section(&self) -> Self {
        Self(self.0.iter().take(3).cloned().collect())
    }

    /// One item of a list further down, counted from 0.
    pub fn index(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }
}

/// Keys joined by dots, quoted where TOML needs it; items of lists in brackets, counted from 1.
impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{}]", index + 1)?,
                Step::Key(key) => {
                    if i > 0 {
                        f.write_str(".")?;
                    }
                    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                    if !key.is_empty() && key.chars().all(bare) {
                        f.write_str(key)?;
                    } else {
                        write!(f, "{key:?}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The plan's text as a tree whose keys and values know their byte ranges.
pub struct Locator<'t> {
    tree: Spanned<DeTable<'t>>,
}

impl<'t> Locator<'t> {
    /// A locator over a parsed document.
    pub fn new(tree: Spanned<DeTable<'t>>) -> Self {
        Self { tree }
    }

    /// The bytes of the value at `path`; of a table with a header, the header. Where the path ends early, the bytes of
    /// what was reached; the empty beginning of the text if that is the whole document.
    pub fn locate(&self, path: &KeyPath) -> Range<usize> {
        let mut reached = 0..0;
        let mut steps = path.0.iter();
        let Some(Step::Key(first)) = steps.next() else { return reached };
        let mut next = self.tree.get_ref().get(first.as_str());
        while let Some(value) = next {
            reached = value.span();
            next = match steps.next() {
                Some(Step::Key(key)) => value.get_ref().get(key.as_str()),
                Some(Step::Index(index)) => value.get_ref().get(*index),
                None => None,
            };
        }
        reached
    }

    /// Whether there is a value at `path`.
    pub fn has(&self, path: &KeyPath) -> bool {
        let mut steps = path.0.iter();
        let Some(Step::Key(first)) = steps.next() else { return false };
        let first = self.tree.get_ref().get(first.as_str());
        let below = steps.try_fold(first, |value, step| {
            let value = value?.get_ref();
            let next = match step {
                Step::Key(key) => value.get(key.as_str()),
                Step::Index(index) => value.get(*index),
            };
            next.map(Some)
        });
        below.flatten().is_some()
    }

    /// The path of the key or value that takes up exactly these bytes; the document's own path if none does.
    pub fn path_at(&self, span: &Range<usize>) -> KeyPath {
        find_in_table(self.tree.get_ref(), span, &KeyPath::default()).unwrap_or_default()
    }
}

fn find_in_table(table: &DeTable<'_>, span: &Range<usize>, above: &KeyPath) -> Option<KeyPath> {
    table.iter().find_map(|(key, value)| {
        let path = above.key(key.get_ref());
        if key.span() == *span { Some(path) } else { find(value, span, &path) }
    })
}

fn find(value: &Spanned<DeValue<'_>>, span: &Range<usize>, path: &KeyPath) -> Option<KeyPath> {
    // The items come first: a list of [[tables]] shares its span with its first item.
    let below = match value.get_ref() {
        DeValue::Table(table) => find_in_table(table, span, path),
        DeValue::Array(items) => items.iter().enumerate().find_map(|(i, item)| find(item, span, &path.index(i))),
        _ => None,
    };
    below.or_else(|| (value.span() == *span).then(|| path.clone()))
}

/// The line of a byte offset, counted from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    1 + text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"name = 'x'
[weight]
flags = { "a.b" = 2 }
[[rules]]
name = 'one'
[[rules]]
name = 'two'
when = { grade = ['A', 'Z'] }
"#;

    fn locator() -> Locator<'static> {
        Locator::new(DeTable::parse(TEXT).unwrap())
    }

    fn slice(path: &KeyPath) -> &'static str {
        &TEXT[locator().locate(path)]
    }

    #[test]
    fn a_path_leads_to_its_value() {
        assert_eq!(slice(&KeyPath::of("name")), "'x'");
        assert_eq!(slice(&KeyPath::of("weight")), "[weight]");
        assert_eq!(slice(&KeyPath::of("weight.flags").key("a.b")), "2");
        let grade = KeyPath::of("rules").index(1).key("when").key("grade").index(1);
        assert_eq!(slice(&grade), "'Z'");
        assert_eq!(grade.to_string(), "rules[2].when.grade[2]");
        assert_eq!(KeyPath::of("weight.flags").key("a.b").to_string(), "weight.flags.\"a.b\"");
    }

    #[test]
    fn a_path_that_ends_early_leads_to_what_was_reached() {
        assert_eq!(slice(&KeyPath::of("weight.grade.A")), "[weight]");
        assert_eq!(locator().locate(&KeyPath::of("size.share")), 0..0);
    }

    #[test]
    fn bytes_lead_back_to_their_path() {
        for path in [KeyPath::of("name"), KeyPath::of("rules").index(1).key("when").key("grade").index(0)] {
            let span = locator().locate(&path);
            assert_eq!(locator().path_at(&span), path);
        }
        assert_eq!(locator().path_at(&(0..4)), KeyPath::of("name"));
        assert_eq!(locator().path_at(&(0..0)), KeyPath::default());
    }

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!((line_of("a\nb", 0), line_of("a\nb", 2), line_of("a\nb", 99)), (1, 2, 2));
    }
}
