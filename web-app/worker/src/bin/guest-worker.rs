//! The binary that becomes `guest-worker_bg.wasm`: opens deliveries. All code is in the library, which the tests in a
//! browser link as well.

fn main() {
    crypto_worker::start::<crypto_worker::Guest>();
}
