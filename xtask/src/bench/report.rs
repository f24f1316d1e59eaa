//! docs/PERFORMANCE.md, its pictures, and the figures that both are made of.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::{
    figure::{Figure, Target},
    plot::{self, number},
};

/// The text around the tables.
const TEXT: &str = include_str!("performance.md");

/// What each figure is called in the tables; its own name where nothing stands here.
const LABELS: &[(&str, &str)] = &[
    ("upload", "Upload, loopback"),
    ("upload_cpu", "Upload, processor time of the browser"),
    ("upload_fresh", "Upload, loopback, plain side reads as usual"),
    ("upload_gigabit", "Upload, 1 Gbit/s"),
    ("download", "Download, decrypted, no disk"),
    ("download_cpu", "Download, processor time of the browser"),
    ("download_disk", "Download to a private file"),
    ("memory_upload_64", "Tab, upload of 64 MiB"),
    ("memory_upload_4096", "Tab, upload of 4 GiB"),
    ("memory_download_64", "Tab, download of 64 MiB"),
    ("memory_download_4096", "Tab, download of 4 GiB"),
    ("memory_server_64", "Server, 64 MiB up and down"),
    ("memory_server_4096", "Server, 4 GiB up and down"),
    ("peers_seal_age", "Encrypting, beside age-encryption"),
    ("peers_seal_openpgp", "Encrypting, beside OpenPGP.js"),
    ("peers_derive_hash_wasm", "Key from a password, beside hash-wasm"),
    ("peers_grant_native", "Granting to a thousand, beside native code"),
    ("peers_derive_libsodium", "Key from a password, beside libsodium"),
    ("server_download", "One client fetches 512 MiB"),
    ("server_download_cpu", "One client fetches, processor time of the server"),
    ("server_download_200", "200 clients fetch 16 MiB each"),
    ("server_download_200_cpu", "200 clients fetch, processor time of the server"),
    ("server_download_200_memory", "200 clients fetch, memory of the server"),
    ("server_upload", "One client sends parts of 8 MiB"),
    ("server_upload_cpu", "One client sends, processor time of the server"),
    ("server_upload_200", "200 clients send 8 MiB each"),
    ("server_upload_200_cpu", "200 clients send, processor time of the server"),
    ("server_upload_200_memory", "200 clients send, memory of the server"),
    ("load_bytes", "Everything the page loads"),
    ("load_time", "Until the form can be used, 10 Mbit/s, 50 ms"),
];

/// All figures of the last runs, and where they were measured.
#[derive(Default, Serialize, Deserialize)]
struct Report {
    machine: String,
    figures: Vec<Figure>,
}

/// Takes new figures into the report in place of older ones, and writes everything anew.
pub(super) fn update(root: &Path, fresh: Vec<Figure>) -> Result<()> {
    let folder = root.join("docs/performance");
    fs::create_dir_all(&folder)?;
    let kept = folder.join("figures.json");
    let mut report: Report = match fs::read(&kept) {
        Ok(bytes) => serde_json::from_slice(&bytes).context("docs/performance/figures.json")?,
        Err(_) => Report::default(),
    };
    report.machine = machine()?;
    for figure in fresh {
        match report.figures.iter_mut().find(|old| old.figure == figure.figure) {
            Some(old) => *old = figure,
            None => report.figures.push(figure),
        }
    }
    fs::write(&kept, serde_json::to_string_pretty(&report)? + "\n")?;
    fs::write(root.join("docs/PERFORMANCE.md"), report.text(&folder)?)?;
    Ok(())
}

impl Report {
    /// The whole page; its pictures go into the folder.
    fn text(&self, folder: &Path) -> Result<String> {
        let mut pieces = TEXT.replace("{{machine}}", &self.machine);
        while let Some((before, rest)) = pieces.split_once("{{figures ") {
            let (group, after) = rest.split_once("}}").context("performance.md: a placeholder has no end")?;
            let figures = self.group(group);
            let shown = if figures.is_empty() {
                "Not measured yet.".to_owned()
            } else {
                let picture = PathBuf::from(format!("{group}.svg"));
                fs::write(folder.join(&picture), plot::draw(&figures))?;
                format!(
                    "{}\n![The figures of this table as bars](performance/{})",
                    table(&figures)?,
                    picture.display()
                )
            };
            pieces = format!("{before}{shown}{after}");
        }
        Ok(pieces)
    }

    /// The figures of a part of the bench, with their labels.
    fn group(&self, group: &str) -> Vec<(&Figure, String)> {
        let belongs = |figure: &&Figure| figure.figure.split('_').next() == Some(group);
        self.figures.iter().filter(belongs).map(|figure| (figure, label(&figure.figure))).collect()
    }
}

fn table(figures: &[(&Figure, String)]) -> Result<String> {
    let mut table = String::from(
        "| | measured | beside | ratio | target | met | rounds |\n|---|---|---|---|---|---|---|\n",
    );
    for (figure, label) in figures {
        let beside = match (&figure.ratio_to, figure.reference) {
            (Some(name), Some(value)) => format!("{} ({name})", number(value)),
            _ => "–".to_owned(),
        };
        let target = match figure.target {
            Some(Target::AtLeast(target)) => format!("≥ {target}"),
            Some(Target::AtMost(target)) => format!("≤ {target}"),
            None => "–".to_owned(),
        };
        let met = match figure.met {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "–",
        };
        let ratio = figure.ratio.map_or("–".to_owned(), number);
        let (value, unit, rounds) = (number(figure.value), &figure.unit, figure.rounds);
        writeln!(table, "| {label} | {value} {unit} | {beside} | {ratio} | {target} | {met} | {rounds} |")?;
    }
    Ok(table)
}

fn label(figure: &str) -> String {
    LABELS.iter().find(|(name, _)| *name == figure).map_or(figure, |(_, label)| label).to_owned()
}

/// This machine in words that name nobody's: what matters for speed.
fn machine() -> Result<String> {
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let cores = std::thread::available_parallelism()?;
    let has = |flag: &str| processors.split_whitespace().any(|word| word == flag);
    let helps: Vec<_> = [("aes", "AES"), ("sha_ni", "SHA-256")]
        .into_iter()
        .filter(|(flag, _)| has(flag))
        .map(|(_, name)| name)
        .collect();
    let instructions = match helps.as_slice() {
        [] => "no instructions for cryptography".to_owned(),
        helps => format!("instructions for {}", helps.join(" and ")),
    };
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kibibytes: f64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix("kB"))
        .context("MemTotal")?
        .trim()
        .parse()?;
    let architecture = std::env::consts::ARCH;
    Ok(format!(
        "{cores} virtual cores ({architecture}, {instructions}), {:.0} GiB of memory",
        kibibytes / 1_048_576.0
    ))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_its_groups() {
        let folder = std::env::temp_dir().join(format!("siegel-report-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let figure =
            Figure::compared("upload", "MiB/s", "plain PUT", &[(80.0, 100.0)], Some(Target::AtLeast(0.85)));
        let report = Report { machine: "2 cores".to_owned(), figures: vec![figure] };
        let text = report.text(&folder).unwrap();
        let row = "| Upload, loopback | 80.0 MiB/s | 100 (plain PUT) | 0.80 | ≥ 0.85 | **no** | 1 |";
        assert!(text.contains(row) && text.contains("2 cores") && !text.contains("{{"), "{text}");
        assert!(folder.join("upload.svg").exists() && !folder.join("download.svg").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
