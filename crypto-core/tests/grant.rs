//! Levels 3 and 4: sealed parts, grants, releases and deputies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::people::{NOW, Sent, key_of, letter, name, neighbours, person, send, sent, unsigned_cover};
use common::{block_on, rng, small};
use crypto_core::delivery;
use crypto_core::deputy::{self, DEPUTATION_BYTES, Deputation};
use crypto_core::error::{DeputyError, GrantError, OpenError, ReleaseError, SealError};
use crypto_core::grant::{self, Access, GRANT_BYTES, Giver, Place};
use crypto_core::id::{BlobId, DeliveryId, Level};
use crypto_core::identity::Identity;
use crypto_core::link::Link;
use crypto_core::manifest::{FileEntry, Manifest};
use crypto_core::release::{release, release_as_deputy};
use crypto_core::sealed::{self, DeliveryKey};
use crypto_core::stream::{ChunkSize, FileContext, FileRef, Layout, Opener, RustCryptoAead, Sealer};
use crypto_core::trust::{Pins, VerifiedKey};

fn give(sender: &Identity, sent: &Sent, to: &Identity) -> Vec<u8> {
    grant::seal(sender, &sent.access, &key_of(to), NOW, &mut rng()).unwrap()
}

fn take(holder: &Identity, place: Place, sender: &VerifiedKey, grant: &[u8]) -> Result<Access, GrantError> {
    grant::open(holder, place, sender, Giver::Sender, grant)
}

#[test]
fn a_granted_delivery_opens_at_both_levels() {
    let (ada, bob) = (person("ada@example.org"), person("bob@example.org"));
    for level in [Level::Three, Level::Four] {
        let sent = send(&ada, level);
        let given = give(&ada, &sent, &bob);
        assert_eq!((given.len(), sent.own.len()), (GRANT_BYTES, GRANT_BYTES));
        let access = take(&bob, sent.place, &key_of(&ada), &given).ok().unwrap();
        let manifest = access.open_part(&key_of(&ada), &sent.part, sent.cover.as_deref()).ok().unwrap();
        assert_eq!(manifest.subject.is_empty(), level == Level::Three);
        if let Some(cover) = &sent.cover {
            let key = access.link().keys(None).unwrap().cover;
            let cover = sealed::open_cover(&key, &key_of(&ada), sent.place.delivery, cover).ok().unwrap();
            assert_eq!(cover.subject, "Unterlagen");
        }
    }
}

/// Another giver, holder, delivery, level or sender: only the diagonal opens.
#[test]
fn a_grant_fits_in_one_place_only() {
    let people = [person("ada@example.org"), person("bob@example.org"), person("eve@example.org")];
    let [ada, bob, eve] = &people;
    let (three, four, other) = (send(ada, Level::Three), send(ada, Level::Four), send(ada, Level::Four));
    let given = give(ada, &four, bob);
    let open = |holder, place, sender| take(holder, place, &key_of(sender), &given).err();
    assert_eq!(open(bob, four.place, ada), None);
    assert_eq!(open(bob, other.place, ada), Some(GrantError::OtherPlace));
    assert_eq!(open(bob, three.place, ada), Some(GrantError::OtherPlace));
    let lowered = Place { level: Level::Three, ..four.place };
    assert_eq!(open(bob, lowered, ada), Some(GrantError::OtherPlace));
    for level in [Level::One, Level::Two] {
        assert_eq!(open(bob, Place { level, ..four.place }, ada), Some(GrantError::OtherPlace));
    }
    assert_eq!(open(eve, four.place, ada), Some(GrantError::NotForMe));
    assert_eq!(open(ada, four.place, ada), Some(GrantError::NotForMe));
    assert_eq!(open(bob, four.place, eve), Some(GrantError::NotEntitled));
    // For another purpose.
    assert_eq!(grant::open_own(ada, four.place, &given).err(), Some(GrantError::NotForMe));
    let held = grant::seal_for_deputy(ada, &four.access, &key_of(bob), NOW, &mut rng()).unwrap();
    assert_eq!(take(bob, four.place, &key_of(ada), &held).err(), Some(GrantError::NotForMe));
    let as_deputy = |grant: &[u8]| grant::open_as_deputy(bob, four.place, &key_of(ada), grant).err();
    assert_eq!((as_deputy(&held), as_deputy(&given)), (None, Some(GrantError::NotForMe)));
    assert_eq!(take(ada, four.place, &key_of(ada), &four.own).err(), Some(GrantError::NotForMe));
    // What somebody sends to themselves is two grants, and neither is the other.
    let to_self = give(ada, &four, ada);
    assert!(take(ada, four.place, &key_of(ada), &to_self).is_ok());
    assert_eq!(grant::open_own(ada, four.place, &to_self).err(), Some(GrantError::NotForMe));
}

