"""Makes every case of this folder: `python3 generate.py`. Running it again gives the same bytes."""

import hashlib
import pathlib
import textwrap
import base64

import generate_sealed
import siegel as s

HERE = pathlib.Path(__file__).parent
DRAWN = 0


def draw(length):
    """Bytes that look random and never change: SHA-256 over a seed and a counter."""
    global DRAWN
    out = b""
    while len(out) < length:
        out += hashlib.sha256(b"siegel testkit 1" + DRAWN.to_bytes(8, "big")).digest()
        DRAWN += 1
    return out[:length]


def pattern(length):
    """The plaintext of every case: byte i is i mod 251."""
    return bytes(i % 251 for i in range(length))


def write(name, about, kind, expect, fields, body=None):
    lines = [f"about: {about}", f"kind: {kind}", f"expect: {expect}"]
    lines += [f"{key}: {value.hex() if isinstance(value, bytes) else value}" for key, value in fields.items()]
    text = "\n".join(lines) + "\n"
    if body is not None:
        text += "\n" + "".join(line + "\n" for line in textwrap.wrap(base64.b64encode(body).decode(), 96))
    (HERE / f"{name}.txt").write_text(text)


KEY, OTHER_KEY = draw(32), draw(32)
DELIVERY, OTHER_DELIVERY = draw(16), draw(16)
BLOB, OTHER_BLOB = draw(16), draw(16)
LOG2, CHUNK = 10, 1024


class File:
    """One sealed file, in pieces that hostile cases rearrange."""

    def __init__(self, size, log2=LOG2, key=KEY, delivery=DELIVERY, blob=BLOB, level=s.ONE):
        self.size, self.log2, self.salt, self.plain = size, log2, draw(32), pattern(size)
        self.prefix = s.file_prefix(log2)
        self.key, self.commitment = s.file_keys(key, delivery, blob, level, self.prefix, self.salt)
        self.parts = s.split(self.plain, 1 << log2)
        count = len(self.parts)
        self.chunks = [self.seal(i, i == count - 1, part) for i, part in enumerate(self.parts)]

    def seal(self, index, last, plain):
        return s.seal_chunk(self.key, index, last, plain)

    @property
    def header(self):
        return self.prefix + self.salt + self.commitment

    def fields(self, **changes):
        fields = dict(cover_key=KEY, delivery=DELIVERY, blob=BLOB, level=1, size=self.size, chunk_log2=self.log2,
                      salt=self.salt)
        return fields | changes

    def write(self, name, about, expect="damaged", chunks=None, header=None, body=None, **changes):
        if body is None:
            body = (self.header if header is None else header) + b"".join(self.chunks if chunks is None else chunks)
        if expect == "ok":
            assert s.open_file(KEY, DELIVERY, BLOB, s.ONE, self.size, self.log2, self.salt, body) == self.plain
        write(name, about, "stream", expect, self.fields(**changes), body)


def flip(data, index=0):
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1:]


def good_streams():
    for name, size in [
        ("empty", 0), ("one_byte", 1), ("one_chunk_less_one", CHUNK - 1), ("last_chunk_full", CHUNK),
        ("one_chunk_and_one", CHUNK + 1), ("two_chunks", CHUNK + 300), ("last_chunk_full_second", 2 * CHUNK),
        ("three_chunks", 2 * CHUNK + 7),
    ]:
        File(size).write(f"stream_ok_{name}", f"a file of {size} bytes", "ok")
    for name, size, log2 in [
        ("257_chunks", 256 * CHUNK + 5, LOG2), ("257_chunks_full", 257 * CHUNK, LOG2),
        ("258_chunks", 257 * CHUNK + 1, LOG2),
        ("standard_less_one", 2**18 - 1, 18), ("standard", 2**18, 18), ("standard_and_one", 2**18 + 1, 18),
        ("largest_chunk", 2**20 + 1, 20),
    ]:
        file = File(size, log2)
        blob = file.header + b"".join(file.chunks)
        digests = b"".join(s.part_digests(log2, blob))
        write(f"stream_ok_{name}", f"a file of {size} bytes; the body is left out, its SHA-256 is given", "stream", "ok",
              file.fields(sealed_sha256=hashlib.sha256(blob).digest(), parts_sha256=hashlib.sha256(digests).digest()))


