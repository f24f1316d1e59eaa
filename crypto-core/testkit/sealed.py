"""The second implementation, continued: §12 to §17 of ../SPEC.md. Written from the text, not from the Rust.

ML-KEM's encapsulation comes from kyber-py, which takes its randomness as an argument, so that cases can be made again; what
it makes is opened by OpenSSL's ML-KEM and by the HPKE of PyCA's cryptography.
"""

import hashlib
import hmac
import pathlib
import struct

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from kyber_py.ml_kem import ML_KEM_768

import siegel as s


def sha256(data):
    return hashlib.sha256(data).digest()


# §12: words

WORDS = {lang: (pathlib.Path(__file__).parent / f"../src/words/{lang}.txt").read_text().split() for lang in ("de", "en")}


def u16s(numbers):
    return b"".join(struct.pack(">H", n) for n in numbers)


def spell(lang, numbers):
    return " ".join(WORDS[lang][n] for n in numbers)


def recovery_check(numbers):
    return int.from_bytes(s.expand(s.extract(b"", u16s(numbers)), s.context("recovery check"), 8), "big") % 7776


def argon2(password, salt):
    return Argon2id(salt=salt, length=32, iterations=3, lanes=1, memory_cost=64 * 1024).derive(password)


# X-Wing, draft-connolly-cfrg-xwing-kem

def xwing_expand(seed):
    expanded = hashlib.shake_256(seed).digest(96)
    return expanded[:64], expanded[64:]


def x25519_public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def xwing_public(seed):
    mlkem, x = xwing_expand(seed)
    return MLKEM768PrivateKey.from_seed_bytes(mlkem).public_key().public_bytes_raw() + x25519_public(x)


def xwing_combine(ss_m, ss_x, ct_x, pk_x):
    return hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + rb"\.//^" + b"\\").digest()


def xwing_encapsulate(public, eseed):
    ss_m, ct_m = ML_KEM_768._encaps_internal(public[:1184], eseed[:32])
    ct_x = x25519_public(eseed[32:])
    ss_x = X25519PrivateKey.from_private_bytes(eseed[32:]).exchange(X25519PublicKey.from_public_bytes(public[1184:]))
    return xwing_combine(ss_m, ss_x, ct_x, public[1184:]), ct_m + ct_x


# HPKE, RFC 9180 §5.1 and §6.1: base mode, HKDF-SHA256 (1), AES-256-GCM (2)

SUITE_ID = b"HPKE" + struct.pack(">HHH", 0x647A, 1, 2)


def labeled_extract(salt, label, ikm):
    return s.extract(salt, b"HPKE-v1" + SUITE_ID + label + ikm)


def labeled_expand(prk, label, info, length):
    return s.expand(prk, struct.pack(">H", length) + b"HPKE-v1" + SUITE_ID + label + info, length)


def hpke_seal(public, info, plain, eseed):
    shared, enc = xwing_encapsulate(public, eseed)
    context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared, b"secret", b"")
    key, nonce = labeled_expand(secret, b"key", context, 32), labeled_expand(secret, b"base_nonce", context, 12)
    return enc + AESGCM(key).encrypt(nonce, plain, b"")


def hpke_open(seed, info, sealed):
    """By PyCA's own HPKE: a third implementation."""
    mlkem, x = xwing_expand(seed)
    private = hpke.MLKEM768X25519PrivateKey(MLKEM768PrivateKey.from_seed_bytes(mlkem), X25519PrivateKey.from_private_bytes(x))
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    return suite.decrypt(sealed, private, info)


# Ed25519

