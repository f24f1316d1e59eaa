//! Embeds the built web app: every file below `SIEGEL_WEB_DIST`, or `target/web` of the workspace when that is not set.
//! Without such a folder the table is empty, and the server says so where the web app would be.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed=SIEGEL_WEB_DIST");
    println!("cargo:rerun-if-changed=migrations");
    let manifest = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let folder = match std::env::var_os("SIEGEL_WEB_DIST") {
        Some(folder) => PathBuf::from(folder),
        None => manifest.join("../target/web"),
    };
    println!("cargo:rerun-if-changed={}", folder.display());

    let mut files = Vec::new();
    if folder.is_dir() {
        collect(&folder.canonicalize()?, "", &mut files)?;
    }
    files.sort();
    let mut table = String::from("pub(super) static FILES: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        writeln!(table, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())?;
    }
    table.push_str("];\n");
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("web.rs"), table)?;
    Ok(())
}

/// Adds every file below `folder` with its name relative to the root.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| "a file name is not UTF-8")?;
        let name = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push((name, entry.path()));
        }
    }
    Ok(())
}