def hostile_streams():
    # Carried over from the C2SP age testkit, under its names.
    f = File(300)
    f.write("stream_bad_tag", "the only chunk's tag is wrong", chunks=[flip(f.chunks[0], -1 + len(f.chunks[0]))])
    f.write("stream_missing_tag", "the only chunk has no tag", chunks=[f.chunks[0][:-16]])
    f.write("stream_short_chunk", "the only chunk is shorter than a tag", chunks=[f.chunks[0][:12]])
    f.write("stream_no_chunks", "nothing follows the header", chunks=[])
    f.write("stream_no_final", "the only chunk lacks the last flag", chunks=[f.seal(0, False, f.plain)])
    f.write("stream_two_final_chunks_short", "a second last chunk follows; the size counts both", size=600,
            chunks=[f.chunks[0], f.seal(1, True, f.plain)])
    f.write("stream_trailing_garbage_short", "a few bytes follow the last chunk", chunks=[*f.chunks, b"\x01" * 12])
    f = File(CHUNK)
    f.write("stream_no_final_full", "the only chunk is full and lacks the last flag", chunks=[f.seal(0, False, f.plain)])
    f.write("stream_last_chunk_empty", "a full chunk, then an empty last chunk",
            chunks=[f.seal(0, False, f.plain), f.seal(1, True, b"")])
    f.write("stream_two_final_chunks_full", "a full last chunk, then another; the size counts both", size=2 * CHUNK,
            chunks=[f.chunks[0], f.seal(1, True, f.plain)])
    f.write("stream_trailing_garbage_long", "more than a chunk of bytes follows the last chunk",
            chunks=[*f.chunks, b"\x01" * (CHUNK + 50)])
    f = File(CHUNK + 300)
    f.write("stream_bad_tag_second_chunk", "the second chunk's tag is wrong", chunks=[f.chunks[0], flip(f.chunks[1], 310)])
    f.write("stream_short_second_chunk", "the second chunk is shorter than a tag", chunks=[f.chunks[0], f.chunks[1][:9]])
    f.write("stream_no_final_two_chunks", "the second and last chunk lacks the last flag",
            chunks=[f.chunks[0], f.seal(1, False, f.parts[1])])
    f.write("stream_two_final_chunks", "both chunks carry the last flag", chunks=[f.seal(0, True, f.parts[0]), f.chunks[1]])
    f.write("stream_two_final_chunks_second", "the last chunk, then another last chunk",
            chunks=[*f.chunks, f.seal(2, True, b"more")])
    f = File(2 * CHUNK)
    f.write("stream_bad_tag_second_chunk_full", "the full second chunk's tag is wrong",
            chunks=[f.chunks[0], flip(f.chunks[1], 1030)])
    f.write("stream_no_final_two_chunks_full", "the full second chunk lacks the last flag",
            chunks=[f.chunks[0], f.seal(1, False, f.parts[1])])
    f = File(300)
    # age's stream_no_nonce and stream_short_nonce: what precedes the chunks is missing or cut.
    f.write("stream_no_salt", "the header ends before its salt", "damaged", body=f.header[:8])
    f.write("stream_short_salt", "the header ends within its salt", "damaged", body=f.header[:30])

    # Ours: reordering, dropping, repeating, wrong sizes.
    f = File(2 * CHUNK + 7)
    a, b, c = f.chunks
    f.write("stream_swapped", "the first two chunks are exchanged", chunks=[b, a, c])
    f.write("stream_dropped_middle", "the middle chunk is missing", chunks=[a, c])
    f.write("stream_dropped_first", "the first chunk is missing", chunks=[b, c])
    f.write("stream_dropped_last", "the last chunk is missing", chunks=[a, b])
    f.write("stream_dropped_last_size", "the last chunk is missing, and the size agrees", chunks=[a, b], size=2 * CHUNK)
    f.write("stream_repeated", "the first chunk stands twice", chunks=[a, a, c])
    f.write("stream_repeated_size", "the first chunk stands twice, and the size agrees", chunks=[a, a, b, c],
            size=3 * CHUNK + 7)
    f.write("stream_longer_size", "the manifest says one byte more", size=f.size + 1)
    f.write("stream_shorter_size", "the manifest says one byte less", size=f.size - 1)
    f.write("stream_zero_size", "the manifest says the file is empty", size=0)
    f.write("stream_huge_size", "the manifest says 16 TiB", size=1 << 44)
    g = File(2 * CHUNK + 7)
    f.write("stream_spliced", "the middle chunk comes from another file", chunks=[a, g.chunks[1], c])
    f.write("stream_earlier_attempt", "a whole earlier upload of the same file", body=g.header + b"".join(g.chunks))
    f.write("stream_counter_jump", "the last chunk has number 3 instead of 2", chunks=[a, b, f.seal(3, True, f.parts[2])])


