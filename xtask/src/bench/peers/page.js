// Gives jobs to the worker, one at a time; the bench calls `work`.
const worker = new Worker('peers.bundle.js', { type: 'module' });
const next = () =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => (data === null ? resolve(true) : reject(new Error(data)));
    worker.onerror = (event) => reject(new Error(event.message));
  });
const ready = next();

globalThis.work = async (job, times) => {
  await ready;
  const done = next();
  worker.postMessage({ job, times });
  return done;
};
