"""The cases of levels 3 and 4. generate.py calls `make` with its own means."""

import generate_boxes
import sealed as t
import siegel as s

NOW = 1_795_000_000


def make(draw, write, write_person, flip):
    ada = t.Person("ada", "ada@example.org", draw)
    ada2 = t.Person("ada2", "ada@example.org", draw, 2, ada)
    ada3 = t.Person("ada3", "ada@example.org", draw, 3, ada2)
    bob = t.Person("bob", "bob@example.org", draw)
    dora = t.Person("dora", "dora@example.org", draw)
    eve = t.Person("eve", "eve@example.org", draw)
    people = [ada, ada2, ada3, bob, dora, eve]
    for person in people:
        write_person(person)

    def hostile(case, name, good, spots, expected="damaged", version_at=3, suite_at=4, **fields):
        """What every object must refuse: cut, longer, another version or suite, a flipped byte anywhere."""
        case(f"{name}_empty", "there is nothing at all", b"", expected, **fields)
        case(f"{name}_short", "the last byte is missing", good[:-1], expected, **fields)
        case(f"{name}_long", "one byte too many", good + b"\0", expected, **fields)
        case(f"{name}_magic", "the magic is another", flip(good, 1), expected, **fields)
        case(f"{name}_version", "the version is 2", good[:version_at] + b"2" + good[version_at + 1:], "unknown format", **fields)
        case(f"{name}_suite", "the suite is 2", good[:suite_at] + b"\2" + good[suite_at + 1:], "unknown format", **fields)
        for spot, at, outcome in spots:
            case(f"{name}_flip_{spot}", f"the {spot} is changed", flip(good, at), outcome, **fields)

    codes(draw, write)
    cards(write, ada, ada2, ada3, bob, eve)
    locks(draw, write, ada, hostile)
    identities(draw, write, ada, ada3, eve, hostile)
    vaults(draw, write, ada, bob, eve, hostile)
    parts(draw, write, ada, ada2, eve, hostile)
    grants(draw, write, ada, ada2, bob, dora, eve, hostile)
    offers(draw, write, ada, bob, eve, hostile)
    deputations(write, ada, bob, dora, eve, hostile)
    own_drafts(draw, write, ada, eve, hostile)
    generate_boxes.make(draw, write, ada, eve, hostile)


def numbers(draw, count):
    return [int.from_bytes(draw(4), "big") % 7776 for _ in range(count)]


def codes(draw, write):
    account, delivery, recipient = draw(16), draw(16), draw(16)
    random = numbers(draw, 11)
    code = random + [t.recovery_check(random)]
    key = t.recovery_key(account, random)

    def recovery(name, about, words, expect="ok", **fields):
        fields = dict(account=account, words=words) | (dict(key=key) if expect == "ok" else {}) | fields
        write(f"recovery_{name}", about, "recovery", expect, fields)

    for lang in ("de", "en"):
        words = t.spell(lang, code)
        recovery(f"ok_{lang}", "as it is shown", words)
        recovery(f"ok_{lang}_typed", "typed with capitals, numbers and commas", "1) " + ", 2. ".join(words.upper().split()))
        cut = words.split()
        recovery(f"short_{lang}", "a word is missing", " ".join(cut[:-1]), "wrong count")
        recovery(f"long_{lang}", "a word too many", words + " " + cut[0], "wrong count")
        recovery(f"unknown_{lang}", "a word is in no list", " ".join(cut[:3] + ["xyzzy"] + cut[4:]), "unknown word")
        recovery(f"swapped_{lang}", "two words are exchanged", " ".join([cut[1], cut[0]] + cut[2:]), "mistyped")
        wrong = [n if i != 7 else (n + 1) % 7776 for i, n in enumerate(code)]
        recovery(f"mistyped_{lang}", "a word is its neighbour in the list", t.spell(lang, wrong), "mistyped")
    recovery("mixed", "six words in each language", " ".join(t.spell("de", code).split()[:6] + t.spell("en", code).split()[6:]), "unknown word")
    recovery("empty", "nothing was typed", "", "wrong count")
    hyphens = [t.WORDS["en"].index(w) for w in ("drop-down", "felt-tip", "t-shirt")] + random[:8]
    all_words = t.spell("en", hyphens + [t.recovery_check(hyphens)])
    recovery("ok_hyphens", "words with hyphens", all_words, key=t.recovery_key(account, hyphens))
    recovery("ok_hyphens_left_out", "their hyphens left out", all_words.replace("-", ""), key=t.recovery_key(account, hyphens))

    seven = numbers(draw, 7)
    secret = t.invitation_code(seven, delivery, recipient)
    for lang in ("de", "en"):
        write(f"invitation_code_ok_{lang}", "seven words", "invitation code", "ok",
              dict(delivery=delivery, recipient=recipient, words=t.spell(lang, seven), secret=secret))
    write("invitation_code_short", "six words", "invitation code", "wrong count",
          dict(delivery=delivery, recipient=recipient, words=t.spell("de", seven[:6])))
    write("invitation_code_unknown", "a word that is in no list", "invitation code", "unknown word",
          dict(delivery=delivery, recipient=recipient, words=t.spell("de", seven[:6]) + " xyzzy"))


# Ed25519: the group order, and points of small order.
ORDER = 2**252 + 27742317777372353535851937790883648493
SMALL_ED25519 = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]
# X25519: points of small order (RFC 7748 §6.1 leads to them), and forms that are not the one.
P = 2**255 - 19
SMALL_X25519 = [
    0, 1, P - 1, P, P + 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
]