def hostile_contexts():
    for name, about, other in [
        ("key", "the cover key is another", dict(key=OTHER_KEY)),
        ("delivery", "the file belongs to another delivery", dict(delivery=OTHER_DELIVERY)),
        ("blob", "the file is another of the same delivery", dict(blob=OTHER_BLOB)),
        ("level", "the file was sealed at another level", dict(level=2)),
    ]:
        File(300, **other).write(f"context_{name}", about)


def hostile_headers():
    f = File(300)
    h, rest = f.header, b"".join(f.chunks)
    f.write("header_magic", "the magic is another", "damaged", body=b"XGL1" + h[4:] + rest)
    f.write("header_version", "the version is 2", "unknown format", body=b"SGL2" + h[4:] + rest)
    f.write("header_suite_0", "the suite is 0", "unknown format", body=h[:4] + b"\0" + h[5:] + rest)
    f.write("header_suite_2", "the suite is 2", "unknown format", body=h[:4] + b"\2" + h[5:] + rest)
    f.write("header_flags", "a flag is set", "unknown format", body=h[:7] + b"\1" + h[8:] + rest)
    f.write("header_chunk_small", "chunks of 512 bytes", "unknown format", body=h[:5] + b"\x09" + h[6:] + rest)
    f.write("header_chunk_huge", "chunks of 2^63 bytes", "unknown format", body=h[:5] + b"\x3f" + h[6:] + rest)
    f.write("header_chunk_other", "an allowed chunk size, but not the manifest's", body=h[:5] + b"\x0b" + h[6:] + rest)
    # A hostile sender: the header has its own, right key, but the chunks are cut as the manifest says.
    prefix = s.file_prefix(11)
    key, commitment = s.file_keys(KEY, DELIVERY, BLOB, s.ONE, prefix, f.salt)
    f.write("header_chunk_keyed", "another chunk size than the manifest's, with the key that belongs to it",
            body=prefix + f.salt + commitment + s.seal_chunk(key, 0, True, f.plain))
    f.write("header_salt", "the salt is not the manifest's", body=flip(h, 8) + rest)
    f.write("header_commitment", "the commitment's first bit is flipped", body=flip(h, 40) + rest)
    f.write("header_commitment_end", "the commitment's last byte is changed", body=flip(h, 71) + rest)
    f.write("header_commitment_zero", "the commitment is zero", body=h[:40] + bytes(32) + rest)
    f.write("header_short", "the header lacks its last byte, and nothing follows", "damaged", body=h[:71])
    f.write("header_empty", "the blob is empty", "damaged", body=b"")


FILES = [
    {1: draw(16), 2: "Übersicht.pdf", 3: "application/pdf", 4: 300, 5: 1_795_000_000, 6: 18, 7: draw(32)},
    {1: draw(16), 2: "💾.bin", 3: "", 4: 0, 6: 18, 7: draw(32)},
]
MANIFEST = {1: 1, 2: DELIVERY, 3: 1, 4: "Unterlagen", 5: "Guten Tag,\n\nanbei.", 6: 1_795_003_600, 8: FILES}


def cover(name, about, expect="damaged", manifest=MANIFEST, message=None, body=None, header=None, **changes):
    salt = draw(32)
    encoded = manifest if isinstance(manifest, bytes) else s.cbor(manifest)
    if body is None:
        body = s.wrap(KEY, header or s.cover_header(DELIVERY, 1, salt), message or s.pad(encoded))
    fields = dict(cover_key=KEY, delivery=DELIVERY, level=1)
    if expect == "ok":
        assert s.open_cover(KEY, DELIVERY, s.ONE, body) == encoded
        fields |= dict(salt=salt, manifest_sha256=hashlib.sha256(encoded).digest())
    write(f"cover_{name}", about, "cover", expect, fields | changes, body)


