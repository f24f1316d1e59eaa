// The crypto worker: loads its WebAssembly, which then listens for jobs by itself.
import init from '{{asset {{half}}-worker.js}}';

init({ module_or_path: '{{asset {{half}}-worker_bg.wasm}}' }).catch((error) => {
  // Thrown outside the promise it reaches the page as an error of the worker.
  setTimeout(() => {
    throw error;
  });
});
