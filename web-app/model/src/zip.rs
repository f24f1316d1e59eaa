//! The framing of a ZIP archive that is written from its first byte to its last, around files whose bytes go elsewhere.
//!
//! ```text
//! archive = ( local header || the file's bytes || data descriptor )* || central directory || its end
//! ```
//!
//! After PKWARE's APPNOTE 6.3.10, with sections named `§`. Files are stored, not compressed: most large files are
//! compressed already, and so the archive's size is known before its first byte. What does not fit into the
//! format's old fields is written as zip64. Names are UTF-8. No crate is used because those that exist want the files' bytes
//! to pass through them; these never enter WebAssembly memory but for their checksum.

use blob_api::UnixSeconds;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const DATA_DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const ZIP64_END: u32 = 0x0606_4b50;
const ZIP64_LOCATOR: u32 = 0x0706_4b50;
const END: u32 = 0x0605_4b50;

/// Bytes of a zip64 end record behind its size field, when nothing is added to it (§4.3.14.1).
const ZIP64_END_REST: u64 = 44;
/// Sizes follow the file (bit 3), the name is UTF-8 (bit 11). §4.4.4
const FLAGS: u16 = (1 << 3) | (1 << 11);
/// What a reader must know: 4.5 for zip64, 2.0 otherwise. §4.4.3
const V20: u16 = 20;
const V45: u16 = 45;
/// Written under Unix, whose permissions stand in the external attributes. §4.4.2
const MADE_BY: u16 = (3 << 8) | V45;
/// A plain file that its owner may write and everybody may read.
const ATTRIBUTES: u32 = 0o100_644 << 16;
/// Tags of extra fields. §4.5
const EXTRA_ZIP64: u16 = 0x0001;
const EXTRA_TIME: u16 = 0x5455;

/// A file's path has more bytes than a ZIP archive can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathTooLong;

/// When a file was last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modified {
    /// The moment.
    pub seconds: UnixSeconds,
    /// Minutes by which clocks were ahead of UTC then, where the archive is unpacked: old readers know local time only.
    pub zone_minutes: i32,
}

/// A file that the archive is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is unpacked, `/` between folders. Whoever gives it has made it safe.
    pub path: String,
    /// Its bytes.
    pub size: u64,
    /// `None` when the sender did not say.
    pub modified: Option<Modified>,
}

/// Writes an archive's framing.
#[derive(Debug, Default)]
pub struct Writer {
    /// Bytes so far, those of the files included.
    at: u64,
    files: Vec<Written>,
}

/// What the central directory says of a file.
#[derive(Debug)]
struct Written {
    entry: Entry,
    offset: u64,
    crc: u32,
}

impl Writer {
    /// What stands before the file's bytes, all of which follow.
    ///
    /// # Errors
    /// [`PathTooLong`] for a path of more than 65,535 bytes.
    pub fn begin(&mut self, entry: Entry) -> Result<Vec<u8>, PathTooLong> {
        let path = u16::try_from(entry.path.len()).map_err(|_| PathTooLong)?;
        let mut extra = Vec::new();
        // Sizes are told after the file; that they will be long ones is told here (§4.3.9.2).
        let size = if is_long(entry.size) {
            extra.put_extra(EXTRA_ZIP64, &[0; 16]);
            u32::MAX
        } else {
            0
        };
        entry.put_time(&mut extra);
        let mut out = Vec::new();
        out.put32(LOCAL_HEADER);
        out.put16(version(entry.size, 0));
        entry.put_common(&mut out, 0, size, size, path, &extra);
        out.extend_from_slice(entry.path.as_bytes());
        out.extend_from_slice(&extra);
        let offset = self.at;
        self.at += out.len() as u64 + entry.size;
        self.files.push(Written { entry, offset, crc: 0 });
        Ok(out)
    }

    /// What stands after the file's bytes, with their CRC-32.
    pub fn end(&mut self, crc: u32) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(file) = self.files.last_mut() {
            file.crc = crc;
            out.put32(DATA_DESCRIPTOR);
            out.put32(crc);
            for _compressed_then_plain in 0..2 {
                if is_long(file.entry.size) {
                    out.put64(file.entry.size)
                } else {
                    out.put32(low(file.entry.size))
                }
            }
            self.at += out.len() as u64;
        }
        out
    }

    /// What stands after the last file.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        let mut out = Vec::new();
        for file in &self.files {
            file.put_central(&mut out);
        }
        let (count, size, offset) = (self.files.len() as u64, out.len() as u64, self.at);
        let few = u16::try_from(count).ok().filter(|few| *few < u16::MAX);
        if few.is_none() || is_long(size) || is_long(offset) {
            out.put32(ZIP64_END);
            out.put64(ZIP64_END_REST);
            out.put16(MADE_BY);
            out.put16(V45);
            out.put64(0); // this disk, and the disk of the central directory
            out.put64(count); // on this disk
            out.put64(count);
            out.put64(size);
            out.put64(offset);
            out.put32(ZIP64_LOCATOR);
            out.put32(0); // the disk of the record above
            out.put64(offset + size);
            out.put32(1); // disks in all
        }
        out.put32(END);
        out.put32(0); // disks, as above
        out.put16(few.unwrap_or(u16::MAX));
        out.put16(few.unwrap_or(u16::MAX));
        out.put32(low(size));
        out.put32(low(offset));
        out.put16(0); // no comment
        out
    }
}

