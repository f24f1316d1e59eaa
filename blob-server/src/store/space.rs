//! Free space of the disk.

use std::path::Path;

use super::StoreError;

/// Bytes that this process may still write to the file system of `folder`.
///
/// # Errors
/// When the file system cannot be asked.
pub(super) fn free_bytes(folder: &Path) -> Result<u64, StoreError> {
    let stat = rustix::fs::statvfs(folder).map_err(std::io::Error::from)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}
