"""A second implementation of ../SPEC.md, for making and checking test cases: written from the text, not from the Rust.

It favours being read over being safe: it takes any parameters, since hostile files must be made with it too.
Needs Python 3.10 and `pip install cryptography kyber-py`: cryptography 50 or later, for Argon2id and HPKE with X-Wing; kyber-py
1.2. `sealed.py` continues it.
"""

import base64
import hashlib
import hmac
import struct

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

ONE = 1  # the level


# §2: conventions

def context(label, *fields):
    return b"siegel/v1 " + label.encode() + b"\0" + b"".join(struct.pack(">I", len(f)) + f for f in fields)


def extract(salt, key):
    return hmac.new(salt or bytes(32), key, hashlib.sha256).digest()


def expand(prk, info, length):
    out, block = b"", b""
    for i in range(1, 256):
        if len(out) >= length:
            break
        block = hmac.new(prk, block + info + bytes([i]), hashlib.sha256).digest()
        out += block
    return out[:length]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


# §3: wrap

def wrap(key, header, message, commitment=None):
    prk = extract(b"", key)
    kek = expand(prk, context("kek", header), 32)
    com = commitment or expand(prk, context("com", header), 32)
    return header + com + AESGCM(kek).encrypt(bytes(12), message, header + com)


def unwrap(key, header_length, wrapped):
    header, com = wrapped[:header_length], wrapped[header_length:header_length + 32]
    prk = extract(b"", key)
    if not hmac.compare_digest(com, expand(prk, context("com", header), 32)):
        raise ValueError("commitment")
    kek = expand(prk, context("kek", header), 32)
    return AESGCM(kek).decrypt(bytes(12), wrapped[header_length + 32:], header + com)


# §5: link

def link_keys(delivery, secret, password=None):
    prk = extract(b"", secret)
    keys = {"gate": expand(prk, context("gate", delivery), 32)}
    profile = 0
    if password is not None:
        profile = 1
        salt = expand(prk, context("password salt", delivery), 16)
        stretched = Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024).derive(password)
        prk = extract(stretched, secret)
    keys["auth"] = expand(prk, context("auth", delivery, bytes([profile])), 32)
    keys["cover_key"] = expand(prk, context("cover key", delivery, bytes([profile])), 32)
    return keys


# §5.4: a recipient's own link

def personal_keys(delivery, secret):
    prk = extract(b"", secret)
    return expand(prk, context("personal gate", delivery), 32), expand(prk, context("personal key", delivery), 32)


def personal_header(delivery, recipient, level, salt, suite=1, zeros=bytes(2), magic=b"SGP1"):
    return magic + bytes([suite, level]) + zeros + delivery + recipient + salt


def seal_personal(delivery, recipient, level, salt, secret, link_secret):
    return wrap(personal_keys(delivery, secret)[1], personal_header(delivery, recipient, level, salt), link_secret)


def open_personal(delivery, recipient, level, secret, sealed):
    if sealed[:40] != personal_header(delivery, recipient, level, b""):
        raise ValueError("header")
    return unwrap(personal_keys(delivery, secret)[1], 72, sealed)


# §6: stream

def file_prefix(chunk_log2, suite=1, flags=0, magic=b"SGL1"):
    return magic + bytes([suite, chunk_log2]) + struct.pack(">H", flags)


def file_keys(cover_key, delivery, blob, level, prefix, salt):
    both = expand(extract(salt, cover_key), context("file", delivery, blob, bytes([level]), prefix), 64)
    return both[:32], both[32:]


def nonce(index, last):
    return index.to_bytes(11, "big") + bytes([last])


def seal_chunk(key, index, last, plain):
    return AESGCM(key).encrypt(nonce(index, last), plain, None)


def split(plain, chunk):
    return [plain[i:i + chunk] for i in range(0, len(plain), chunk)] or [b""]


