//! How much memory a transfer takes, in the tab and in the server: for a small file and for one that no memory holds.

use std::{
    fs::{self, File},
    path::Path,
};

use anyhow::{Context, Result};

use super::{
    Figure, Target, process, rounds, siegel,
    stage::{Before, Stage},
};

/// Sizes of the files in MiB, and how often each is sent and fetched.
const SIZES: &[(u64, usize)] = &[(64, 3), (4096, 1)];
const MIB: f64 = 1_048_576.0;

/// What the renderers hold when something begins.
struct Renderers(Vec<(u32, f64)>);

impl Renderers {
    fn now(browser: u32) -> Result<Self> {
        let ids = process::of_kind(browser, "renderer")?;
        Ok(Self(ids.into_iter().filter_map(|id| Some((id, process::reset_peak(id).ok()?))).collect()))
    }

    /// By how many MiB the one that grew most has grown at its peak. One that has ended meanwhile was kept in reserve.
    fn growth(&self) -> Result<f64> {
        let grown = self.0.iter().filter_map(|(id, before)| Some((process::peak(*id).ok()? - before) / MIB));
        grown.reduce(f64::max).context("no renderer is left")
    }
}

/// Sends and fetches by way of a disk, because what lies in a folder in memory would be counted, too.
pub(super) fn run(root: &Path, out: &mut dyn FnMut(Figure)) -> Result<()> {
    let folder = siegel::disk(root)?;
    let mut stage = Stage::new(root, &folder)?;
    let (browser, server) = (stage.browser.process(), stage.siegel.process());
    for &(mib, usual) in SIZES {
        let file = folder.join(format!("zeros-{mib}"));
        File::create(&file)?.set_len(mib << 20)?;
        let (mut up, mut down, mut served) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds(usual) {
            process::reset_peak(server)?;
            let mut page = stage.new_delivery()?;
            page.compose(&file)?;
            let before = Renderers::now(browser)?;
            page.send()?;
            up.push(before.growth()?);
            let link = page.link()?;
            drop(page);
            let mut page = stage.opened(&link, &Before::default())?;
            let before = Renderers::now(browser)?;
            page.save()?;
            down.push(before.growth()?);
            served.push(process::peak(server)? / MIB);
            page.delete(&link)?;
        }
        fs::remove_file(&file)?;
        let (tab, all) = (Some(Target::AtMost(256.0)), Some(Target::AtMost(128.0)));
        out(Figure::alone(format!("memory_upload_{mib}"), "MiB", &up, tab));
        out(Figure::alone(format!("memory_download_{mib}"), "MiB", &down, tab));
        out(Figure::alone(format!("memory_server_{mib}"), "MiB", &served, all));
    }
    Ok(())
}