def cards(write, ada, ada2, ada3, bob, eve):
    def card(name, about, body, expect="malformed", **fields):
        write(f"card_{name}", about, "card", expect, fields, body)

    for person in (ada, ada2, bob):
        card(f"ok_{person.name}", "as it is shown", person.card, "ok", fingerprint=person.fp.hex(),
             words_de=t.fingerprint_words("de", person.fp), words_en=t.fingerprint_words("en", person.fp),
             digits=t.fingerprint_digits(person.fp))
    for name, about, first, second, follows in [
        ("ok", "a rotation", ada, ada2, "yes"), ("ok_second", "another", ada2, ada3, "yes"),
        ("skipped", "a generation is left out", ada, ada3, "no"), ("backwards", "in the wrong order", ada2, ada, "no"),
        ("same", "the same card", ada, ada, "no"), ("other", "another person's card", eve, ada2, "no"),
    ]:
        card(f"step_{name}", about, second.card, "ok", previous=first.name, follows=follows, fingerprint=second.fp.hex())
    by_eve = t.sign(eve.signing_seed, s.context("card succession", s.cbor(ada2.body)))
    card("step_forged", "the second signature is another's", ada2.make_card(by_previous=by_eve), "ok", previous="ada",
         follows="no", fingerprint=ada2.fp.hex())
    label = t.sign(ada.signing_seed, s.context("card", s.cbor(ada2.body)))
    card("step_label", "the second signature was made for another purpose", ada2.make_card(by_previous=label), "ok",
         previous="ada", follows="no", fingerprint=ada2.fp.hex())
    for name, about, change in [("account", "another account", {2: bob.account}), ("hash", "the hash of another card", {8: t.sha256(bob.card)}),
                                ("generation", "two generations later", {4: 3}), ("first", "the same generation", {4: 1})]:
        other = ada2.make_card(ada2.body | change)
        body = ada2.body | change
        card(f"step_{name}", about, other, "ok", previous="ada", follows="no",
             fingerprint=t.fingerprint(body[2], body[3], body[5]).hex())

    good = ada.card
    card("empty", "there is nothing at all", b"")
    card("short", "the last byte is missing", good[:-1])
    card("long", "one byte too many", good + b"\0")
    card("version", "the version is 2", ada.make_card(ada.body | {1: 2}), "unknown format")
    card("unknown_key", "the body has a key 9", ada.make_card(ada.body | {9: 0}))
    card("outer_unknown_key", "a fourth entry", ada.make_card(_4=b""))
    card("outer_previous", "a second signature on a first card", ada.make_card(_3=bytes(64)))
    card("no_second", "a later card without its second signature", s.cbor({1: s.cbor(ada2.body), 2: t.sign(ada2.signing_seed, s.context("card", s.cbor(ada2.body)))}))
    card("generation_0", "generation 0", ada.make_card(ada.body | {4: 0}))
    card("generation_long", "a generation of 2^32", ada.make_card(ada.body | {4: 2**32}))
    card("email_case", "the address in capitals", ada.make_card(ada.body | {3: "Ada@Example.org"}))
    card("email_empty", "no address", ada.make_card(ada.body | {3: ""}))
    card("email_long", "an address of 255 bytes", ada.make_card(ada.body | {3: "a" * 243 + "@example.org"}))
    card("account_short", "an account of 15 bytes", ada.make_card(ada.body | {2: ada.account[:15]}))
    card("kem_short", "a KEM key of 1,215 bytes", ada.make_card(ada.body | {6: ada.kem[:-1]}))
    pairs = [s.cbor(k) + s.cbor(v) for k, v in sorted(ada.body.items())]
    card("order", "address and account are exchanged", ada.make_card(s.head(5, 7) + b"".join([pairs[0], pairs[2], pairs[1]] + pairs[3:])))
    card("twice", "the address stands twice", ada.make_card(s.head(5, 8) + b"".join(pairs[:3] + pairs[2:])))
    card("indefinite", "a body of indefinite length", ada.make_card(b"\xbf" + b"".join(pairs) + b"\xff"))

    # Signatures: another's, for another purpose, of other bytes, not reduced, zero.
    body = s.cbor(ada.body)
    message = s.context("card", body)
    signature = t.sign(ada.signing_seed, message)
    card("signature_zero", "the signature is zero", ada.make_card(signature=bytes(64)), "bad signature")
    card("signature_other", "another's signature", ada.make_card(signature=t.sign(eve.signing_seed, message)), "bad signature")
    card("signature_label", "a signature for another purpose", ada.make_card(signature=t.sign(ada.signing_seed, s.context("deputation", body))), "bad signature")
    card("signature_plain", "a signature without a purpose", ada.make_card(signature=t.sign(ada.signing_seed, body)), "bad signature")
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    card("signature_malleable", "the signature's scalar is not reduced",
         ada.make_card(signature=signature[:32] + scalar.to_bytes(32, "little")), "bad signature")
    renamed = s.cbor(ada.body | {3: "eve@example.org"})
    card("signature_renamed", "the address is changed after signing", ada.make_card(renamed, signature=signature), "bad signature")

    # Keys that protect nothing.
    for i, point in enumerate(SMALL_ED25519):
        card(f"weak_ed25519_{i}", "a signature key of small order", ada.make_card(ada.body | {5: bytes.fromhex(point)}), "weak key")
    card("weak_ed25519_form", "a signature key in another form", ada.make_card(ada.body | {5: (P + 3).to_bytes(32, "little")}), "weak key")
    card("weak_ed25519_none", "a signature key that is no point", ada.make_card(ada.body | {5: (2).to_bytes(32, "little")}), "weak key")
    for i, point in enumerate(SMALL_X25519):
        kem = ada.kem[:1184] + point.to_bytes(32, "little")
        card(f"weak_x25519_{i}", "an X25519 key of small order", ada.make_card(ada.body | {6: kem}), "weak key")
    kem = ada.kem[:1184] + (P + 9).to_bytes(32, "little")
    card("weak_x25519_form", "an X25519 key that is not reduced", ada.make_card(ada.body | {6: kem}), "weak key")
    kem = ada.kem[:-1] + bytes([ada.kem[-1] | 0x80])
    card("weak_x25519_bit", "an X25519 key with its unused bit set", ada.make_card(ada.body | {6: kem}), "weak key")
    card("weak_mlkem", "an ML-KEM coefficient of 4,095", ada.make_card(ada.body | {6: b"\xff\xff\xff" + ada.kem[3:]}), "weak key")


