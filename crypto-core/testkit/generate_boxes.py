"""The cases of boxes. generate_sealed.py calls `make` with its own means."""

import sealed as t
import siegel as s

NOW = 1_795_000_000
DAY = 86_400


def make(draw, write, ada, eve, hostile):
    box = t.Box(ada, draw)
    cards(write, box, eve, hostile)
    submissions(draw, write, box, t.Box(eve, draw), ada, eve)
    requests(draw, write, ada, hostile)
    links(draw, write, ada)
    receipts(draw, write)
    drafts(draw, write, hostile)
    vaults(draw, write, ada, box)
    covers(draw, write)


def cards(write, box, eve, hostile):
    def card(name, about, body, expect="malformed", named=box.fingerprint, now=NOW, **fields):
        given = dict(now=now) | (dict(named=named) if named else {})
        write(f"box_card_{name}", about, "box card", expect, given | fields, body)

    shown = dict(fingerprint=box.fingerprint, holder=box.holder, serial=1)
    good = box.card
    card("ok", "as the link names it", good, "ok", **shown)
    card("ok_unnamed", "the link names none", good, "ok", named=None, **shown)
    card("ok_early", "a clock that is a day behind", good, "ok", now=NOW - DAY, **shown)
    card("ok_late", "its last second", good, "ok", now=NOW + 366 * DAY - 1, **shown)
    card("early", "made later than a day from now", good, "expired", now=NOW - DAY - 1)
    card("late", "a year later", good, "expired", now=NOW + 366 * DAY)
    card("other", "the link names another", good, "other key", named=eve.fp)
    card("other_id", "another box with the same key", box.make_card(box.body | {2: bytes(16)}), "other key")
    card("serial", "a later card of the same box", box.make_card(box.body | {5: 2}), "ok", fingerprint=box.fingerprint,
         holder=t.sha256(box.make_card(box.body | {5: 2}))[:20], serial=2)
    card("serial_0", "serial 0", box.make_card(box.body | {5: 0}))
    card("empty", "there is nothing at all", b"")
    card("short", "the last byte is missing", good[:-1])
    card("long", "one byte too many", good + b"\0")
    card("version", "the version is 2", box.make_card(box.body | {1: 2}), "unknown format")
    card("unknown_key", "the body has a key 9", box.make_card(box.body | {9: 0}))
    card("missing_key", "the body has no owner", box.make_card({k: v for k, v in box.body.items() if k != 8}))
    card("owner_short", "an owner of 19 bytes", box.make_card(box.body | {8: bytes(19)}))
    card("outer_unknown_key", "a third entry", box.make_card(_3=b""))
    card("huge", "longer than cards may be", good + bytes(1600))
    card("weak_ed25519", "a signature key of small order", box.make_card(box.body | {3: b"\1" + bytes(31)}), "weak key")
    card("weak_x25519", "a KEM key whose second part has small order", box.make_card(box.body | {4: box.kem[:1184] + bytes(32)}), "weak key")
    card("weak_mlkem", "a coefficient out of range", box.make_card(box.body | {4: b"\xff" * 3 + box.kem[3:]}), "weak key")
    body = s.cbor(box.body)
    card("signature_other", "signed by another", box.make_card(signature=t.sign(eve.signing_seed, s.context("box card", body))), "bad signature")
    card("signature_label", "a signature for another purpose", box.make_card(signature=t.sign(box.signing_seed, s.context("card", body))), "bad signature")
    card("signature_plain", "a signature without a purpose", box.make_card(signature=t.sign(box.signing_seed, body)), "bad signature")
    card("signature_body", "the signature of another card", box.make_card(box.body | {5: 2}, signature=t.sign(box.signing_seed, s.context("box card", body))), "bad signature")