def good_covers():
    cover("ok", "two files", "ok")
    cover("ok_expires", "with a time of expiry", "ok", MANIFEST | {7: 1_796_000_000})
    cover("ok_no_files", "a message without files", "ok", MANIFEST | {8: []})
    cover("ok_empty", "empty subject, message and list", "ok", {**MANIFEST, 4: "", 5: "", 8: []})
    cover("ok_padded", "long enough to be padded by Padmé rather than to 512 bytes", "ok", MANIFEST | {5: "ä" * 700})


def with_file(**changes):
    return MANIFEST | {8: [FILES[0] | {int(k[1:]): v for k, v in changes.items()}, FILES[1]]}


def hostile_covers():
    good = s.seal_cover(KEY, DELIVERY, 1, draw(32), s.cbor(MANIFEST))
    cover("flip_magic", "the magic is another", body=flip(good, 1))
    cover("version", "the version is 2", "unknown format", body=b"SGC2" + good[4:])
    cover("suite", "the suite is 2", "unknown format", body=good[:4] + b"\2" + good[5:])
    cover("flags", "a flag is set", "unknown format", body=flip(good, 7))
    cover("level", "the header says level 2", body=good[:5] + b"\2" + good[6:])
    cover("flip_delivery", "the header names another delivery", body=flip(good, 8))
    cover("flip_salt", "the salt is changed", body=flip(good, 24))
    cover("flip_commitment", "the commitment is changed", body=flip(good, 56))
    cover("flip_body", "the ciphertext is changed", body=flip(good, 88))
    cover("flip_tag", "the tag is changed", body=flip(good, len(good) - 1))
    cover("short", "the last byte is missing", body=good[:-1])
    cover("header_only", "nothing follows the commitment", body=good[:88])
    cover("empty", "there is nothing at all", body=b"")
    cover("long", "one byte too many", body=good + b"\0")
    cover("other_key", "sealed under another key", cover_key=OTHER_KEY, body=good)
    cover("other_delivery", "a true cover of another delivery", delivery=OTHER_DELIVERY, body=good)
    salt = draw(32)
    head = s.cover_header(DELIVERY, 1, salt)
    cover("foreign_commitment", "opens under this key, but commits to another",
          body=s.wrap(KEY, head, s.pad(s.cbor(MANIFEST)), commitment=s.expand(s.extract(b"", OTHER_KEY),
                                                                              s.context("com", head), 32)))
    cover("header_delivery", "the header names another delivery than the manifest",
          header=s.cover_header(OTHER_DELIVERY, 1, salt))
    cover("header_level", "the header says level 2, the manifest 1", header=s.cover_header(DELIVERY, 2, salt))
    # Padding.
    m = s.cbor(MANIFEST)
    padded = s.pad(m)
    cover("padding_none", "not padded", message=padded[:4 + len(m)])
    cover("padding_long", "padded too far", message=padded + bytes(64))
    cover("padding_dirty", "the last byte of padding is not zero", message=padded[:-1] + b"\1")
    cover("padding_length", "the length points behind the end", message=b"\xff\xff\xff\xff" + padded[4:])
    # The manifest itself: everything below is properly encrypted by a hostile sender.
    cover("inner_version", "the manifest's version is 2", "unknown format", MANIFEST | {1: 2})
    cover("inner_delivery", "the manifest names another delivery", manifest=MANIFEST | {2: OTHER_DELIVERY})
    cover("inner_level", "the manifest says level 2, its header level 1", manifest=MANIFEST | {3: 2})
    cover("inner_trailing", "a byte follows the manifest", manifest=m + b"\0")
    cover("inner_cut", "the manifest ends early", manifest=m[:-1])
    cover("inner_empty", "the manifest is empty", manifest=b"")
    cover("inner_array", "the manifest is an array", manifest=s.cbor([1, DELIVERY]))
    cover("inner_unknown_key", "the manifest has a key 11", manifest=MANIFEST | {11: 0})
    cover("inner_missing_key", "the manifest lacks its message", manifest={k: v for k, v in MANIFEST.items() if k != 5})
    pairs = [s.cbor(k) + s.cbor(v) for k, v in sorted(MANIFEST.items())]
    cover("inner_duplicate", "the subject stands twice", manifest=s.head(5, 8) + b"".join(pairs[:4] + pairs[3:]))
    cover("inner_duplicate_hidden", "the subject stands twice, the message not at all",
          manifest=s.head(5, 7) + b"".join(pairs[:4] + [pairs[3]] + pairs[5:]))
    cover("inner_order", "subject and message are exchanged",
          manifest=s.head(5, 7) + b"".join(pairs[:3] + [pairs[4], pairs[3]] + pairs[5:]))
    cover("inner_indefinite_map", "a map of indefinite length", manifest=b"\xbf" + b"".join(pairs) + b"\xff")
    cover("inner_indefinite_text", "a subject of indefinite length",
          manifest=s.head(5, 7) + b"".join(pairs[:3]) + b"\x04\x7f\x61a\xff" + b"".join(pairs[4:]))
    cover("inner_indefinite_array", "a file list of indefinite length",
          manifest=s.head(5, 7) + b"".join(pairs[:6]) + b"\x08\x9f\xff")
    cover("inner_long_integer", "the level takes two bytes",
          manifest=s.head(5, 7) + b"".join(pairs[:2]) + b"\x03\x18\x01" + b"".join(pairs[3:]))
    cover("inner_long_key", "a key takes two bytes",
          manifest=s.head(5, 7) + b"".join(pairs[:2]) + b"\x18\x03\x01" + b"".join(pairs[3:]))
    cover("inner_long_map", "the number of entries takes two bytes", manifest=b"\xb8\x07" + b"".join(pairs))
    cover("inner_negative", "a negative time", manifest=s.head(5, 7) + b"".join(pairs[:5]) + b"\x06\x20" + pairs[6])
    cover("inner_float", "a time as a float",
          manifest=s.head(5, 7) + b"".join(pairs[:5]) + b"\x06\xfb\x41\xda\xc0\0\0\0\0\0" + pairs[6])
    cover("inner_null", "an absent time written as null",
          manifest=s.head(5, 8) + b"".join(pairs[:6]) + b"\x07\xf6" + pairs[6])
    cover("inner_tag", "a tagged subject", manifest=s.head(5, 7) + b"".join(pairs[:3]) + b"\x04\xc0\x61a" + b"".join(pairs[4:]))
    cover("inner_utf8", "a subject that is not UTF-8",
          manifest=s.head(5, 7) + b"".join(pairs[:3]) + b"\x04\x62\xc3\x28" + b"".join(pairs[4:]))
    cover("inner_deep", "a thousand nested arrays", manifest=s.head(5, 7) + b"".join(pairs[:6]) + b"\x08" + b"\x81" * 1000)
    cover("inner_huge_text", "a subject that claims 2^63 bytes",
          manifest=s.head(5, 7) + b"".join(pairs[:3]) + b"\x04\x7b" + b"\x80" + bytes(7))
    cover("inner_huge_list", "a list that claims 2^63 files",
          manifest=s.head(5, 7) + b"".join(pairs[:6]) + b"\x08\x9b" + b"\x80" + bytes(7))
    cover("inner_long_subject", "a subject of 501 characters", manifest=MANIFEST | {4: "x" * 501})

    cover("file_no_name", "a file without a name", manifest=with_file(_2=""))
    cover("file_long_name", "a name of 256 characters", manifest=with_file(_2="x" * 256))
    cover("file_long_type", "a media type of 256 bytes", manifest=with_file(_3="x" * 256))
    cover("file_huge", "a file of 16 TiB and one byte", manifest=with_file(_4=(1 << 44) + 1))
    cover("file_chunk", "a chunk size that does not exist", "unknown format", with_file(_6=21))
    cover("file_short_blob", "a blob identifier of 15 bytes", manifest=with_file(_1=b"x" * 15))
    cover("file_long_salt", "a salt of 33 bytes", manifest=with_file(_7=b"x" * 33))
    cover("file_unknown_key", "a file with a key 9", manifest=with_file(_9=0))
    cover("file_twice", "two files share a blob", manifest=with_file(_1=FILES[1][1]))
    cover("file_chunk_long", "a chunk size that takes two bytes", "unknown format", with_file(_6=256 + 18))
    cover("inner_level_long", "the manifest's level takes two bytes", manifest=MANIFEST | {3: 256 + 1})