def locks(draw, write, ada, hostile):
    password = "gr\u00fcne T\u00fcr 7"
    random = numbers(draw, 11)
    words = t.spell("de", random + [t.recovery_check(random)])
    salt = draw(32)
    by_code = t.lock_with_code(ada.account, salt, random, ada.account_key)
    by_password = t.lock_with_password(ada.account, salt, password.encode(), ada.account_key)

    def lock(name, about, body, expect="damaged", **fields):
        given = dict(account=ada.account, words=words)
        if "password" in fields:
            del given["words"]
        write(f"lock_{name}", about, "lock", expect, given | fields, body)

    lock("ok_code", "opened with a recovery code", by_code, "ok", account_key=ada.account_key, salt=salt)
    lock("ok_password", "opened with a SecuPass", by_password, "ok", password=password, account_key=ada.account_key, salt=salt)
    lock("ok_password_typed", "the SecuPass typed with decomposed letters and another space", by_password, "ok",
         password="gru\u0308ne\u2003Tu\u0308r 7", account_key=ada.account_key, salt=salt)
    lock("password_wrong", "another SecuPass", by_password, "refused", password="gr\u00fcne T\u00fcr 8")
    other = numbers(draw, 11)
    lock("code_wrong", "another recovery code", by_code, "refused", words=t.spell("de", other + [t.recovery_check(other)]))
    lock("kind_code", "a SecuPass for the lock of a recovery code", by_code, password=password)
    lock("kind_password", "a recovery code for the lock of a SecuPass", by_password)
    lock("other_account", "the lock of another account", t.lock_with_code(draw(16), salt, random, ada.account_key))
    for profile in (0, 2, 3, 127, 255):
        lock(f"profile_{profile}", f"profile {profile}", by_password[:6] + bytes([profile]) + by_password[7:],
             "profile refused", password=password)
    lock("profile_code", "a profile for a recovery code", by_code[:6] + b"\1" + by_code[7:], "profile refused")
    lock("kind_0", "kind 0", by_code[:5] + b"\0" + by_code[6:], "unknown format")
    lock("kind_3", "kind 3", by_code[:5] + b"\3" + by_code[6:], "unknown format")
    lock("zero", "a reserved bit is set", by_code[:7] + b"\1" + by_code[8:], "unknown format")
    header = t.lock_header(2, 0, ada.account, salt)
    key = t.recovery_key(ada.account, random)
    lock("foreign_commitment", "opens under this key, but commits to another",
         s.wrap(key, header, ada.account_key, commitment=t.commitment(draw(32), header)), "refused")
    hostile(lock, "code", by_code, [("account", 8, "damaged"), ("salt", 24, "refused"), ("commitment", 56, "refused"),
                                    ("body", 88, "refused"), ("tag", len(by_code) - 1, "refused")])


def identities(draw, write, ada, ada3, eve, hostile):
    salt = draw(32)

    def identity(name, about, body, expect="damaged", owner=ada, card=None, **fields):
        write(f"identity_{name}", about, "identity", expect, dict(owner=owner.name, card=(card or owner).name) | fields, body)

    good = ada.seal_identity(salt)
    identity("ok", "as it was sealed", good, "ok", salt=salt)
    identity("ok_rotated", "with the keys of two earlier generations", ada3.seal_identity(salt), "ok", ada3, salt=salt)
    identity("other_card", "the server shows another's card", good, "keys differ", card=eve)
    identity("other_identity", "the server gives another's identity", eve.seal_identity(salt))
    identity("earlier_card", "the server shows an earlier card", ada3.seal_identity(salt), "keys differ", ada3, ada)
    identity("other_key", "sealed under another key", s.wrap(draw(32), ada.identity_header(salt), ada.seeds()))
    swapped = s.cbor({1: 1, 2: eve.signing_seed, 3: ada.kem_seed, 4: []})
    identity("signing_swapped", "another's signing key inside", ada.seal_identity(salt, swapped), "keys differ")
    swapped = s.cbor({1: 1, 2: ada.signing_seed, 3: eve.kem_seed, 4: []})
    identity("kem_swapped", "another's KEM key inside", ada.seal_identity(salt, swapped), "keys differ")
    seeds = {1: 1, 2: ada.signing_seed, 3: ada.kem_seed, 4: []}
    for name, about, inner, expect in [
        ("version", "the version inside is 2", s.cbor(seeds | {1: 2}), "unknown format"),
        ("unknown_key", "a key 5 inside", s.cbor(seeds | {5: 0}), "damaged"),
        ("trailing", "a byte follows inside", s.cbor(seeds) + b"\0", "damaged"),
        ("short_seed", "a seed of 31 bytes", s.cbor(seeds | {2: bytes(31)}), "damaged"),
        ("missing", "the KEM seed is missing", s.cbor({1: 1, 2: ada.signing_seed, 4: []}), "damaged"),
        ("many", "33 earlier generations", s.cbor(seeds | {4: [{1: eve.fp, 2: eve.signing, 3: eve.kem_seed}] * 33}), "damaged"),
        ("weak_former", "an earlier key of small order", s.cbor(seeds | {4: [{1: eve.fp, 2: bytes(32), 3: eve.kem_seed}]}), "damaged"),
    ]:
        identity(f"inner_{name}", about, ada.seal_identity(salt, inner), expect)
    identity("zeros", "a reserved bit is set", good[:5] + b"\1" + good[6:], "unknown format")
    hostile(identity, "sealed", good, [("account", 8, "damaged"), ("generation", 27, "keys differ"), ("hash", 28, "keys differ"),
                                       ("salt", 60, "damaged"), ("commitment", 92, "damaged"), ("body", 124, "damaged"),
                                       ("tag", len(good) - 1, "damaged")])


