//! How much memory programs take, as the kernel counts it.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};

/// What some processes took when somebody began to watch.
pub struct Memory(BTreeMap<u32, u64>);

impl Memory {
    /// Begins to watch: the highest use is measured anew from now on.
    ///
    /// # Errors
    /// When one of the processes has ended, or is not ours.
    pub fn watch(processes: &[u32]) -> Result<Self> {
        let before = processes.iter().map(|id| {
            fs::write(format!("/proc/{id}/clear_refs"), "5").context("resetting the highest use")?;
            Ok((*id, status(*id, "VmRSS:")?))
        });
        Ok(Self(before.collect::<Result<_>>()?))
    }

    /// By how many bytes the one of these processes that grew most has grown at its peak. One that was not there when
    /// the watch began has grown by all it has; one that has ended is passed over.
    pub fn growth(&self, processes: &[u32]) -> u64 {
        let grown = processes.iter().filter_map(|id| {
            let before = self.0.get(id).copied().unwrap_or(0);
            Some(status(*id, "VmHWM:").ok()?.saturating_sub(before))
        });
        grown.max().unwrap_or(0)
    }
}

/// The processes of a process group.
///
/// # Errors
/// When the kernel does not list its processes.
pub fn processes_of(group: i32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("listing the processes")? {
        let path = entry?.path();
        let id = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        // Processes that end meanwhile have no group any more.
        if let Some(id) = id
            && group_of(&path) == Some(group)
        {
            found.push(id);
        }
    }
    Ok(found)
}

/// The third field behind the program's name, which stands in brackets and may contain anything (proc_pid_stat(5)).
fn group_of(process: &Path) -> Option<i32> {
    let stat = fs::read_to_string(process.join("stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(2)?.parse().ok()
}

/// One of the sizes in a process's status, in bytes.
fn status(process: u32, name: &str) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kibibytes = line.and_then(|rest| rest.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    Ok(kibibytes.with_context(|| format!("the kernel does not tell {name}"))? << 10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn growth_is_seen_and_only_growth() {
        let own = [std::process::id()];
        let memory = Memory::watch(&own).unwrap();
        assert!(memory.growth(&own) < 64 << 20);
        let block = vec![1_u8; 128 << 20];
        assert!(memory.growth(&own) > 100 << 20, "{} bytes were not seen", block.len());
    }

    #[test]
    fn a_group_has_its_members() {
        let own = rustix::process::getpgrp().as_raw_pid();
        assert!(processes_of(own).unwrap().contains(&std::process::id()));
    }
}
