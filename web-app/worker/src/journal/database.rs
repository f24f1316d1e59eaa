//! As much of IndexedDB as the journal needs, as futures.

use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, prelude::*};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction,
};

use crate::worker::scope;

/// Must a change survive a power cut before it counts as made?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Yes.
    Strict,
    /// It would be a pity to lose it, and no more.
    Relaxed,
}

/// An open database whose values are bytes.
pub(super) struct Database(IdbDatabase);

impl Database {
    /// Opens a database, which has these stores. Fails where the browser keeps nothing.
    pub(super) async fn open(name: &str, stores: &'static [&'static str]) -> Result<Self, JsValue> {
        let factory: IdbFactory = scope().indexed_db()?.ok_or(JsValue::NULL)?;
        let request = factory.open_with_u32(name, 1)?;
        let make = Closure::once({
            let request = request.clone();
            move |_: JsValue| make_stores(&request, stores)
        });
        request.set_onupgradeneeded(Some(make.as_ref().unchecked_ref()));
        Ok(Self(done(&request).await?.unchecked_into()))
    }

    /// Changes entries of these stores, all of them or none. It begins with this call and is made even if nobody waits
    /// for it.
    pub(super) fn write(
        &self,
        stores: &[&str],
        durability: Durability,
        change: impl FnOnce(&Stores) -> Result<(), JsValue>,
    ) -> Written {
        Written(self.begin(stores, durability, change))
    }

    fn begin(
        &self,
        stores: &[&str],
        durability: Durability,
        change: impl FnOnce(&Stores) -> Result<(), JsValue>,
    ) -> Result<JsFuture, JsValue> {
        let names: Array = stores.iter().map(|name| JsValue::from(*name)).collect();
        let options = Object::new();
        let durability = if durability == Durability::Strict { "strict" } else { "relaxed" };
        Reflect::set(&options, &"durability".into(), &durability.into())?;
        let database: &DurableDatabase = self.0.unchecked_ref();
        let transaction = database.transaction(&names, "readwrite", &options)?;
        // A request that fails aborts its transaction; so does a commit for which there is no room.
        let committed = JsFuture::from(Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        }));
        let changed = change(&Stores(transaction.clone()));
        if changed.is_err() {
            // It fails only when it has ended already.
            let _ = transaction.abort();
        }
        changed.map(|()| committed)
    }

    /// All entries, or those whose keys lie in a range, in the order of their keys.
    pub(super) async fn all(
        &self,
        store: &str,
        range: Option<&IdbKeyRange>,
    ) -> Result<Vec<(JsValue, Vec<u8>)>, JsValue> {
        let store = self.read(store)?;
        let (keys, values) = match range {
            None => (store.get_all_keys()?, store.get_all()?),
            Some(range) => (store.get_all_keys_with_key(range)?, store.get_all_with_key(range)?),
        };
        // Both are asked before either is waited for, so that they see the same state.
        let (keys, values) = futures_util::future::try_join(done(&keys), done(&values)).await?;
        let values =
            Array::from(&values).iter().map(|value| Uint8Array::new(&value).to_vec()).collect::<Vec<_>>();
        Ok(Array::from(&keys).iter().zip(values).collect())
    }

    fn read(&self, store: &str) -> Result<IdbObjectStore, JsValue> {
        self.0.transaction_with_str(store)?.object_store(store)
    }
}

/// A change on its way.
pub(super) struct Written(Result<JsFuture, JsValue>);

impl Written {
    /// Waits until it is made.
    pub(super) async fn committed(self) -> Result<(), JsValue> {
        self.0?.await.map(drop)
    }
}

/// The stores of one change.
pub(super) struct Stores(IdbTransaction);

impl Stores {
    pub(super) fn put(&self, store: &str, key: &JsValue, value: &[u8]) -> Result<(), JsValue> {
        self.0.object_store(store)?.put_with_key(&Uint8Array::from(value), key).map(drop)
    }
    /// Removes the entry under a key, or all whose keys lie in a range.
    pub(super) fn delete(&self, store: &str, key_or_range: &JsValue) -> Result<(), JsValue> {
        self.0.object_store(store)?.delete(key_or_range).map(drop)
    }
}

#[wasm_bindgen]
extern "C" {
    /// The newer form of `transaction`, which web-sys counts as unstable.
    type DurableDatabase;
    #[wasm_bindgen(method, catch)]
    fn transaction(
        this: &DurableDatabase,
        stores: &Array,
        mode: &str,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

fn make_stores(request: &IdbOpenDbRequest, stores: &[&str]) {
    let Ok(database) = request.result().map(JsCast::unchecked_into::<IdbDatabase>) else { return };
    for store in stores {
        // A store that cannot be made is missed when it is used.
        let _ = database.create_object_store(store);
    }
}

/// The result of a request.
async fn done(request: &IdbRequest) -> Result<JsValue, JsValue> {
    let ended = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(ended).await?;
    request.result()
}