def vaults(draw, write, ada, bob, eve, hostile):
    salt = draw(32)
    pins = sorted((dict(zip(range(1, 8), (p.email, p.account, p.generation, p.signing, t.sha256(p.card), trust, NOW)))
                   for p, trust in ((bob, 3), (eve, 1))), key=lambda pin: pin[1].encode())
    links = sorted(({1: draw(16), 2: draw(32)} for _ in range(3)), key=lambda link: link[1])
    invitations = [{1: draw(16), 2: draw(16), 3: bob.email, 4: ada.fp, 5: draw(32), 6: t.sha256(bob.card)},
                   {1: draw(16), 2: draw(16), 3: eve.email, 4: ada.fp, 5: draw(32)}]
    contents = {1: 1, 2: pins, 3: links, 4: invitations}
    empty = {1: 1, 2: [], 3: [], 4: []}

    def vault(name, about, body, expect="damaged", seen=0, **fields):
        write(f"vault_{name}", about, "vault", expect, dict(owner="ada", seen=seen) | fields, body)

    def sealed(contents, version=7, **more):
        return t.seal_vault(ada, version, salt, contents if isinstance(contents, bytes) else s.cbor(contents), **more)

    good = sealed(contents)
    vault("ok", "two pins, three links, two invitations", good, "ok", seen=7, salt=salt, version=7)
    vault("ok_empty", "an empty one", sealed(empty, 1), "ok", salt=salt, version=1)
    vault("ok_newer", "a newer one than was seen", good, "ok", seen=2, salt=salt, version=7)
    vault("rolled_back", "an older one than was seen", good, "rolled back", seen=8)
    vault("other_owner", "another account's", t.seal_vault(eve, 7, salt, s.cbor(contents)), "other identity")
    vault("other_generation", "of another generation", sealed(contents, generation=2), "other identity")
    vault("other_card", "sealed beside another card", sealed(contents, card=eve.card), "other identity")
    vault("other_key", "sealed under another key", s.wrap(draw(32), t.vault_header(ada, 7, salt), s.pad(s.cbor(contents))))
    vault("zeros", "a reserved bit is set", good[:5] + b"\1" + good[6:], "unknown format")
    for name, about, inner, expect in [
        ("version", "the version inside is 2", contents | {1: 2}, "unknown format"),
        ("unknown_key", "a key 6 inside", contents | {6: 0}, "damaged"),
        ("trailing", "a byte follows inside", s.cbor(contents) + b"\0", "damaged"),
        ("pins_order", "the pins are not sorted", contents | {2: pins[::-1]}, "damaged"),
        ("pins_twice", "an address is pinned twice", contents | {2: [pins[0], pins[0]]}, "damaged"),
        ("links_order", "the links are not sorted", contents | {3: links[::-1]}, "damaged"),
        ("trust_0", "a key that nobody vouched for", contents | {2: [pins[0] | {6: 0}]}, "damaged"),
        ("trust_4", "an unknown trust", contents | {2: [pins[0] | {6: 4}]}, "damaged"),
        ("weak", "a pinned key of small order", contents | {2: [pins[0] | {4: bytes(32)}]}, "damaged"),
        ("link_short", "a link secret of 31 bytes", contents | {3: [links[0] | {2: bytes(31)}]}, "damaged"),
        ("invitation_used", "an invitation used by 31 bytes", contents | {4: [invitations[0] | {6: bytes(31)}]}, "damaged"),
    ]:
        vault(f"inner_{name}", about, sealed(inner), expect)
    vault("padding_none", "not padded", s.wrap(ada.derive("vault key"), t.vault_header(ada, 7, salt), s.pad(s.cbor(contents))[:-1]))
    header = t.vault_header(ada, 7, salt)
    vault("foreign_commitment", "opens under this key, but commits to another",
          s.wrap(ada.derive("vault key"), header, s.pad(s.cbor(contents)), commitment=t.commitment(draw(32), header)))
    hostile(vault, "sealed", good, [("account", 8, "other identity"), ("generation", 27, "other identity"), ("number", 31, "damaged"),
                                    ("hash", 32, "other identity"), ("salt", 64, "damaged"), ("commitment", 96, "damaged"),
                                    ("body", 128, "damaged"), ("tag", len(good) - 1, "damaged")])