def submissions(draw, write, box, eves, ada, eve):
    secret, delivery, com, random, keys = draw(32), draw(16), draw(32), draw(32), draw(64)
    email = "carl@example.net"
    carl = t.Submitter(secret, delivery, email)
    other = t.Submitter(draw(32), delivery, email)

    def case(name, about, body, expect="damaged", email=email, submitter=carl, box=box, delivery=delivery, **fields):
        given = dict(delivery=delivery, level=4, email=email, submitter=submitter.card, box_card=box.card, kem_seed=box.kem_seed)
        if expect == "ok":
            given |= dict(commitment=com, delivery_key=keys[:32], link_secret=keys[32:])
        write(f"submission_{name}", about, "submission", expect, given | fields, body)

    def seal(giver=carl, holder=box, level=4, purpose=4, **more):
        return t.seal_grant(giver, holder, level, purpose, delivery, com, NOW, keys, random, **more)

    good = seal()
    assert t.hpke_open(box.kem_seed, s.context("grant", good[:104]), good[104:-64]) == keys
    case("ok", "as it was sent", good, "ok", receipt_secret=secret, random=random, given=NOW)
    case("other_box", "sent into another box", good, "not for me", box=eves)
    case("other_submitter", "another submitter's card", good, "not entitled", submitter=other)
    case("forged", "another's, in the submitter's name", seal(signer=other), "bad signature")
    case("recipient", "a grant to a recipient", seal(purpose=1), "not for me")
    case("purpose_5", "purpose 5", good[:6] + b"\5" + good[7:], "unknown format")
    case("level_3", "the server claims level 3", good, "other place", level=3)
    case("level_3_sealed", "sealed at level 3", seal(level=3), "other place", level=3)
    elsewhere = draw(16)
    case("other_delivery", "shown in another delivery, with a card made for that", good, "other place",
         submitter=t.Submitter(secret, elsewhere, email), delivery=elsewhere)
    for name, about, more in [("address", "the card names another address", dict(email="eve@example.org")),
                              ("card_of_person", "the card of somebody with an account", dict(submitter=eve, email=eve.email))]:
        case(name, about, good, "other address", **more)
    for spot, at, outcome in [("giver", 24, "not entitled"), ("holder", 44, "not for me"), ("commitment", 64, "bad signature"),
                              ("enc", 104, "bad signature"), ("keys", 1224, "bad signature"), ("signature", 1304, "bad signature")]:
        case(f"flip_{spot}", f"the {spot} is changed", good[:at] + bytes([good[at] ^ 1]) + good[at + 1:], outcome)
    # The card itself: what a secret gives, byte by byte.
    write("submitter_ok", "who a secret gives", "submitter", "ok",
          dict(receipt_secret=secret, delivery=delivery, email=email, fingerprint=carl.fp), carl.card)