SECRET = draw(32)


def links():
    text = s.base64url(SECRET)

    def link(name, about, expect, fragment, **fields):
        write(f"link_{name}", about, "link", expect, dict(delivery=DELIVERY, fragment=fragment) | fields)

    def keys(password=None):
        return s.link_keys(DELIVERY, SECRET, password)

    link("ok", "without a password", "ok", f"1.{text}", **keys())
    link("ok_password", "with a password", "ok", f"1.{text}", password="correct horse", **keys(b"correct horse"))
    link("ok_password_normal", "a password typed with a decomposed letter and a non-ASCII space", "ok", f"1.{text}",
         password="gru\u0308ne\u2003Tu\u0308r", **keys("gr\u00fcne T\u00fcr".encode()))
    link("version_2", "the version is 2", "unknown format", f"2.{text}")
    link("version_999", "the version is 999, and nothing else is as we know it", "unknown format", "999.x")
    link("version_2_alone", "the version is 2, and nothing follows", "unknown format", "2")
    link("version_1_alone", "the version is 1, and nothing follows", "malformed", "1")
    link("version_0", "the version is 0", "malformed", f"0.{text}")
    link("version_01", "the version has a leading zero", "malformed", f"01.{text}")
    link("version_long", "the version has four digits", "malformed", f"1000.{text}")
    link("version_word", "the version is a letter", "malformed", f"a.{text}")
    link("version_space", "a space stands before the version", "malformed", f" 1.{text}")
    link("empty", "there is nothing", "malformed", "")
    link("hash", "the # is still there", "malformed", f"#1.{text}")
    link("end", "a point follows, as in a sentence that ends with the link", "malformed", f"1.{text}.")
    link("only_version", "the secret is missing", "malformed", "1.")
    link("cut", "the secret's last character is missing", "malformed", f"1.{text[:-1]}")
    link("long", "the secret has a character too many", "malformed", f"1.{text}A")
    link("padded", "the secret is padded", "malformed", f"1.{text}=")
    link("loose_bits", "unused bits of the secret are set", "malformed", f"1.{text[:-1]}{chr(ord(text[-1]) + 1)}")
    link("standard_alphabet", "the secret is standard base64", "malformed", f"1.{'+' * 42}A")
    link("percent", "a character of the secret is percent-encoded", "malformed", f"1.%41{text[1:]}")
    link("case", "a mail program changed the secret's end into a comma", "malformed", f"1.{text},")
    link("sender", "a sender's fingerprint follows", "unknown format", f"1.{text}.{s.base64url(draw(20))}")
    link("sender_bad", "something follows that is no fingerprint", "malformed", f"1.{text}.x")
    link("more", "a fourth field follows", "malformed", f"1.{text}..")