def parts(draw, write, ada, ada2, eve, hostile):
    key, delivery, salt, other = draw(32), draw(16), draw(32), draw(16)
    files = [{1: draw(16), 2: "Bescheid.pdf", 3: "application/pdf", 4: 300, 6: 18, 7: draw(32)}]
    whole = {1: 1, 2: delivery, 3: 4, 4: "Unterlagen", 5: "Guten Tag,\n\nanbei.", 6: NOW, 8: files}
    inside, outside = whole | {3: 3, 4: "", 5: ""}, whole | {3: 3, 8: []}
    cover_key = draw(32)
    cover = t.seal_part(ada, cover_key, delivery, 3, salt, s.cbor(outside), magic=b"SGC1")

    def part(name, about, body, expect="damaged", level=4, cover=None, sender="ada", **fields):
        given = dict(sender=sender, key=key, delivery=delivery, level=level, commitment=body[56:88].ljust(32, b"\0"))
        if cover is not None:
            given["cover"] = cover.hex()
        write(f"part_{name}", about, "part", expect, given | fields, body)

    def signed_cover(name, about, body, expect="damaged", sender="ada", **fields):
        given = dict(sender=sender, cover_key=cover_key, delivery=delivery)
        write(f"signed_cover_{name}", about, "signed cover", expect, given | fields, body)

    def hashed(manifest):
        return dict(manifest_sha256=t.sha256(s.cbor(manifest)), salt=salt)

    at_4 = t.seal_part(ada, key, delivery, 4, salt, s.cbor(whole))
    at_3 = t.seal_part(ada, key, delivery, 3, salt, s.cbor(inside), cover)
    part("ok_4", "everything, at level 4", at_4, "ok", **hashed(whole))
    part("ok_3", "the files, at level 3", at_3, "ok", 3, cover, **hashed(inside))
    signed_cover("ok", "subject and message, at level 3", cover, "ok", **hashed(outside))
    part("ok_former", "signed before the sender rotated their keys", at_4, "ok", sender="ada ada2", **hashed(whole))
    part("rotated_alone", "the same, but the server leaves out the earlier card", at_4, sender="ada2")
    part("other_sender", "another sender is expected", at_4, sender="eve")
    signed_cover("other_sender", "another sender is expected", cover, sender="eve")
    part("level_lowered", "the server claims level 3", at_4, level=3, cover=cover)
    part("level_raised", "the server claims level 4", at_3)
    part("level_1", "the server claims level 1", at_4, level=1)
    part("other_delivery", "a true part of another delivery", t.seal_part(ada, key, other, 4, salt, s.cbor(whole | {2: other})))
    part("other_key", "sealed under another key", t.seal_part(ada, draw(32), delivery, 4, salt, s.cbor(whole)))
    part("not_granted", "another part than the one that was granted", at_4, commitment=draw(32))
    part("no_cover", "the server leaves out the cover", at_3, level=3)
    part("cover_at_4", "a cover where there is none", at_4, cover=cover)
    another = t.seal_part(ada, cover_key, delivery, 3, draw(32), s.cbor(outside), magic=b"SGC1")
    part("other_cover", "a true cover that this part does not name", at_3, level=3, cover=another)
    part("as_cover", "the cover in its place", t.seal_part(ada, key, delivery, 3, salt, s.cbor(outside), magic=b"SGC1"), level=3, cover=cover)
    signed_cover("as_part", "a sealed part in its place", t.seal_part(ada, cover_key, delivery, 3, salt, s.cbor(outside)))
    signed_cover("unsigned", "a manifest without a statement", s.wrap(cover_key, s.cover_header(delivery, 3, salt), s.pad(s.cbor(outside))))
    signed_cover("level_4", "a signed cover at level 4", t.seal_part(ada, cover_key, delivery, 4, salt, s.cbor(whole | {8: []}), magic=b"SGC1"))
    signed_cover("with_file", "a file in the cover", t.seal_part(ada, cover_key, delivery, 3, salt, s.cbor(whole | {3: 3}), magic=b"SGC1"))
    part("with_subject", "a subject inside at level 3", t.seal_part(ada, key, delivery, 3, salt, s.cbor(inside | {4: "x"}), cover), level=3, cover=cover)
    part("with_message", "a message inside at level 3", t.seal_part(ada, key, delivery, 3, salt, s.cbor(inside | {5: "x"}), cover), level=3, cover=cover)
    part("inner_level", "the manifest says level 3", t.seal_part(ada, key, delivery, 4, salt, s.cbor(whole | {3: 3})))
    part("inner_delivery", "the manifest names another delivery", t.seal_part(ada, key, delivery, 4, salt, s.cbor(whole | {2: other})))
    part("inner_version", "the manifest's version is 2", t.seal_part(ada, key, delivery, 4, salt, s.cbor(whole | {1: 2})), "unknown format")

    # The statement: by another, over something else, for another purpose, missing.
    header, m = t.part_header(b"SGS1", delivery, 4, salt), s.cbor(whole)
    head = header + t.commitment(key, header)

    def stated(name, about, statement=None, expect="damaged", sender=ada, **changes):
        part(f"statement_{name}", about, s.wrap(key, header, s.pad(t.signed(sender, key, header, m, statement=statement, **changes))), expect)

    stated("by_other", "stated by another, under their own name", sender=eve)
    stated("in_name", "stated by another, in the sender's name", sender=eve, _3=ada.fp,
           statement=s.context("statement", head, ada.fp, b"", t.sha256(m)))
    lower = t.part_header(b"SGS1", delivery, 3, salt)
    stated("level", "over another level", s.context("statement", lower + t.commitment(key, lower), ada.fp, b"", t.sha256(m)))
    stated("commitment", "over another key", s.context("statement", header + draw(32), ada.fp, b"", t.sha256(m)))
    stated("manifest", "over another manifest", s.context("statement", head, ada.fp, b"", t.sha256(m + b"x")))
    stated("cover", "over a cover", s.context("statement", head, ada.fp, t.sha256(cover), t.sha256(m)))
    stated("label", "for another purpose", s.context("card", head, ada.fp, b"", t.sha256(m)))
    stated("zero", "a signature of zeros", _5=bytes(64))
    stated("short", "a signature of 63 bytes", _5=bytes(63))
    stated("version", "version 2", _1=2, expect="unknown format")
    stated("unknown_key", "a key 6", _6=0)
    stated("cover_named", "a cover that does not exist", _4=bytes(32))
    content = t.signed(ada, key, header, m)
    part("content_trailing", "a byte follows inside", s.wrap(key, header, s.pad(content + b"\0")))
    part("padding_none", "not padded", s.wrap(key, header, s.pad(content)[:4 + len(content)]))
    part("foreign_commitment", "opens under this key, but commits to another",
         s.wrap(key, header, s.pad(content), commitment=t.commitment(draw(32), header)))
    flips = [("delivery", 8, "damaged"), ("salt", 24, "damaged"), ("commitment", 56, "damaged"), ("body", 88, "damaged"),
             ("tag", len(at_4) - 1, "damaged")]
    hostile(part, "sealed", at_4, flips)
    hostile(signed_cover, "sealed", cover, flips)
    # Files under the delivery key.
    for level in (3, 4):
        blob = draw(16)
        body = s.seal_file(key, delivery, blob, level, 10, salt, bytes(i % 251 for i in range(2000)))
        for name, about, claimed, expect in [("ok", "a file", level, "ok"), ("level", "the server claims the other level", 7 - level, "damaged"),
                                             ("lowered", "the server claims level 2", 2, "damaged")]:
            write(f"delivery_file_{name}_{level}", f"{about} of level {level}", "stream", expect,
                  dict(delivery_key=key, delivery=delivery, blob=blob, level=claimed, size=2000, chunk_log2=10, salt=salt), body)


