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

impl Browser {
    /// How many entries the shown page's origin keeps in databases.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn journal(&self) -> Result<u64> {
        self.script_async(COUNT, &[]).await?.as_u64().context("a number")
    }
}
