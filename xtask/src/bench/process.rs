//! What the system knows of a process: its time on the processors, and the most memory it has held.

use std::fs;

use anyhow::{Context, Result, ensure};

/// Clock ticks a second in /proc, on every Linux of today.
const TICKS: f64 = 100.0;

/// The processes that descend from this one and were started as this kind (`--type=KIND`).
pub(super) fn of_kind(ancestor: u32, kind: &str) -> Result<Vec<u32>> {
    let flag = format!("--type={kind}");
    // What ends while we look is none of ours.
    let command = |id| fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let is_kind =
        |id: &u32| command(*id).split(|byte| *byte == 0 || *byte == b' ').any(|word| word == flag.as_bytes());
    Ok(family(ancestor)?.into_iter().filter(is_kind).collect())
}

/// A process and all that descend from it.
pub(super) fn family(ancestor: u32) -> Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let id = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        found.extend(id.filter(|id| descends(*id, ancestor)));
    }
    Ok(found)
}

fn descends(id: u32, ancestor: u32) -> bool {
    let parents = std::iter::successors(Some(id), |id| stat(*id).ok()?.get(1)?.parse().ok());
    parents.take_while(|id| *id > 1).any(|id| id == ancestor)
}

/// Counts the processor time of processes, with all their threads, from its start on. What ends meanwhile no longer
/// counts: a renderer that the browser had kept in reserve, say.
pub(super) struct Clock(Vec<(u32, f64)>);

impl Clock {
    pub(super) fn start(ids: &[u32]) -> Self {
        Self(ids.iter().filter_map(|id| Some((*id, seconds(*id).ok()?))).collect())
    }

    pub(super) fn seconds(&self) -> f64 {
        self.0.iter().filter_map(|(id, before)| Some(seconds(*id).ok()? - before)).sum()
    }
}

fn seconds(id: u32) -> Result<f64> {
    let fields = stat(id)?;
    let ticks = |index: usize| fields.get(index).and_then(|ticks| ticks.parse::<f64>().ok());
    let (user, system) = ticks(11).zip(ticks(12)).context("a line of /proc/…/stat")?;
    Ok((user + system) / TICKS)
}

/// What follows the program's name in /proc/ID/stat: state, parent, …
fn stat(id: u32) -> Result<Vec<String>> {
    let line = fs::read_to_string(format!("/proc/{id}/stat"))?;
    let (_, rest) = line.rsplit_once(") ").context("a line of /proc/…/stat")?;
    Ok(rest.split(' ').map(str::to_owned).collect())
}

/// Forgets the highest memory use so far, and returns the present one in bytes.
pub(super) fn reset_peak(id: u32) -> Result<f64> {
    fs::write(format!("/proc/{id}/clear_refs"), "5").context("forgetting a process's peak")?;
    status(id, "VmRSS")
}

/// The most resident memory since the process began or since [`reset_peak`], in bytes.
pub(super) fn peak(id: u32) -> Result<f64> {
    status(id, "VmHWM")
}

fn status(id: u32, field: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let line = line.with_context(|| format!("no {field}"))?.trim();
    let (number, unit) = line.split_once(' ').context("no unit")?;
    ensure!(unit == "kB", "{field} in {unit}");
    Ok(number.parse::<f64>()? * 1024.0)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_kept_until_it_is_forgotten() {
        let id = std::process::id();
        let before = reset_peak(id).unwrap();
        drop(std::hint::black_box(vec![1_u8; 64 << 20]));
        assert!(peak(id).unwrap() > before + 60e6);
        let after = reset_peak(id).unwrap();
        assert!(peak(id).unwrap() < after + 30e6);
    }

    #[test]
    fn time_is_counted() {
        let id = std::process::id();
        let clock = Clock::start(&[id]);
        while clock.seconds() < 0.05 {}
        assert!(family(id).unwrap().contains(&id));
        assert!(of_kind(id, "no-such-kind").unwrap().is_empty());
    }
}