def sign(seed, message):
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def signature_public(seed):
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def verifies(public, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        return True
    except InvalidSignature:
        return False


# §13: identity

def fingerprint(account, email, signing_public):
    return sha256(s.context("fp", account, email.encode(), signing_public))[:20]


def fingerprint_words(lang, fp):
    rest = int.from_bytes(fp, "big") % 7776**8
    return spell(lang, [rest // 7776**i % 7776 for i in reversed(range(8))])


def fingerprint_digits(fp):
    digits = f"{int.from_bytes(fp, 'big') % 10**35:035}"
    return " ".join(digits[i:i + 5] for i in range(0, 35, 5))


class Person:
    """An identity with all its secrets."""

    def __init__(self, name, email, draw, generation=1, previous=None, account=None):
        self.name, self.email, self.generation, self.previous = name, email, generation, previous
        self.account = account or (previous.account if previous else draw(16))
        self.account_key, self.signing_seed, self.kem_seed = draw(32), draw(32), draw(32)
        self.signing, self.kem = signature_public(self.signing_seed), xwing_public(self.kem_seed)
        self.body = {1: 1, 2: self.account, 3: email, 4: generation, 5: self.signing, 6: self.kem, 7: 1_795_000_000 + generation}
        if previous:
            self.body[8] = sha256(previous.card)
        self.card = self.make_card()
        self.fp = fingerprint(self.account, email, self.signing)

    def make_card(self, body=None, signature=None, by_previous=None, **more):
        body = s.cbor(self.body if body is None else body) if not isinstance(body, bytes) else body
        card = {1: body, 2: signature or sign(self.signing_seed, s.context("card", body))}
        if self.previous:
            card[3] = by_previous or sign(self.previous.signing_seed, s.context("card succession", body))
        return s.cbor(card | {int(k[1:]): v for k, v in more.items()})

    @property
    def former(self):
        return (self.previous.former + [self.previous]) if self.previous else []

    def seeds(self):
        return s.cbor({1: 1, 2: self.signing_seed, 3: self.kem_seed,
                       4: [{1: p.fp, 2: p.signing, 3: p.kem_seed} for p in self.former]})

    def derive(self, label):
        return s.expand(s.extract(b"", self.account_key), s.context(label, self.account), 32)

    def identity_header(self, salt, magic=b"SGI1", suite=1, card=None):
        return (magic + bytes([suite, 0, 0, 0]) + self.account + struct.pack(">I", self.generation)
                + sha256(card or self.card) + salt)

    def seal_identity(self, salt, seeds=None, **header):
        return s.wrap(self.derive("identity key"), self.identity_header(salt, **header), seeds or self.seeds())


# §13.3: locks

def lock_header(kind, profile, account, salt, magic=b"SGK1", suite=1):
    return magic + bytes([suite, kind, profile, 0]) + account + salt


def lock_with_password(account, salt, password, message, profile=1):
    return s.wrap(argon2(password, salt[:16]), lock_header(1, profile, account, salt), message)


def recovery_key(account, numbers):
    return s.expand(s.extract(b"", u16s(numbers)), s.context("recovery key", account), 32)


def lock_with_code(account, salt, numbers, message):
    return s.wrap(recovery_key(account, numbers), lock_header(2, 0, account, salt), message)


# §14.3: vault

def vault_header(owner, version, salt, generation=None, card=None, account=None, magic=b"SGV1"):
    return (magic + b"\1\0\0\0" + (account or owner.account) + struct.pack(">II", generation or owner.generation, version)
            + sha256(card or owner.card) + salt)


def seal_vault(owner, version, salt, contents, **header):
    return s.wrap(owner.derive("vault key"), vault_header(owner, version, salt, **header), s.pad(contents))


# §15: sealed part and signed cover

def part_header(magic, delivery, level, salt, suite=1, flags=0):
    return magic + bytes([suite, level]) + struct.pack(">H", flags) + delivery + salt


def commitment(key, header):
    return s.expand(s.extract(b"", key), s.context("com", header), 32)


def signed(sender, key, header, manifest, cover=None, statement=None, **changes):
    cover_hash = sha256(cover) if cover is not None else b""
    statement = statement or s.context("statement", header + commitment(key, header), sender.fp, cover_hash, sha256(manifest))
    content = {1: 1, 2: manifest, 3: sender.fp, 5: sign(sender.signing_seed, statement)}
    if cover is not None:
        content[4] = cover_hash
    return s.cbor(content | {int(k[1:]): v for k, v in changes.items()})


def seal_part(sender, key, delivery, level, salt, manifest, cover=None, magic=b"SGS1"):
    header = part_header(magic, delivery, level, salt)
    return s.wrap(key, header, s.pad(signed(sender, key, header, manifest, cover)))


# §16: grants

def grant_header(level, purpose, delivery, giver, holder, com, given, magic=b"SGG1", suite=1):
    return (magic + bytes([suite, level, purpose, 0]) + delivery + giver + holder + com + struct.pack(">Q", given))


def seal_grant(giver, holder, level, purpose, delivery, com, given, keys, random, header=None, info=None, signer=None):
    header = header or grant_header(level, purpose, delivery, giver.fp, holder.fp, com, given)
    sealed = hpke_seal(holder.kem, info or s.context("grant", header), keys, random + random)
    return header + sealed + sign((signer or giver).signing_seed, s.context("grant signature", header + sealed))


# §17: invitations and deputies

def invitation_key(secret, label, delivery, recipient):
    return s.expand(s.extract(b"", secret), s.context(label, delivery, recipient), 32)


def invitation_personal(secret, delivery):
    return s.expand(s.extract(b"", secret), s.context("invitation link", delivery), 32)


def invitation_code(numbers, delivery, recipient):
    return argon2(u16s(numbers), sha256(s.context("invitation code", delivery, recipient))[:16])


def proof(secret, delivery, recipient, inviter, email, card):
    message = s.context("invite", delivery, recipient, inviter, email.encode(), sha256(card))
    return hmac.digest(invitation_key(secret, "invitation mac", delivery, recipient), message, "sha256")


def offer_header(level, delivery, recipient, salt, magic=b"SGO1", suite=1, zeros=bytes(2)):
    return magic + bytes([suite, level]) + zeros + delivery + recipient + salt


def seal_offer(secret, level, delivery, recipient, salt, contents):
    header = offer_header(level, delivery, recipient, salt)
    return s.wrap(invitation_key(secret, "invitation key", delivery, recipient), header, contents)


def deputation(sender, deputy, since, until, magic=b"SGU1", suite=1):
    head = magic + bytes([suite, 0, 0, 0]) + sender.fp + deputy.fp + struct.pack(">QQ", since, until)
    return head + sign(sender.signing_seed, s.context("deputation", head))


# §18: boxes

def box_fingerprint(box, signing_public):
    return sha256(s.context("box fp", box, signing_public))[:20]


class Box:
    """A box with its private keys."""

    def __init__(self, owner, draw, serial=1, created=1_795_000_000):
        self.id, self.signing_seed, self.kem_seed = draw(16), draw(32), draw(32)
        self.signing, self.kem = signature_public(self.signing_seed), xwing_public(self.kem_seed)
        self.body = {1: 1, 2: self.id, 3: self.signing, 4: self.kem, 5: serial, 6: created, 7: created + 366 * 86_400, 8: owner.fp}
        self.card = self.make_card()
        self.fp = self.holder

    def make_card(self, body=None, signature=None, **more):
        body = s.cbor(self.body if body is None else body) if not isinstance(body, bytes) else body
        card = {1: body, 2: signature or sign(self.signing_seed, s.context("box card", body))}
        return s.cbor(card | {int(k[1:]): v for k, v in more.items()})

    @property
    def fingerprint(self):
        return box_fingerprint(self.id, self.signing)

    @property
    def holder(self):
        return sha256(self.card)[:20]

    def keys(self):
        return {1: self.id, 2: self.signing_seed, 3: [{1: self.body[5], 2: self.body[6], 3: self.kem_seed, 4: self.holder}]}


class Submitter(Person):
    """Whom a receipt's secret gives."""

    def __init__(self, secret, delivery, email):
        prk = s.extract(b"", secret)
        seeds = iter(s.expand(prk, s.context(f"submitter {what}", delivery), 32) for what in ("account", "signing", "kem"))
        super().__init__("submitter", email, lambda length: next(seeds), account=delivery)
        self.body[7] = 0
        self.card = self.make_card()


def request_token(secret, ticket):
    return s.expand(s.extract(b"", secret), s.context("request token", ticket), 32)


def ticket_header(magic, ticket, salt, suite=1, zeros=bytes(3)):
    return magic + bytes([suite]) + zeros + ticket + salt


def seal_request(secret, ticket, salt, contents):
    key = s.expand(s.extract(b"", secret), s.context("request key", ticket), 32)
    return s.wrap(key, ticket_header(b"SGQ1", ticket, salt), s.pad(contents))


def keep_request(owner, ticket, salt, secret):
    return s.wrap(owner.derive("kept request"), ticket_header(b"SGW1", ticket, salt), secret)


def receipt(delivery, sheet, blobs):
    entries = sorted(blob + sha256(b"".join(parts)) for blob, parts in blobs)
    return sha256(s.context("receipt", delivery, sheet, *entries))