def seal_file(cover_key, delivery, blob, level, chunk_log2, salt, plain):
    prefix = file_prefix(chunk_log2)
    key, commitment = file_keys(cover_key, delivery, blob, level, prefix, salt)
    chunks = split(plain, 1 << chunk_log2)
    sealed = [seal_chunk(key, i, i == len(chunks) - 1, c) for i, c in enumerate(chunks)]
    return prefix + salt + commitment + b"".join(sealed)


def open_file(cover_key, delivery, blob, level, size, chunk_log2, salt, body):
    header, rest = body[:72], body[72:]
    key, commitment = file_keys(cover_key, delivery, blob, level, file_prefix(chunk_log2), salt)
    if header != file_prefix(chunk_log2) + salt + commitment:
        raise ValueError("header")
    sealed = split(rest, (1 << chunk_log2) + 16)
    plain = b"".join(
        AESGCM(key).decrypt(nonce(i, i == len(sealed) - 1), c, None) for i, c in enumerate(sealed))
    if len(plain) != size:
        raise ValueError("size")
    return plain


def part_digests(chunk_log2, body, chunks=32):
    part = chunks * ((1 << chunk_log2) + 16)
    cuts = [0, *range(72 + part, len(body), part), len(body)]
    return [hashlib.sha256(body[a:b]).digest() for a, b in zip(cuts, cuts[1:])]


# §7: manifest, in deterministic CBOR

def head(major, value):
    if value < 24:
        return bytes([major << 5 | value])
    for extra, code in ((24, ">B"), (25, ">H"), (26, ">I"), (27, ">Q")):
        if value < 1 << 8 * struct.calcsize(code):
            return bytes([major << 5 | extra]) + struct.pack(code, value)
    raise ValueError("integer")


def cbor(value):
    match value:
        case int():
            return head(0, value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            return head(3, len(value.encode())) + value.encode()
        case list():
            return head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            return head(5, len(value)) + b"".join(cbor(k) + cbor(value[k]) for k in sorted(value))
    raise TypeError(type(value))


# §8: cover

def padme(length):
    e = length.bit_length() - 1
    mask = (1 << max(0, e - e.bit_length())) - 1
    return (length + mask) & ~mask


def pad(manifest):
    return (struct.pack(">I", len(manifest)) + manifest).ljust(max(512, padme(4 + len(manifest))), b"\0")


def cover_header(delivery, level, salt, suite=1, flags=0, magic=b"SGC1"):
    return magic + bytes([suite, level]) + struct.pack(">H", flags) + delivery + salt


def seal_cover(cover_key, delivery, level, salt, manifest):
    return wrap(cover_key, cover_header(delivery, level, salt), pad(manifest))


def open_cover(cover_key, delivery, level, cover):
    if cover[:24] != cover_header(delivery, level, b""):
        raise ValueError("header")
    message = unwrap(cover_key, 56, cover)
    length = struct.unpack(">I", message[:4])[0]
    if message != pad(message[4:4 + length]):
        raise ValueError("padding")
    return message[4:4 + length]


# §9: draft

def draft_header(delivery, salt, suite=1, zeros=bytes(3), magic=b"SGD1"):
    return magic + bytes([suite]) + zeros + delivery + salt


def seal_draft(resume_key, delivery, salt, secret, auth, cover_key, notes):
    return wrap(resume_key, draft_header(delivery, salt), secret + auth + cover_key + notes)


def own_draft_key(resume_key, draft_key, delivery):
    return expand(extract(resume_key, draft_key), context("own draft", delivery), 32)


def seal_own_draft(own_key, delivery, salt, secret, auth, cover_key, delivery_key, notes):
    return wrap(own_key, draft_header(delivery, salt, zeros=b"\1\0\0"), secret + auth + cover_key + delivery_key + notes)


def open_draft(resume_key, delivery, record):
    if record[:24] != draft_header(delivery, b""):
        raise ValueError("header")
    message = unwrap(resume_key, 56, record)
    if len(message) < 96:
        raise ValueError("length")
    return message[:32], message[32:64], message[64:96], message[96:]