#[test]
fn hostile_grants() {
    let (ada, bob, eve) = (person("ada@example.org"), person("bob@example.org"), person("eve@example.org"));
    let sent = send(&ada, Level::Four);
    let given = give(&ada, &sent, &bob);
    let key = key_of(&ada);
    for neighbour in neighbours(&given, 1) {
        assert!(take(&bob, sent.place, &key, &neighbour).is_err());
    }
    for (at, byte, expected) in [
        (0, b'X', GrantError::Damaged),
        (3, b'2', GrantError::UnknownFormat),
        (4, 2, GrantError::UnknownFormat),
        (5, 3, GrantError::OtherPlace),
        (5, 2, GrantError::OtherPlace),
        (6, 2, GrantError::NotForMe),
        (6, 4, GrantError::NotForMe),
        (6, 5, GrantError::UnknownFormat),
        (7, 1, GrantError::UnknownFormat),
        (GRANT_BYTES - 1, 0xff, GrantError::BadSignature),
    ] {
        let mut other = given.clone();
        other[at] = byte;
        assert_eq!(take(&bob, sent.place, &key, &other).err(), Some(expected), "byte {at} is {byte}");
    }
    // Parts of two true grants.
    let second = give(&ada, &sent, &bob);
    for cut in [64, 104, 104 + 1120, GRANT_BYTES - 64] {
        let spliced = [&given[..cut], &second[cut..]].concat();
        let expected = Some(GrantError::BadSignature);
        // Cut where both are the same, it is the second.
        let expected = if given[..cut] == second[..cut] { None } else { expected };
        assert_eq!(take(&bob, sent.place, &key, &spliced).err(), expected, "cut at {cut}");
    }
    // Bob passes on what Ada gave him: the grant is his then, and he is not the sender.
    let access = take(&bob, sent.place, &key, &given).ok().unwrap();
    let passed = grant::seal(&bob, &access, &key_of(&eve), NOW, &mut rng()).unwrap();
    assert_eq!(take(&eve, sent.place, &key, &passed).err(), Some(GrantError::NotEntitled));
    let mut renamed = passed;
    renamed[24..44].copy_from_slice(&ada.card().fingerprint().to_bytes());
    assert_eq!(take(&eve, sent.place, &key, &renamed).err(), Some(GrantError::BadSignature));
}

/// One sealed part that would open under two keys is not made here, but two parts, and grants that cross them.
#[test]
fn a_grant_opens_the_part_it_was_given_for() {
    let (ada, bob) = (person("ada@example.org"), person("bob@example.org"));
    let sent = send(&ada, Level::Four);
    let access = take(&bob, sent.place, &key_of(&ada), &give(&ada, &sent, &bob)).ok().unwrap();
    let open = |part: &[u8]| access.open_part(&key_of(&ada), part, None).err();
    assert_eq!(open(&sent.part), None);
    // Another part of the same delivery, by the same sender, under the same key and under another.
    let manifest = letter(sent.access.link(), Level::Four);
    let same_key = sealed::seal_part(&ada, sent.access.key(), &manifest, None, &mut rng()).unwrap();
    assert_eq!(open(&same_key), Some(OpenError::Damaged));
    let other_key = DeliveryKey::generate(&mut rng());
    let other = sealed::seal_part(&ada, &other_key, &manifest, None, &mut rng()).unwrap();
    assert_eq!(open(&other), Some(OpenError::Damaged));
    // The commitment of one before the ciphertext of the other.
    let grafted = [&sent.part[..88], &other[88..]].concat();
    assert_eq!(open(&grafted), Some(OpenError::Damaged));
    let link = Link::generate(&mut rng());
    assert_eq!(Access::new(&link, &other_key, Level::Four, &other).err(), Some(SealError::BadInput));
}