def folders():
    folder = "Akte 7/Anlagen"
    cover("folder_ok", "a file in a folder, another at the top", "ok", with_file(_8=folder))
    same = FILES[1] | {2: FILES[0][2]}
    cover("folder_ok_same_name", "two files with one name in two folders", "ok",
          MANIFEST | {8: [FILES[0] | {8: folder}, same | {8: "Akte 8"}]})
    cover("folder_ok_odd", "names in a path that only look like parents", "ok", with_file(_8="..a/.../ ./C:\\"))
    cover("folder_ok_long_name", "a name in a path of 255 characters", "ok", with_file(_8="ä" * 255 + "/b"))
    cover("folder_ok_long", "a path of 1,024 bytes", "ok", with_file(_8="abc/" * 255 + "abcd"))
    cover("folder_empty", "an empty path instead of none", manifest=with_file(_8=""))
    cover("folder_slash", "a path that is a slash", manifest=with_file(_8="/"))
    cover("folder_absolute", "a path that begins with a slash", manifest=with_file(_8="/etc"))
    cover("folder_trailing", "a path that ends with a slash", manifest=with_file(_8="a/"))
    cover("folder_double", "a path with an empty name", manifest=with_file(_8="a//b"))
    cover("folder_here", "a path with a point as a name", manifest=with_file(_8="a/./b"))
    cover("folder_parent", "a path that leads to the parent", manifest=with_file(_8="../a"))
    cover("folder_parent_end", "a path that ends in the parent", manifest=with_file(_8="a/.."))
    cover("folder_long_name", "a name in a path of 256 characters", manifest=with_file(_8="b/" + "x" * 256))
    cover("folder_long", "a path of 1,025 bytes", manifest=with_file(_8="abc/" * 256 + "a"))
    cover("folder_bytes", "a path that is no text", manifest=with_file(_8=b"a"))
    cover("folder_order", "the path stands before the salt",
          manifest=s.cbor(MANIFEST | {8: []})[:-1] + b"\x81" + s.head(5, 8)
          + b"".join(s.cbor(k) + s.cbor((FILES[0] | {8: folder})[k]) for k in (1, 2, 3, 4, 5, 6, 8, 7)))


