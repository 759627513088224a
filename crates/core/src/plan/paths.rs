//! Files of a plan: resolved against the plan's folder, and kept apart from the output folder.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Whether the file system is asked while a plan is checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Files {
    /// Inputs must be there, and links are followed.
    MustExist,
    /// Paths are compared by their text alone.
    NotAsked,
}

/// The folder a plan's paths are relative to.
pub(super) fn folder_of(plan: &Path) -> &Path {
    match plan.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A path of the plan seen from where the program runs, without needless `.` and `..`.
pub(super) fn resolve(folder: &Path, written: &Path, files: Files) -> PathBuf {
    clean(&folder.join(written), files)
}

/// Whether `outer` is `inner` or one of the folders above it.
pub(super) fn holds(outer: &Path, inner: &Path, files: Files) -> bool {
    comparable(inner, files).starts_with(comparable(outer, files))
}

/// What belongs to a folder and stands beside it, under its name and an ending such as `.teams`.
pub fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut name = folder.file_name().map(OsString::from).unwrap_or_default();
    name.push(ending);
    folder.with_file_name(name)
}

/// Whether a name fits a pattern, in which `*` stands for any text.
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// Drops `.`, and `..` together with the folder before it unless that is a link.
fn clean(path: &Path, files: Files) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        let removes_last = component == Component::ParentDir
            && matches!(cleaned.components().next_back(), Some(Component::Normal(_)))
            && !(files == Files::MustExist && cleaned.is_symlink());
        match component {
            Component::CurDir => {}
            _ if removes_last => {
                cleaned.pop();
            }
            other => cleaned.push(other),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

/// Absolute, and with links followed as far as the path exists.
fn comparable(path: &Path, files: Files) -> PathBuf {
    let absolute = clean(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf()), files);
    if files == Files::NotAsked {
        return absolute;
    }
    let followed = absolute.ancestors().find_map(|above| {
        let real = above.canonicalize().ok()?;
        Some(real.join(absolute.strip_prefix(above).ok()?))
    });
    followed.unwrap_or(absolute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_plan() {
        let resolved =
            |plan: &str, written: &str| resolve(folder_of(Path::new(plan)), Path::new(written), Files::NotAsked);
        assert_eq!(resolved("pipelines/a.toml", "../data/x.csv"), Path::new("data/x.csv"));
        assert_eq!(resolved("a.toml", "x.csv"), Path::new("x.csv"));
        assert_eq!(resolved("a.toml", "../x.csv"), Path::new("../x.csv"));
        assert_eq!(resolved("p/a.toml", "./b/../../x"), Path::new("x"));
        assert_eq!(resolved("p/a.toml", ".."), Path::new("."));
        assert_eq!(resolved("p/a.toml", "/data/x.csv"), Path::new("/data/x.csv"));
    }

    #[test]
    fn a_folder_holds_itself_and_what_is_below() {
        let holds = |outer: &str, inner: &str| holds(Path::new(outer), Path::new(inner), Files::NotAsked);
        assert!(holds(".", "data/x.csv"));
        assert!(holds("..", "x.csv"));
        assert!(holds("data", "data/x.csv"));
        assert!(holds("data", "data"));
        assert!(!holds("dat", "data/x.csv"));
        assert!(!holds("data/x.csv/y", "data/x.csv"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, is) in [
            ("2023-*", "2023-q1", true),
            ("2023-*", "2022-q1", false),
            ("*-q1", "2023-q1", true),
            ("*", "anything", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxcyyb", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(fits(pattern, name), is, "{pattern} {name}");
        }
    }
}
