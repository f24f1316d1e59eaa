//! The archives are read by programs that others wrote: Info-ZIP's `unzip`, and for what that does not check, Python's
//! `zipfile` where it is installed.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

/// An archive on disk; the folder goes away with it.
struct Archive {
    folder: PathBuf,
    path: PathBuf,
}

impl Archive {
    /// Writes an archive of these files to the disk.
    fn of(test: &str, files: &[(&str, Option<Modified>, &[u8])]) -> Self {
        let archive = Self::new(test);
        let mut out = Vec::new();
        let mut writer = Writer::default();
        for (path, modified, bytes) in files {
            out.extend(writer.begin(entry(path, bytes.len() as u64, *modified)).unwrap());
            out.extend_from_slice(bytes);
            out.extend(writer.end(crc32fast::hash(bytes)));
        }
        out.extend(writer.finish());
        let entries = files.iter().map(|(path, modified, bytes)| entry(path, bytes.len() as u64, *modified));
        assert_eq!(size(entries), Ok(out.len() as u64), "the size was foretold");
        std::fs::write(&archive.path, out).unwrap();
        archive
    }

    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("siegel-zip-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("archive.zip");
        Self { folder, path }
    }

    fn unzip(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("unzip");
        run(command.args(arguments).arg(&self.path).current_dir(&self.folder).env("TZ", "UTC"))
    }
}

impl Drop for Archive {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn entry(path: &str, size: u64, modified: Option<Modified>) -> Entry {
    Entry { path: path.to_owned(), size, modified }
}

fn run(command: &mut Command) -> String {
    let output = command.env("LC_ALL", "C.UTF-8").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

#[test]
fn a_real_unzip_gives_back_what_went_in() {
    let noon = Modified { seconds: 1_600_000_000, zone_minutes: 0 };
    let large: Vec<u8> = (0..3_000_000_u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let files: [(&str, Option<Modified>, &[u8]); 5] = [
        ("leer.txt", None, b""),
        ("Übergröße/Straße.txt", Some(noon), "Grüße".as_bytes()),
        ("a/b/c/😀 emoji.bin", Some(noon), &large),
        ("a/b/zwei Punkte..txt", None, b"x"),
        ("last", None, b"\n"),
    ];
    let archive = Archive::of("round", &files);
    let said = archive.unzip(&["-t"]);
    assert!(said.contains("No errors detected"), "{said}");
    archive.unzip(&["-q"]);
    for (path, _, content) in files {
        assert_eq!(bytes(&archive.folder.join(path)), content, "{path}");
    }
    let modified = archive.folder.join("Übergröße/Straße.txt").metadata().unwrap().modified().unwrap();
    let seconds = modified.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(seconds, 1_600_000_000);
}

#[test]
fn a_changed_byte_is_noticed() {
    let archive = Archive::of("changed", &[("file", None, b"hello, world")]);
    let mut changed = bytes(&archive.path);
    let at = changed.windows(5).position(|window| window == b"hello").unwrap();
    changed[at] ^= 1;
    std::fs::write(&archive.path, changed).unwrap();
    let output = Command::new("unzip").arg("-t").arg(&archive.path).output().unwrap();
    assert!(!output.status.success());
}

#[test]
fn an_archive_may_be_empty() {
    let archive = Archive::of("empty", &[]);
    let said = Command::new("unzip").arg("-l").arg(&archive.path).output().unwrap();
    assert!(String::from_utf8_lossy(&said.stderr).contains("zipfile is empty"));
}

/// A file of 5 GiB of zeros, and one behind it whose offset needs a long field too. The disk stores only what is not zero.
#[test]
fn files_and_offsets_above_four_gibibytes() {
    const SIZE: u64 = 5 << 30;
    let archive = Archive::new("long");
    let mut out = File::create(&archive.path).unwrap();
    let mut writer = Writer::default();
    out.write_all(&writer.begin(entry("zeros.bin", SIZE, None)).unwrap()).unwrap();
    out.seek(SeekFrom::Current(i64::try_from(SIZE).unwrap())).unwrap();
    out.write_all(&writer.end(crc_of_zeros(SIZE))).unwrap();
    out.write_all(&writer.begin(entry("behind.txt", 6, None)).unwrap()).unwrap();
    out.write_all(b"behind").unwrap();
    out.write_all(&writer.end(crc32fast::hash(b"behind"))).unwrap();
    out.write_all(&writer.finish()).unwrap();
    let length = out.stream_position().unwrap();
    assert_eq!(size([entry("zeros.bin", SIZE, None), entry("behind.txt", 6, None)]), Ok(length));
    drop(out);
    let listed = archive.unzip(&["-l"]);
    assert!(listed.contains("5368709120"), "{listed}");
    // Only the short file is unpacked, whose place the central directory tells in zip64.
    let mut unzip = Command::new("unzip");
    assert_eq!(run(unzip.arg("-p").arg(&archive.path).arg("behind.txt")), "behind");
    // The checksum of the long one was written as that of zeros.
    let verbose = archive.unzip(&["-v"]);
    assert!(verbose.contains(&format!("{:08x}", crc_of_zeros(SIZE))), "{verbose}");
}

/// CRC-32 of many zeros, joined from that of one block instead of computed over all.
fn crc_of_zeros(length: u64) -> u32 {
    const BLOCK: usize = 1 << 20;
    let mut block = crc32fast::Hasher::new();
    block.update(&vec![0; BLOCK]);
    let mut whole = crc32fast::Hasher::new();
    for _ in 0..length / BLOCK as u64 {
        whole.combine(&block);
    }
    whole.finalize()
}

#[test]
fn more_files_than_the_old_fields_count() {
    const COUNT: usize = 65_600;
    let names: Vec<String> = (0..COUNT).map(|number| format!("{number}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), None, name.as_bytes())).collect();
    let archive = Archive::of("many", &files);
    let listed = archive.unzip(&["-Z1"]);
    assert_eq!(listed.lines().count(), COUNT);
    let mut unzip = Command::new("unzip");
    assert_eq!(run(unzip.arg("-p").arg(&archive.path).arg("65599")), "65599");
}

#[test]
fn dates() {
    let dos = |seconds, zone_minutes| Modified { seconds, zone_minutes }.for_dos();
    let date = |year: u16, month: u16, day: u16| ((year - 1980) << 9) | (month << 5) | day;
    assert_eq!(dos(315_532_800, 0), (date(1980, 1, 1), 0));
    assert_eq!(dos(951_782_400, 0), (date(2000, 2, 29), 0));
    assert_eq!(dos(1_709_164_801, 60), (date(2024, 2, 29), 1 << 11)); // 2024-02-29 00:00:01 UTC, at one o'clock in Berlin
    assert_eq!(dos(1_735_689_599, 0), (date(2024, 12, 31), (23 << 11) | (59 << 5) | 29));
    assert_eq!(dos(1_735_689_599, 60), (date(2025, 1, 1), (59 << 5) | 29));
    assert_eq!(dos(-1, 0), EARLIEST);
    assert_eq!(dos(i64::MIN, -720), EARLIEST);
    assert_eq!(dos(i64::MAX, 720), LATEST);
}

#[test]
fn paths_have_an_end() {
    let long = "a".repeat(usize::from(u16::MAX) + 1);
    assert_eq!(Writer::default().begin(entry(&long, 1, None)), Err(PathTooLong));
}