def grants(draw, write, ada, ada2, bob, dora, eve, hostile):
    delivery, com, random, keys = draw(16), draw(32), draw(32), draw(64)
    RECIPIENT, OWN, DEPUTY = 1, 2, 3

    def grant(name, about, body, expect="damaged", holder="bob", sender="ada", level=4, purpose="recipient", **fields):
        given = dict(purpose=purpose, holder=holder, sender=sender, delivery=delivery, level=level)
        if expect == "ok":
            given |= dict(commitment=com, delivery_key=keys[:32], link_secret=keys[32:])
        write(f"grant_{name}", about, "grant", expect, given | fields, body)

    def seal(giver=ada, holder=bob, level=4, purpose=RECIPIENT, given=NOW, **more):
        return t.seal_grant(giver, holder, level, purpose, delivery, com, given, more.pop("keys", keys), random, **more)

    again = dict(random=random, given=NOW, giver="ada")
    good = seal()
    # PyCA's HPKE opens what was put together by hand.
    assert t.hpke_open(bob.kem_seed, s.context("grant", good[:104]), good[104:-64]) == keys
    assert len(good) == 1368
    grant("ok_4", "to a recipient, at level 4", good, "ok", **again)
    grant("ok_3", "to a recipient, at level 3", seal(level=3), "ok", level=3, **again)
    own = seal(holder=ada, purpose=OWN)
    grant("ok_own", "the sender's own", own, "ok", "ada", purpose="own", **again)
    held = seal(holder=dora, purpose=DEPUTY)
    grant("ok_deputy", "a deputy's", held, "ok", "dora", purpose="deputy", **again)
    grant("ok_own_rotated", "the sender's own, after they rotated their keys", own, "ok", "ada2", purpose="own")
    grant("ok_sender_rotated", "given before the sender rotated their keys", good, "ok", sender="ada ada2")
    grant("sender_rotated_alone", "the same, but the server leaves out the earlier card", good, "not entitled", sender="ada2")
    grant("ok_holder_rotated", "given before the holder rotated their keys", seal(eve, ada), "ok", "ada2", "eve")

    grant("other_holder", "made for another", good, "not for me", holder="eve")
    grant("other_sender", "another sender is expected", good, "not entitled", sender="eve")
    grant("other_delivery", "for another delivery", good, "other place", delivery=draw(16))
    for level in (1, 2, 3):
        grant(f"level_{level}", f"the server claims level {level}", good, "other place", level=level)
    grant("level_header", "sealed at level 2", seal(level=2), "other place", level=2)
    for name, body, purpose in [("own_as_recipient", seal(holder=ada, purpose=OWN), "recipient"),
                                ("recipient_as_own", seal(holder=ada), "own")]:
        grant(name, "for another purpose", body, "not for me", "ada", purpose=purpose)
    grant("deputy_as_recipient", "a deputy's, shown as a recipient's", held, "not for me", "dora")
    grant("recipient_as_deputy", "a recipient's, shown as a deputy's", good, "not for me", purpose="deputy")
    grant("own_by_other", "another's, shown as the sender's own", seal(eve, ada, purpose=OWN), "not for me", "ada", purpose="own")
    head = t.grant_header(4, OWN, delivery, ada.fp, ada.fp, com, NOW)
    grant("own_forged", "another's, in the sender's name", seal(ada, ada, purpose=OWN, header=head, signer=eve), "bad signature", "ada", purpose="own")
    grant("forged", "given by another, in the sender's name", seal(signer=eve), "bad signature")
    passed = t.grant_header(4, RECIPIENT, delivery, bob.fp, eve.fp, com, NOW)
    grant("passed_on", "a recipient passes it on", seal(bob, eve, header=passed), "not entitled", holder="eve")
    # Signed by the sender, but sealed to something else: for the holder it does not open.
    grant("info", "sealed with another header", seal(info=s.context("grant", flip_at(good[:104], 103))), "damaged")
    grant("label", "sealed for another purpose", seal(info=s.context("statement", good[:104])), "damaged")
    grant("sealed_to_other", "sealed to another's key", t.seal_grant(ada, eve, 4, 1, delivery, com, NOW, keys, random,
          header=t.grant_header(4, 1, delivery, ada.fp, bob.fp, com, NOW)), "damaged")
    grant("signature_label", "a signature for another purpose",
          good[:-64] + t.sign(ada.signing_seed, s.context("deputation", good[:-64])), "bad signature")
    grant("signature_plain", "a signature without a purpose", good[:-64] + t.sign(ada.signing_seed, good[:-64]), "bad signature")
    grant("signature_zero", "a signature of zeros", good[:-64] + bytes(64), "bad signature")
    scalar = int.from_bytes(good[-32:], "little") + ORDER
    grant("signature_malleable", "the signature's scalar is not reduced", good[:-32] + scalar.to_bytes(32, "little"), "bad signature")
    point = good[:104 + 1088] + bytes(32) + good[104 + 1120:-64]
    grant("zero_point", "an ephemeral key of small order, signed by the sender",
          point + t.sign(ada.signing_seed, s.context("grant signature", point)), "damaged")
    grant("purpose_0", "purpose 0", good[:6] + b"\0" + good[7:], "unknown format")
    grant("purpose_4", "purpose 4, that of a box", good[:6] + b"\4" + good[7:], "not for me")
    grant("purpose_5", "purpose 5", good[:6] + b"\5" + good[7:], "unknown format")
    grant("zero", "a reserved bit is set", good[:7] + b"\1" + good[8:], "unknown format")
    hostile(grant, "sealed", good, [
        ("level", 5, "other place"), ("delivery", 8, "other place"), ("giver", 24, "not entitled"), ("holder", 44, "not for me"),
        ("commitment", 64, "bad signature"), ("time", 103, "bad signature"), ("enc_mlkem", 104, "bad signature"),
        ("enc_x25519", 104 + 1088, "bad signature"), ("keys", 104 + 1120, "bad signature"), ("tag", 1303, "bad signature"),
        ("signature", 1367, "bad signature"),
    ])

    # Given by a deputy.
    given = t.deputation(ada, dora, NOW, NOW + 100)
    by_dora = dict(deputation=given.hex(), deputy="dora")
    for name, at, expect in [("ok", NOW + 99, "ok"), ("ok_first", NOW, "ok"), ("early", NOW - 1, "not entitled"), ("late", NOW + 100, "not entitled")]:
        fields = by_dora | (dict(random=random, given=at, giver="dora") if expect == "ok" else {})
        grant(f"deputy_{name}", f"given by a deputy, {at - NOW} seconds after the beginning of 100", seal(dora, given=at), expect, **fields)
    grant("deputy_none", "given by a deputy, without a deputation", seal(dora), "not entitled")
    grant("deputy_other", "given by another than the deputy", seal(eve), "not entitled", **by_dora | dict(deputy="eve"))
    grant("deputy_swapped", "given by another, shown with the deputy's card", seal(eve), "not entitled", **by_dora)