def requests(draw, write, ada, hostile):
    secret, ticket, salt = draw(32), draw(16), draw(32)
    contents = {1: 1, 2: "Bitte bis Freitag.\nDanke", 3: ["Personalausweis", "Mietvertrag"]}

    def case(name, about, body, expect="damaged", **fields):
        given = dict(fragment="1q." + s.base64url(secret), ticket=ticket)
        if expect == "ok":
            given |= dict(token=t.request_token(secret, ticket), salt=salt)
        write(f"request_{name}", about, "request", expect, given | fields, body)

    def seal(contents):
        return t.seal_request(secret, ticket, salt, contents if isinstance(contents, bytes) else s.cbor(contents))

    good = seal(contents)
    case("ok", "two documents", good, "ok", contents_sha256=t.sha256(s.cbor(contents)))
    empty = {1: 1, 2: "", 3: []}
    case("ok_empty", "neither note nor documents", seal(empty), "ok", contents_sha256=t.sha256(s.cbor(empty)))
    pinned = contents | {4: ada.fp}
    case("ok_pinned", "it names its box", seal(pinned), "ok", contents_sha256=t.sha256(s.cbor(pinned)))
    case("other_ticket", "of another ticket", good, ticket=draw(16))
    case("other_secret", "another secret", good, fragment="1q." + s.base64url(draw(32)))
    for name, about, inner, expect in [
        ("version", "the version inside is 2", contents | {1: 2}, "unknown format"),
        ("unknown_key", "a key 5 inside", contents | {5: 0}, "damaged"),
        ("more", "a key 5 after the box", pinned | {5: 0}, "damaged"),
        ("pin_number", "the box is a number", contents | {4: 0}, "damaged"),
        ("pin_short", "a box of 19 bytes", contents | {4: ada.fp[:19]}, "damaged"),
        ("pin_long", "a box of 21 bytes", contents | {4: ada.fp + b"\0"}, "damaged"),
        ("trailing", "a byte follows inside", s.cbor(contents) + b"\0", "damaged"),
        ("nameless", "a document without a name", contents | {3: [""]}, "damaged"),
        ("name_long", "a name of 201 characters", contents | {3: ["a" * 201]}, "damaged"),
        ("many", "51 documents", contents | {3: ["a"] * 51}, "damaged"),
        ("note_long", "a note of 20,001 bytes", contents | {2: "a" * 20_001}, "damaged"),
    ]:
        case(f"inner_{name}", about, seal(inner), expect)
    case("zeros", "a reserved bit is set", good[:7] + b"\1" + good[8:], "unknown format")
    spots = [("ticket", 8, "damaged"), ("salt", 24, "damaged"), ("commitment", 56, "damaged"), ("body", 88, "damaged"),
             ("tag", len(good) - 1, "damaged")]
    hostile(case, "sealed", good, spots)

    def kept(name, about, body, expect="damaged", owner="ada", ticket=ticket):
        given = dict(owner=owner, ticket=ticket)
        write(f"kept_{name}", about, "kept request", expect, given | (dict(secret=secret, salt=salt) if expect == "ok" else {}), body)

    good = t.keep_request(ada, ticket, salt, secret)
    kept("ok", "as it was kept", good, "ok")
    kept("other_owner", "another's", good, owner="eve")
    kept("other_ticket", "of another ticket", good, ticket=draw(16))
    for length in (31, 33):
        kept(f"inner_{length}", f"a secret of {length} bytes", t.keep_request(ada, ticket, salt, (secret + b"\0")[:length]))
    hostile(kept, "sealed", good, spots[:3] + [("body", 88, "damaged"), ("tag", len(good) - 1, "damaged")])


def links(draw, write, ada):
    token, secret = (s.base64url(draw(32)) for _ in range(2))
    owner = s.base64url(ada.fp)

    def case(name, about, fragment, expect="malformed", **fields):
        write(f"ticket_link_{name}", about, "ticket link", expect, dict(fragment=fragment) | fields)

    case("ok_mailed", "from the server's mail", f"1t.{token}", "ok", form="mailed")
    case("ok_requested", "of a request", f"1q.{secret}", "ok", form="requested")
    case("ok_kept", "of a receipt", f"1r.{token}.{secret}.{owner}", "ok", form="kept")
    for name, about, fragment in [
        ("empty", "nothing", ""), ("form", "an unknown form", f"1x.{token}"), ("version", "version 2", f"2t.{token}"),
        ("short", "the last character is missing", f"1t.{token[:-1]}"), ("long", "one more", f"1t.{token}A"),
        ("more", "something follows the token", f"1t.{token}.{secret}"), ("kept_more", "something follows the owner", f"1r.{token}.{secret}.{owner}."),
        ("kept_owner", "the owner is missing", f"1r.{token}.{secret}"), ("kept_short", "the owner is cut", f"1r.{token}.{secret}.{owner[:-1]}"),
        ("loose_bits", "a bit behind the last byte", f"1t.{token[:-1]}B"), ("padded", "with padding", f"1t.{token}="),
    ]:
        case(name, about, fragment)


def receipts(draw, write):
    delivery, sheet = draw(16), draw(32)
    blobs = [(draw(16), [draw(32)]), (draw(16), [draw(32), draw(32)]), (draw(16), [draw(32)])]

    def case(name, about, blobs):
        text = " ".join(f"{blob.hex()}:{b''.join(parts).hex()}" for blob, parts in blobs)
        write(f"receipt_{name}", about, "receipt", "ok", dict(delivery=delivery, sheet=sheet, blobs=text, digest=t.receipt(delivery, sheet, blobs)))

    case("ok", "three files", blobs)
    case("ok_order", "the same in another order", blobs[::-1])
    case("ok_none", "a message alone", [])