#[test]
fn hostile_parts_and_covers() {
    let (ada, eve) = (person("ada@example.org"), person("eve@example.org"));
    let sent = send(&ada, Level::Three);
    let cover = sent.cover.as_deref().unwrap();
    let key = sent.access.link().keys(None).unwrap().cover;
    let open = |part: &[u8], cover: Option<&[u8]>| sent.access.open_part(&key_of(&ada), part, cover).err();
    let open_cover = |cover: &[u8]| sealed::open_cover(&key, &key_of(&ada), sent.place.delivery, cover).err();
    assert_eq!((open(&sent.part, Some(cover)), open_cover(cover)), (None, None));
    for neighbour in neighbours(&sent.part, 5) {
        assert!(open(&neighbour, Some(cover)).is_some());
    }
    for neighbour in neighbours(cover, 5) {
        assert!(open_cover(&neighbour).is_some());
        assert_eq!(open(&sent.part, Some(&neighbour)), Some(OpenError::Damaged));
    }
    assert_eq!(open(&sent.part, None), Some(OpenError::Damaged));
    // Whoever has the link can make a cover, but not Ada's.
    let forged = letter(sent.access.link(), Level::Three).split().0.unwrap();
    let by_eve = sealed::seal_cover(&eve, &key, &forged, &mut rng()).unwrap();
    assert_eq!(open_cover(&by_eve), Some(OpenError::Damaged));
    assert_eq!(open(&sent.part, Some(&by_eve)), Some(OpenError::Damaged));
    // One in the place of the other, and those of a lower level.
    assert_eq!(open_cover(&sent.part), Some(OpenError::Damaged));
    assert_eq!(open(cover, Some(cover)), Some(OpenError::Damaged));
    assert_eq!(open_cover(&unsigned_cover(sent.access.link())), Some(OpenError::Damaged));
    for level in [Level::One, Level::Two, Level::Three, Level::Four] {
        let opened = delivery::open_cover(&key, sent.place.delivery, level, cover).err();
        assert_eq!(opened, Some(OpenError::Damaged));
    }
    let mut lowered = cover.to_vec();
    lowered[5] = 1;
    let opened = delivery::open_cover(&key, sent.place.delivery, Level::One, &lowered).err();
    assert_eq!(opened, Some(OpenError::Damaged));
}

#[test]
fn what_belongs_inside_is_sealed_nowhere_else() {
    let ada = person("ada@example.org");
    let (link, key) = (Link::generate(&mut rng()), DeliveryKey::generate(&mut rng()));
    let cover_key = link.keys(None).unwrap().cover;
    let file = FileEntry {
        content: FileRef {
            blob: BlobId([1; 16]),
            layout: Layout::new(0, ChunkSize::STANDARD).unwrap(),
            salt: [0; 32],
        },
        name: "a".to_owned(),
        media_type: String::new(),
        modified: None,
        folder: String::new(),
    };
    let part = |level, cover: Option<&[u8]>| {
        sealed::seal_part(&ada, &key, &letter(&link, level), cover, &mut rng()).err()
    };
    for level in [Level::One, Level::Two] {
        assert_eq!(part(level, None), Some(SealError::BadInput));
        assert_eq!(part(level, Some(b"")), Some(SealError::BadInput));
    }
    // Level 3 whole, level 4 with a cover.
    assert_eq!(part(Level::Three, Some(b"")), Some(SealError::BadInput));
    assert_eq!(part(Level::Four, Some(b"")), Some(SealError::BadInput));
    assert_eq!(part(Level::Four, None), None);
    for level in [Level::Three, Level::Four] {
        let unsigned = delivery::seal_cover(&cover_key, &letter(&link, level), &mut rng()).err();
        assert_eq!(unsigned, Some(SealError::BadInput));
    }
    let mut with_file = letter(&link, Level::Three);
    with_file.files.push(file);
    let cover = |manifest: &Manifest| sealed::seal_cover(&ada, &cover_key, manifest, &mut rng()).err();
    assert_eq!(cover(&with_file), Some(SealError::BadInput));
    assert_eq!(cover(&letter(&link, Level::Four)), Some(SealError::BadInput));
    let (outside, inside) = with_file.split();
    assert_eq!(cover(&outside.unwrap()), None);
    assert_eq!(inside.unwrap().files.len(), 1);
}