def flip_at(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def offers(draw, write, ada, bob, eve, hostile):
    secret, delivery, recipient, salt = draw(32), draw(16), draw(16), draw(32)
    keys = {4: draw(32), 5: draw(32), 6: draw(32)}
    without = {1: 1, 2: ada.fp, 3: bob.email}

    def offer(name, about, body, expect="damaged", level=4, **fields):
        given = dict(fragment="1i." + s.base64url(secret), delivery=delivery, recipient=recipient, level=level)
        write(f"offer_{name}", about, "offer", expect, given | fields, body)

    def seal(contents, level=4):
        return t.seal_offer(secret, level, delivery, recipient, salt, contents if isinstance(contents, bytes) else s.cbor(contents))

    proved = dict(inviter="ada", card="bob", salt=salt, proof=t.proof(secret, delivery, recipient, ada.fp, bob.email, bob.card),
                  gate=s.personal_keys(delivery, t.invitation_personal(secret, delivery))[0])
    good = seal(without | keys)
    offer("ok", "with the keys of the delivery", good, "ok", delivery_key=keys[4], link_secret=keys[5], commitment=keys[6], **proved)
    offer("ok_waiting", "without them", seal(without), "ok", **proved)
    offer("ok_level_3", "at level 3", seal(without, 3), "ok", level=3, **proved)
    offer("level", "the server claims level 3", good, level=3)
    offer("other_recipient", "made for another recipient", good, recipient=draw(16))
    offer("other_delivery", "made for another delivery", good, delivery=draw(16))
    offer("other_secret", "another invitation", good, fragment="1i." + s.base64url(draw(32)))
    for name, about, inner, expect in [
        ("version", "the version inside is 2", without | {1: 2}, "unknown format"),
        ("some_keys", "a delivery key without the rest", without | {4: keys[4]}, "damaged"),
        ("unknown_key", "a key 7 inside", without | keys | {7: 0}, "damaged"),
        ("trailing", "a byte follows inside", s.cbor(without) + b"\0", "damaged"),
        ("fp_short", "a fingerprint of 19 bytes", without | {2: ada.fp[:19]}, "damaged"),
        ("empty", "nothing inside", b"", "damaged"),
    ]:
        offer(f"inner_{name}", about, seal(inner), expect)
    header = t.offer_header(4, delivery, recipient, salt)
    offer("foreign_commitment", "opens under this key, but commits to another",
          s.wrap(t.invitation_key(secret, "invitation key", delivery, recipient), header, s.cbor(without),
                 commitment=t.commitment(draw(32), header)))
    offer("zeros", "a reserved bit is set", good[:6] + b"\1" + good[7:], "unknown format")
    for name, about, fragment in [("short", "the fragment lacks its last character", s.base64url(secret)[:-1]),
                                  ("more", "something follows the secret", s.base64url(secret) + ".AAAA"), ("none", "no secret", "")]:
        offer(f"fragment_{name}", about, good, "malformed", fragment="1i." + fragment)
    offer("fragment_form", "a recipient's own link", good, "malformed", fragment="1p." + s.base64url(secret))
    hostile(offer, "sealed", good, [("delivery", 8, "damaged"), ("recipient", 24, "damaged"), ("salt", 40, "damaged"),
                                    ("commitment", 72, "damaged"), ("body", 104, "damaged"), ("tag", len(good) - 1, "damaged")])

    # What comes back to the inviter.
    def answer(name, about, proof, expect="wrong proof", card="bob", **fields):
        given = dict(fragment="1i." + s.base64url(secret), delivery=delivery, recipient=recipient, inviter="ada", email=bob.email,
                     card=card, proof=proof.hex())
        write(f"answer_{name}", about, "answer", expect, given | fields)

    other = t.Person("bob", "bob@example.org", draw)
    good = t.proof(secret, delivery, recipient, ada.fp, bob.email, bob.card)
    answer("ok", "as the invited made it", good, "ok")
    answer("ok_again", "the same card again", good, "ok", used=t.sha256(bob.card))
    answer("used", "another card was proved before", good, "used twice", used=t.sha256(other.card))
    answer("address", "another address", t.proof(secret, delivery, recipient, ada.fp, eve.email, eve.card), "other address", card="eve")
    answer("card", "for another card", t.proof(secret, delivery, recipient, ada.fp, bob.email, other.card))
    answer("inviter", "for another inviter", t.proof(secret, delivery, recipient, eve.fp, bob.email, bob.card))
    answer("delivery", "for another delivery", t.proof(secret, draw(16), recipient, ada.fp, bob.email, bob.card))
    answer("recipient", "for another recipient", t.proof(secret, delivery, draw(16), ada.fp, bob.email, bob.card))
    answer("secret", "with another secret", t.proof(draw(32), delivery, recipient, ada.fp, bob.email, bob.card))
    answer("short", "the last byte is missing", good[:-1])
    answer("long", "one byte too many", good + b"\0")
    answer("empty", "there is nothing at all", b"")


def deputations(write, ada, bob, dora, eve, hostile):
    def case(name, about, body, expect="malformed", sender="ada", **fields):
        write(f"deputation_{name}", about, "deputation", expect, dict(sender=sender) | fields, body)

    good = t.deputation(ada, dora, NOW, NOW + 100)
    case("ok", "as it was signed", good, "ok", deputy="dora", since=NOW, until=NOW + 100)
    case("ok_rotated", "signed before the sender rotated their keys", good, "ok", sender="ada ada2", deputy="dora", since=NOW, until=NOW + 100)
    case("other_sender", "another sender is expected", good, "bad signature", sender="eve")
    case("forged", "another's, in the sender's name", good[:-64] + t.sign(eve.signing_seed, s.context("deputation", good[:-64])), "bad signature")
    case("label", "a signature for another purpose", good[:-64] + t.sign(ada.signing_seed, s.context("grant signature", good[:-64])), "bad signature")
    case("zeros", "a reserved bit is set", good[:5] + b"\1" + good[6:], "unknown format")
    hostile(case, "signed", good, [("sender", 8, "bad signature"), ("deputy", 28, "bad signature"), ("from", 55, "bad signature"),
                                   ("until", 63, "bad signature"), ("signature", 127, "bad signature")], "malformed")


def own_drafts(draw, write, ada, eve, hostile):
    resume_key, delivery, other = draw(32), draw(16), draw(32)
    secret, auth, cover_key, delivery_key, salt = draw(32), draw(32), draw(32), draw(32), draw(32)
    notes = "Der Brief, und welche Teile schon fort sind.".encode()
    keys = secret + auth + cover_key + delivery_key
    own = s.own_draft_key(resume_key, ada.derive("draft key"), delivery)
    head = s.draft_header(delivery, salt, zeros=b"\1\0\0")
    good = s.seal_own_draft(own, delivery, salt, secret, auth, cover_key, delivery_key, notes)

    def case(name, about, body, expect="damaged", owner="ada", **fields):
        write(f"own_draft_{name}", about, "own draft", expect, dict(owner=owner, resume_key=resume_key, delivery=delivery) | fields, body)

    given = dict(secret=secret, auth=auth, cover_key=cover_key, delivery_key=delivery_key, salt=salt)
    case("ok", "with notes", good, "ok", notes_sha256=t.sha256(notes), **given)
    case("ok_no_notes", "without notes", s.wrap(own, head, keys), "ok", notes_sha256=t.sha256(b""), **given)
    case("other_owner", "the record of another account", good, owner="eve")
    case("other_resume_key", "the server tells another key", good, resume_key=other)
    case("other_delivery", "a true record of another delivery", good, delivery=draw(16))
    case("resume_key_alone", "sealed without the owner's half", s.wrap(resume_key, head, keys + notes))
    case("owner_alone", "sealed without the server's half", s.wrap(ada.derive("draft key"), head, keys + notes))
    case("open", "the kind is that of levels 1 and 2", good[:5] + b"\0" + good[6:])
    case("kind", "the kind is 3", good[:5] + b"\3" + good[6:], "unknown format")
    case("submission", "the kind is that of a submission", good[:5] + b"\2" + good[6:])
    case("zeros", "a reserved bit is set", good[:7] + b"\1" + good[8:], "unknown format")
    case("no_delivery_key", "the delivery key is missing", s.wrap(own, head, keys[:96]))
    case("short_delivery_key", "the delivery key lacks its last byte", s.wrap(own, head, keys[:-1]))
    case("foreign_commitment", "opens under this key, but commits to another", s.wrap(own, head, keys, commitment=t.commitment(other, head)))
    hostile(case, "sealed", good, [("delivery", 8, "damaged"), ("salt", 24, "damaged"), ("commitment", 56, "damaged"),
                                   ("body", 88, "damaged"), ("tag", len(good) - 1, "damaged")])