def drafts():
    resume_key, secret, auth, salt = draw(32), draw(32), draw(32), draw(32)
    notes = "Der Brief, und welche Teile schon fort sind.".encode()
    keys = secret + auth + KEY
    head = s.draft_header(DELIVERY, salt)
    good = s.seal_draft(resume_key, DELIVERY, salt, secret, auth, KEY, notes)

    def draft(name, about, body, expect="damaged", **fields):
        write(f"draft_{name}", about, "draft", expect, dict(resume_key=resume_key, delivery=DELIVERY) | fields, body)

    def ok(name, about, notes, salt):
        body = s.seal_draft(resume_key, DELIVERY, salt, secret, auth, KEY, notes)
        assert s.open_draft(resume_key, DELIVERY, body) == (secret, auth, KEY, notes)
        draft(name, about, body, "ok", secret=secret, auth=auth, cover_key=KEY, salt=salt,
              notes_sha256=hashlib.sha256(notes).digest())

    ok("ok", "with notes", notes, salt)
    ok("ok_no_notes", "without notes", b"", draw(32))
    ok("ok_long", "notes of 10,000 bytes", pattern(10_000), draw(32))
    draft("flip_magic", "the magic is another", flip(good, 2))
    draft("version", "the version is 2", b"SGD2" + good[4:], "unknown format")
    draft("suite", "the suite is 2", good[:4] + b"\2" + good[5:], "unknown format")
    draft("kind", "the kind is 3", good[:5] + b"\3" + good[6:], "unknown format")
    draft("own", "the kind is that of levels 3 and 4", flip(good, 5))
    draft("flags", "a reserved bit is set", flip(good, 6), "unknown format")
    draft("flip_delivery", "the header names another delivery", flip(good, 8))
    draft("flip_salt", "the salt is changed", flip(good, 24))
    draft("flip_commitment", "the commitment is changed", flip(good, 56))
    draft("flip_body", "the ciphertext is changed", flip(good, 88))
    draft("flip_tag", "the tag is changed", flip(good, len(good) - 1))
    draft("short", "the last byte is missing", good[:-1])
    draft("long", "one byte too many", good + b"\0")
    draft("header_only", "nothing follows the commitment", good[:88])
    draft("empty", "there is nothing at all", b"")
    draft("other_key", "the server tells another key", good, resume_key=OTHER_KEY)
    draft("other_delivery", "a true record of another delivery", good, delivery=OTHER_DELIVERY)
    draft("foreign_commitment", "opens under this key, but commits to another",
          s.wrap(resume_key, head, keys, commitment=s.expand(s.extract(b"", OTHER_KEY), s.context("com", head), 32)))
    draft("no_keys", "nothing inside", s.wrap(resume_key, head, b""))
    draft("short_keys", "the cover key lacks its last byte", s.wrap(resume_key, head, keys[:-1]))
    draft("cover", "a cover under the same key", s.seal_cover(resume_key, DELIVERY, 1, draw(32), s.cbor(MANIFEST)))


