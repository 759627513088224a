//! Libraries that read files are kept from taking the program down.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a reader; a panic of the library over damage that it did not expect becomes an error.
///
/// # Errors
/// What the reader says, or that the file is damaged.
pub fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("it is damaged in a way that its reader does not expect: {}", said.unwrap_or("no more is known")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_says_what_was_said() {
        let refused = guarded::<()>(|| panic!("page {} is missing", 3)).expect_err("a panic");
        assert!(refused.contains("page 3 is missing"), "{refused}");
        assert_eq!(guarded(|| Ok(1)), Ok(1));
        assert_eq!(guarded::<()>(|| Err("short".to_owned())), Err("short".to_owned()));
    }
}