/// Files at levels 3 and 4 are sealed under the delivery key, and cannot be sealed under what the link gives.
#[test]
fn files_have_the_key_of_their_level() {
    let (link, key) = (Link::generate(&mut rng()), DeliveryKey::generate(&mut rng()));
    let cover = link.keys(None).unwrap().cover;
    let layout = Layout::new(5, small()).unwrap();
    for level in [Level::One, Level::Two, Level::Three, Level::Four] {
        let file = FileContext { delivery: link.delivery, blob: BlobId::generate(&mut rng()), level };
        let high = matches!(level, Level::Three | Level::Four);
        let by_link = block_on(Sealer::<RustCryptoAead>::new(&cover, file, layout, &mut rng()));
        assert_eq!(by_link.err(), high.then_some(SealError::BadInput));
        let by_key = block_on(Sealer::<RustCryptoAead>::new(&key, file, layout, &mut rng()));
        let Ok(mut sealer) = by_key else {
            assert!(!high);
            continue;
        };
        assert!(high);
        let chunk = block_on(sealer.seal(b"hello".to_vec()).unwrap()).unwrap();
        let (entry, header) = (sealer.finish().unwrap(), sealer.header().to_bytes());
        let mut opener = block_on(Opener::<RustCryptoAead>::new(&key, link.delivery, level, &entry, &header))
            .ok()
            .unwrap();
        let opened = block_on(opener.open(chunk).unwrap()).ok().unwrap();
        assert_eq!(opener.accept(opened).unwrap(), b"hello");
        assert!(opener.finish().is_ok());
        let other = if level == Level::Three { Level::Four } else { Level::Three };
        for (level, delivery) in
            [(other, link.delivery), (level, DeliveryId([0; 16])), (Level::Two, link.delivery)]
        {
            let opener = Opener::<RustCryptoAead>::new(&key, delivery, level, &entry, &header);
            assert_eq!(block_on(opener).err(), Some(OpenError::Damaged));
        }
        let opener = Opener::<RustCryptoAead>::new(&cover, link.delivery, level, &entry, &header);
        assert_eq!(block_on(opener).err(), Some(OpenError::Damaged));
    }
}

#[test]
fn a_release_gives_what_was_sent() {
    let (ada, bob, eve) = (person("ada@example.org"), person("bob@example.org"), person("eve@example.org"));
    let sent = send(&ada, Level::Four);
    let free = |own: &[u8], place, to| release(&ada, place, own, &key_of(to), NOW, &mut rng());
    let given = free(&sent.own, sent.place, &bob).ok().unwrap();
    let access = take(&bob, sent.place, &key_of(&ada), &given).ok().unwrap();
    assert!(access.open_part(&key_of(&ada), &sent.part, None).is_ok());
    // A server that shows another delivery's, another's, or a grant for another in the place of the own one.
    let other = send(&ada, Level::Four);
    let of_eve = send(&eve, Level::Four);
    let held = |error| Some(ReleaseError::Held(error));
    assert_eq!(free(&other.own, sent.place, &bob).err(), held(GrantError::OtherPlace));
    assert_eq!(free(&of_eve.own, of_eve.place, &bob).err(), held(GrantError::NotForMe));
    assert_eq!(free(&given, sent.place, &bob).err(), held(GrantError::NotForMe));
    for neighbour in neighbours(&sent.own, 3) {
        assert!(free(&neighbour, sent.place, &bob).is_err());
    }
    // Eve knows Ada's card and seals keys of her own to it: they are not Ada's.
    let link = Link::generate(&mut rng());
    let key = DeliveryKey::generate(&mut rng());
    let part = sealed::seal_part(&eve, &key, &letter(&link, Level::Four), None, &mut rng()).unwrap();
    let access = Access::new(&link, &key, Level::Four, &part).unwrap();
    let planted = grant::seal(&eve, &access, &key_of(&ada), NOW, &mut rng()).unwrap();
    assert_eq!(free(&planted, access.place(), &bob).err(), held(GrantError::NotForMe));
    let mut planted = planted;
    planted[6] = 2;
    planted[24..44].copy_from_slice(&ada.card().fingerprint().to_bytes());
    assert_eq!(free(&planted, access.place(), &bob).err(), held(GrantError::BadSignature));
}