/// Bytes of an archive with these files.
///
/// # Errors
/// As [`Writer::begin`].
pub fn size(entries: impl IntoIterator<Item = Entry>) -> Result<u64, PathTooLong> {
    let mut writer = Writer::default();
    for entry in entries {
        writer.begin(entry)?;
        writer.end(0);
    }
    let before = writer.at;
    Ok(before + writer.finish().len() as u64)
}

impl Entry {
    /// The fields that local and central header share (§4.3.7, §4.3.12), from the flags to the lengths of name and extra.
    fn put_common(&self, out: &mut Vec<u8>, crc: u32, compressed: u32, size: u32, path: u16, extra: &[u8]) {
        let (date, time) = self.modified.map_or(EARLIEST, Modified::for_dos);
        out.put16(FLAGS);
        out.put16(0); // stored
        out.put16(time);
        out.put16(date);
        out.put32(crc);
        out.put32(compressed);
        out.put32(size);
        out.put16(path);
        out.put16(u16::try_from(extra.len()).unwrap_or(0)); // some forty bytes at most
    }

    /// The moment of the last change, which needs no time zone; told where its old field bears it, until 2038.
    fn put_time(&self, extra: &mut Vec<u8>) {
        if let Some(seconds) = self.modified.and_then(|modified| i32::try_from(modified.seconds).ok()) {
            let [a, b, c, d] = seconds.to_le_bytes();
            extra.put_extra(EXTRA_TIME, &[1, a, b, c, d]);
        }
    }
}

impl Written {
    fn put_central(&self, out: &mut Vec<u8>) {
        let Self { entry, offset, crc } = self;
        let mut long = Vec::new();
        if is_long(entry.size) {
            long.put64(entry.size);
            long.put64(entry.size);
        }
        if is_long(*offset) {
            long.put64(*offset);
        }
        let mut extra = Vec::new();
        if !long.is_empty() {
            extra.put_extra(EXTRA_ZIP64, &long);
        }
        entry.put_time(&mut extra);
        out.put32(CENTRAL_HEADER);
        out.put16(MADE_BY);
        out.put16(version(entry.size, *offset));
        let path = u16::try_from(entry.path.len()).unwrap_or(0); // was checked when the file began
        entry.put_common(out, *crc, low(entry.size), low(entry.size), path, &extra);
        out.put16(0); // no comment
        out.put16(0); // the first disk
        out.put16(0); // not known to be text
        out.put32(ATTRIBUTES);
        out.put32(low(*offset));
        out.extend_from_slice(entry.path.as_bytes());
        out.extend_from_slice(&extra);
    }
}

/// The first day that the old date field can tell, 1 January 1980, at midnight.
const EARLIEST: (u16, u16) = ((1 << 5) | 1, 0);
/// The last one, 31 December 2107, shortly before midnight.
const LATEST: (u16, u16) = ((127 << 9) | (12 << 5) | 31, (23 << 11) | (59 << 5) | 29);

impl Modified {
    /// Date and time in the old fields (§4.4.6): local time in steps of two seconds.
    fn for_dos(self) -> (u16, u16) {
        let local = self.seconds.saturating_add(i64::from(self.zone_minutes) * 60);
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = civil(days);
        let fields = |date: i64, time: i64| Some((u16::try_from(date).ok()?, u16::try_from(time).ok()?));
        let time = ((second / 3600) << 11) | ((second / 60 % 60) << 5) | (second % 60 / 2);
        match year {
            ..1980 => EARLIEST,
            1980..=2107 => fields(((year - 1980) << 9) | (month << 5) | day, time).unwrap_or(EARLIEST),
            2108.. => LATEST,
        }
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. After Howard Hinnant,
/// “chrono-compatible low-level date algorithms”: years begin in March, so that a leap day is a year's last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Does this number need a long field? The largest short one says that there is a long one.
fn is_long(number: u64) -> bool {
    number >= u64::from(u32::MAX)
}

/// The short field of a number.
fn low(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn version(size: u64, offset: u64) -> u16 {
    if is_long(size) || is_long(offset) { V45 } else { V20 }
}

/// Numbers little-endian, as everywhere in the format.
trait Put {
    fn put16(&mut self, number: u16);
    fn put32(&mut self, number: u32);
    fn put64(&mut self, number: u64);
    fn put_extra(&mut self, tag: u16, content: &[u8]);
}

impl Put for Vec<u8> {
    fn put16(&mut self, number: u16) {
        self.extend_from_slice(&number.to_le_bytes());
    }
    fn put32(&mut self, number: u32) {
        self.extend_from_slice(&number.to_le_bytes());
    }
    fn put64(&mut self, number: u64) {
        self.extend_from_slice(&number.to_le_bytes());
    }
    fn put_extra(&mut self, tag: u16, content: &[u8]) {
        self.put16(tag);
        self.put16(u16::try_from(content.len()).unwrap_or(0)); // 24 bytes at most
        self.extend_from_slice(content);
    }
}

#[cfg(test)]
#[path = "zip_test.rs"]
mod tests;