def drafts(draw, write, hostile):
    resume_key, delivery, salt = draw(32), draw(16), draw(32)
    secret, auth, cover_key, delivery_key, receipt_secret = (draw(32) for _ in range(5))
    notes = "Der Antrag, und welche Teile schon fort sind.".encode()
    keys = secret + auth + cover_key + delivery_key + receipt_secret
    head = s.draft_header(delivery, salt, zeros=b"\2\0\0")
    good = s.wrap(resume_key, head, keys + notes)

    def case(name, about, body, expect="damaged", **fields):
        write(f"submission_draft_{name}", about, "submission draft", expect, dict(resume_key=resume_key, delivery=delivery) | fields, body)

    given = dict(secret=secret, auth=auth, cover_key=cover_key, delivery_key=delivery_key, receipt_secret=receipt_secret, salt=salt)
    case("ok", "with notes", good, "ok", notes_sha256=t.sha256(notes), **given)
    case("other_key", "the server tells another key", good, resume_key=draw(32))
    case("other_delivery", "a true record of another delivery", good, delivery=draw(16))
    case("short", "the receipt's secret is missing", s.wrap(resume_key, head, keys[:128]))
    case("open", "the kind is that of levels 1 and 2", good[:5] + b"\0" + good[6:])
    case("kind", "the kind is 3", good[:5] + b"\3" + good[6:], "unknown format")
    hostile(case, "sealed", good, [("delivery", 8, "damaged"), ("salt", 24, "damaged"), ("commitment", 56, "damaged"),
                                   ("body", 88, "damaged"), ("tag", len(good) - 1, "damaged")])


def vaults(draw, write, ada, box):
    salt = draw(32)
    contents = {1: 1, 2: [], 3: [], 4: [], 5: [box.keys()]}

    def vault(name, about, contents, expect="damaged", **fields):
        write(f"vault_{name}", about, "vault", expect, dict(owner="ada", seen=0) | fields, t.seal_vault(ada, 3, salt, s.cbor(contents)))

    vault("ok_box", "with the keys of a box", contents, "ok", salt=salt, version=3)
    vault("box_none", "an empty list of boxes", contents | {5: []})
    vault("box_many", "nine boxes", contents | {5: [box.keys()] * 9})
    vault("box_no_keys", "a box without KEM keys", contents | {5: [box.keys() | {3: []}]})
    vault("box_short_seed", "a seed of 31 bytes", contents | {5: [box.keys() | {2: bytes(31)}]})


def covers(draw, write):
    key, delivery, salt = draw(32), draw(16), draw(32)
    manifest = {1: 1, 2: delivery, 3: 2, 4: "Antrag", 5: "anbei", 6: NOW, 8: []}

    def case(name, about, expect="damaged", **claims):
        whole = manifest | {int(k[1:]): v for k, v in claims.items()}
        more = dict(salt=salt, manifest_sha256=t.sha256(s.cbor(whole))) if expect == "ok" else {}
        write(f"cover_claims_{name}", about, "cover", expect, dict(delivery=delivery, level=2, cover_key=key) | more,
              s.seal_cover(key, delivery, 2, salt, s.cbor(whole)))

    case("ok", "a name and a reference", "ok", _9="Carl Bürger", _10="AZ 47/11")
    case("ok_name", "a name alone", "ok", _9="Carl")
    case("ok_reference", "a reference alone", "ok", _10="47/11")
    case("ok_long", "a hundred characters each", "ok", _9="ä" * 100, _10="ß" * 100)
    case("long", "a hundred and one characters", _9="ä" * 101)
    case("empty", "an empty name that is there", _9="")
    case("unknown_key", "a key 11", _11="x")
    case("bytes", "a name of bytes", _9=b"Carl")
