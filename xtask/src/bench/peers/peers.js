// Jobs for one worker: ours and those of the peers, over the same 64 MiB in the same thread.
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { argon2id } from 'hash-wasm';
import sodium from 'libsodium-wrappers-sumo';
import * as openpgp from 'openpgp';
import init, { derive, Granting, Sealing } from './siegel.js';

const MIB = 2 ** 20;
const plain = new Uint8Array(64 * MIB).map((_, index) => index);
const password = 'ein ruhiger Vormittag im Mai';
const salt = new Uint8Array(16).fill(7);
/** Argon2id as the product demands it: 64 MiB, 3 passes, 1 lane, 32 bytes. */
const ARGON2 = { memory: 64 * 1024, passes: 3 };

await init({ module_or_path: 'siegel_bg.wasm' });
await sodium.ready;
const age = new Encrypter();
age.addRecipient(await identityToRecipient(await generateX25519Identity()));
const sealing = new Sealing();
const granting = new Granting();
const sessionKey = { data: new Uint8Array(32).fill(7), algorithm: 'aes256', aeadAlgorithm: 'gcm' };

const jobs = {
  seal_siegel: () => sealing.run(plain),
  seal_age: () => age.encrypt(plain),
  /** AEAD of version 2 (RFC 9580) with AES-256-GCM, the fastest that it has; no password and no key to derive first. */
  seal_openpgp: async () =>
    openpgp.encrypt({
      message: await openpgp.createMessage({ binary: plain }),
      sessionKey,
      format: 'binary',
      config: { aeadProtect: true, preferredCompressionAlgorithm: openpgp.enums.compression.uncompressed },
    }),
  grant_siegel: () => granting.run(),
  derive_siegel: () => derive(password),
  derive_hash_wasm: () =>
    argon2id({
      password, salt, parallelism: 1, iterations: ARGON2.passes, memorySize: ARGON2.memory, hashLength: 32,
      outputType: 'binary',
    }),
  derive_libsodium: () =>
    sodium.crypto_pwhash(
      32, password, salt, ARGON2.passes, ARGON2.memory * 1024, sodium.crypto_pwhash_ALG_ARGON2ID13,
    ),
};

/** Does a job so many times, one after the other. */
onmessage = async ({ data: { job, times } }) => {
  try {
    for (let time = 0; time < times; time++) {
      await jobs[job]();
    }
    postMessage(null);
  } catch (error) {
    postMessage(String(error));
  }
};
postMessage(null); // ready
