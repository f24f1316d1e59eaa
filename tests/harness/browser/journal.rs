//! What the browser keeps so that a sender can go on after closing the tab.

use anyhow::{Context, Result};

use super::Browser;

/// Counts the entries of all the origin's databases.
const COUNT: &str = r"
    let count = 0;
    for (const { name } of await indexedDB.databases()) {
        const database = await new Promise((resolve, reject) => {
            const request = indexedDB.open(name);
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        });
        for (const store of database.objectStoreNames) {
            count += await new Promise((resolve, reject) => {
                const request = database.transaction(store).objectStore(store).count();
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
            });
        }
        database.close();
    }
    return count;
";

/// Begins to change the journal's database, and does not come to an end before it is told to. The change is then taken
/// back; a database that was not there before is not there after.
const HOLD: &str = r"
    const [fresh] = args, name = 'siegel-unfinished';
    const settled = request => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onblocked = request.onerror = reject;
    });
    if (fresh) await settled(indexedDB.deleteDatabase(name));
    const request = indexedDB.open(name, fresh ? 1 : 2);
    window.held = true;
    return await new Promise((resolve, reject) => {
        request.onblocked = reject;
        request.onupgradeneeded = () => {
            const store = request.result.createObjectStore('held');
            // A change lasts for as long as something is asked in it.
            const ask = () => window.held ? store.count().onsuccess = ask : request.transaction.abort();
            ask();
            resolve(true);
        };
    });
";

impl Browser {
    /// Keeps the origin's journal from being opened by others, as a busy disk does, until [`Browser::release_journal`]. The
    /// shown page must be one that does not use it itself. `fresh`: there is none yet.
    ///
    /// # Errors
    /// When somebody has it open.
    pub async fn hold_journal(&self, fresh: bool) -> Result<()> {
        self.script_async(HOLD, &[fresh.into()]).await.map(drop)
    }

    /// Ends that.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn release_journal(&self) -> Result<()> {
        self.script("window.held = false", &[]).await.map(drop)
    }

    /// How many entries the shown page's origin keeps in databases.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn journal(&self) -> Result<u64> {
        self.script_async(COUNT, &[]).await?.as_u64().context("a number")
    }
}
