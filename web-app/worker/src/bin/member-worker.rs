//! The binary that becomes `member-worker_bg.wasm`: logs in and sends. All code is in the library, which the tests in a
//! browser link as well.

fn main() {
    crypto_worker::start::<crypto_worker::Member>();
}