#[test]
fn rotation_and_reset_on_either_side() {
    let (ada, bob) = (person("ada@example.org"), person("bob@example.org"));
    let sent_before = send(&ada, Level::Four);
    let given = give(&ada, &sent_before, &bob);
    let (ada_before, bob_before) = (sent(&ada), sent(&bob));
    let (ada, bob) = (ada.rotate(NOW, &mut rng()).unwrap(), bob.rotate(NOW, &mut rng()).unwrap());
    let pins = Pins::default();
    let ada_key = pins.verify(&name("ada@example.org"), &[ada_before, sent(&ada)]).unwrap();
    // Bob opens what was given to his old key by Ada's old key; Ada still releases it.
    let access = take(&bob, sent_before.place, &ada_key, &given).ok().unwrap();
    assert!(access.open_part(&ada_key, &sent_before.part, None).is_ok());
    // Without the step between the cards, the old signature is a stranger's.
    assert_eq!(take(&bob, sent_before.place, &key_of(&ada), &given).err(), Some(GrantError::NotEntitled));
    let reset = Identity::create(bob_before.account(), bob_before.email(), 3, NOW, &mut rng()).unwrap();
    assert_eq!(take(&reset, sent_before.place, &ada_key, &given).err(), Some(GrantError::NotForMe));
    let again = release(&ada, sent_before.place, &sent_before.own, &key_of(&reset), NOW, &mut rng());
    let access = take(&reset, sent_before.place, &ada_key, &again.ok().unwrap()).ok().unwrap();
    assert!(access.open_part(&ada_key, &sent_before.part, None).is_ok());
}

#[test]
fn a_deputy_releases_while_appointed() {
    let (ada, dora) = (person("ada@example.org"), person("dora@example.org"));
    let (bob, eve) = (person("bob@example.org"), person("eve@example.org"));
    let sent = send(&ada, Level::Four);
    let bytes = deputy::appoint(&ada, &key_of(&dora), NOW, NOW + 100);
    assert_eq!(bytes.len(), DEPUTATION_BYTES);
    let deputation = Deputation::verify(&key_of(&ada), &bytes).unwrap();
    let held = grant::seal_for_deputy(&ada, &sent.access, &key_of(&dora), NOW, &mut rng()).unwrap();
    let free = |at| {
        release_as_deputy(&dora, sent.place, &key_of(&ada), &held, &key_of(&bob), at, &mut rng())
            .ok()
            .unwrap()
    };
    let take = |grant: &[u8], card| {
        let giver = Giver::Deputy(&deputation, card);
        grant::open(&bob, sent.place, &key_of(&ada), giver, grant)
    };
    let access = take(&free(NOW + 99), dora.card()).ok().unwrap();
    assert!(access.open_part(&key_of(&ada), &sent.part, None).is_ok());
    for at in [NOW - 1, NOW + 100] {
        assert_eq!(take(&free(at), dora.card()).err(), Some(GrantError::NotEntitled));
    }
    assert_eq!(take(&free(NOW), eve.card()).err(), Some(GrantError::NotEntitled));
    // Without the deputation her grant is a stranger's; with it, Ada's own still needs none.
    let without = grant::open(&bob, sent.place, &key_of(&ada), Giver::Sender, &free(NOW)).err();
    assert_eq!(without, Some(GrantError::NotEntitled));
    // Eve's deputation, hostile ones.
    let of_eve = deputy::appoint(&eve, &key_of(&dora), NOW, NOW + 100);
    assert_eq!(Deputation::verify(&key_of(&ada), &of_eve), Err(DeputyError::BadSignature));
    let foreign = Deputation::verify(&key_of(&eve), &of_eve).unwrap();
    let giver = Giver::Deputy(&foreign, dora.card());
    let refused = grant::open(&bob, sent.place, &key_of(&ada), giver, &free(NOW)).err();
    assert_eq!(refused, Some(GrantError::NotEntitled));
    for neighbour in neighbours(&bytes, 1) {
        assert!(Deputation::verify(&key_of(&ada), &neighbour).is_err());
    }
    let mut later = bytes;
    later[3] = b'2';
    assert_eq!(Deputation::verify(&key_of(&ada), &later), Err(DeputyError::UnknownFormat));
}
