//! What a command tells while it works.

/// How far a command is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Progress<'a> {
    /// A step begins.
    Step(&'a str),
    /// So much of the step is done, 0 to 1.
    Done(f64),
}

/// Is told how far a command is, from any thread.
pub type Observe<'o> = &'o (dyn Fn(Progress<'_>) + Sync);
