//! SIGINT and SIGTERM: the staging folder goes at once, and the exit code says which signal it was.

use crate::unfinished::abandon;

/// From now on a signal removes what is being written and ends the program with 128 + its number (130, 143). Where no
/// thread can be had for it, a signal ends the program as usual, and the next run removes what was left.
#[cfg(unix)]
pub fn listen() {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    let handle = signals.handle();
    let listening = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = signals.forever().next() {
            let _nothing_is_put_in_place_any_more = abandon();
            end(128 + signal);
        }
    });
    if listening.is_err() {
        handle.close();
    }
}

/// Elsewhere a signal ends the program as usual.
#[cfg(not(unix))]
pub fn listen() {}

#[cfg(unix)]
#[allow(clippy::disallowed_methods, reason = "the staging folder is gone, and the system frees the lock")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}