def personal():
    secret, link_secret, salt, recipient, other = draw(32), draw(32), draw(32), draw(16), draw(16)
    gate, key = s.personal_keys(DELIVERY, secret)
    fragment = "1p." + s.base64url(secret)
    header = s.personal_header(DELIVERY, recipient, 2, salt)
    good = s.seal_personal(DELIVERY, recipient, 2, salt, secret, link_secret)
    assert s.open_personal(DELIVERY, recipient, 2, secret, good) == link_secret

    def case(name, about, body=good, expect="damaged", **fields):
        given = dict(fragment=fragment, delivery=DELIVERY, recipient=recipient, level=2)
        write(f"personal_{name}", about, "personal", expect, given | fields, body)

    case("ok", "level 2", good, "ok", gate=gate, secret=link_secret, salt=salt)
    at_1 = s.seal_personal(DELIVERY, recipient, 1, salt, secret, link_secret)
    case("ok_level_1", "level 1", at_1, "ok", level=1, gate=gate, secret=link_secret, salt=salt)
    case("level_lowered", "the server claims level 1", level=1)
    case("level_raised", "the server claims level 2", at_1)
    case("level_header", "the header claims level 1", good[:5] + b"\1" + good[6:], level=1)
    case("other_recipient", "sealed for another recipient", recipient=other)
    case("other_delivery", "sealed for another delivery", delivery=OTHER_DELIVERY)
    case("other_link", "opened with another recipient's link", fragment="1p." + s.base64url(draw(32)))
    case("own_link", "the delivery's own link opens nothing", expect="own", fragment="1." + s.base64url(secret))
    case("flip_magic", "the magic is another", flip(good, 2))
    case("version", "the version is 2", b"SGP2" + good[4:], "unknown format")
    case("suite", "the suite is 2", good[:4] + b"\2" + good[5:], "unknown format")
    case("zeros", "a reserved bit is set", flip(good, 6))
    case("flip_delivery", "the header names another delivery", flip(good, 8))
    case("flip_recipient", "the header names another recipient", flip(good, 24))
    case("flip_salt", "the salt is changed", flip(good, 40))
    case("flip_commitment", "the commitment is changed", flip(good, 72))
    case("flip_body", "the ciphertext is changed", flip(good, 104))
    case("flip_tag", "the tag is changed", flip(good, len(good) - 1))
    case("short", "the last byte is missing", good[:-1])
    case("long", "one byte too many", good + b"\0")
    case("header_only", "nothing follows the commitment", good[:104])
    case("empty", "there is nothing at all", b"")
    case("short_secret", "the secret inside lacks its last byte", s.wrap(key, header, link_secret[:-1]))
    case("foreign_commitment", "opens under this key, but commits to another",
         s.wrap(key, header, link_secret, commitment=s.expand(s.extract(b"", OTHER_KEY), s.context("com", header), 32)))
    for name, about, wrong in (
        ("fragment_short", "the fragment lacks its last character", fragment[:-1]),
        ("fragment_more", "something follows the secret", fragment + ".AAAA"),
        ("fragment_bits", "unused bits of the last character are set", fragment[:-1] + chr(ord(fragment[-1]) + 1)),
        ("fragment_case", "the form is written as a capital", "1P" + fragment[2:]),
        ("fragment_empty", "no secret", "1p."),
    ):
        case(name, about, good, "malformed", fragment=wrong)


def write_person(person):
    """Somebody whom cases name: all their secrets, and their card as the body."""
    fields = dict(email=person.email, generation=person.generation, account=person.account, account_key=person.account_key,
                  signing_seed=person.signing_seed, kem_seed=person.kem_seed, former=" ".join(p.name for p in person.former))
    (HERE / "people").mkdir(exist_ok=True)
    lines = "".join(f"{key}: {value.hex() if isinstance(value, bytes) else value}\n" for key, value in fields.items())
    body = "".join(line + "\n" for line in textwrap.wrap(base64.b64encode(person.card).decode(), 96))
    (HERE / "people" / f"{person.name}.txt").write_text(lines + "\n" + body)


for old in HERE.glob("*.txt"):
    old.unlink()
good_streams()
hostile_streams()
hostile_contexts()
hostile_headers()
good_covers()
hostile_covers()
links()
folders()
drafts()
personal()
generate_sealed.make(draw, write, write_person, flip)
names = sorted(path.stem for path in HERE.glob("*.txt"))
rows = "".join("    " + " ".join(f'"{name}",' for name in names[i:i + 3]) + "\n" for i in range(0, len(names), 3))
(HERE / "cases.rs").write_text(f"// Written by generate.py.\ncases! {{\n{rows}}}\n")
print(len(names), "cases")
