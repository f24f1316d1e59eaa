//! The binary that becomes `crypto-worker_bg.wasm`. All code is in the library, which the tests in a browser link as well.

fn main() {
    crypto_worker::start();
}
