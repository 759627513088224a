//! How much memory a command may take.

use std::path::Path;

/// Bytes that the machine, or the control group that the process runs in, has free; the smaller of the two. `None` where the
/// system does not say.
pub fn free() -> Option<u64> {
    let machine = account(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")?;
    let group = group(Path::new("/sys/fs/cgroup"), "memory.max", "memory.current", "memory.stat")
        .or_else(|| {
            let names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat");
            group(Path::new("/sys/fs/cgroup/memory"), names.0, names.1, names.2)
        })
        .unwrap_or(u64::MAX);
    Some(machine.min(group))
}

/// What a command may take unless it is told: three quarters of what is free.
pub fn usual() -> u64 {
    free().map_or(u64::MAX, |free| free / 4 * 3)
}

/// Bytes that this process has held at most; `None` where the system does not say.
pub fn peak() -> Option<u64> {
    account(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// A line of an account of the system, such as `MemAvailable:    12000000 kB`, in bytes.
fn account(text: &str, of: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(of))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Bytes that a control group has free: its limit less what it uses; pages of files that the system can take back count as
/// free. `None` without a limit.
fn group(folder: &Path, limit: &str, usage: &str, statistics: &str) -> Option<u64> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let limit: u64 = read(limit)?.trim().parse().ok()?;
    let usage: u64 = read(usage)?.trim().parse().ok()?;
    let cached = read(statistics).and_then(|text| {
        let of = |name: &str| {
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<u64>().ok())
        };
        of("inactive_file").or_else(|| of("total_inactive_file"))
    });
    Some(limit.saturating_sub(usage.saturating_sub(cached.unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_account_is_read() {
        let text = "MemTotal:       16393244 kB\nMemFree:          811236 kB\nMemAvailable:   12000000 kB\n";
        assert_eq!(account(text, "MemAvailable:"), Some(12_000_000 * 1024));
        assert_eq!(account("MemTotal: 1 kB\n", "MemAvailable:"), None);
    }

    #[test]
    fn a_groups_limit_counts_what_it_can_give_back() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
        let free = || group(home.path(), "memory.max", "memory.current", "memory.stat");
        write("memory.current", "700\n");
        write("memory.max", "max\n");
        assert_eq!(free(), None);
        write("memory.max", "1000\n");
        assert_eq!(free(), Some(300));
        write("memory.stat", "anon 500\ninactive_file 200\n");
        assert_eq!(free(), Some(500));
    }
}
