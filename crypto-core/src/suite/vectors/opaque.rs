//! OPAQUE and its OPRF: the vectors of RFC 9807 and RFC 9497, through the types of [`super::super::opaque`]. The published
//! vectors do without stretching, so the suite here differs from ours in that alone.

use std::collections::{BTreeMap, VecDeque};

use opaque_ke::ksf::Identity;
use opaque_ke::{CipherSuite, ClientLogin, ClientRegistration, ServerLogin, ServerRegistration, ServerSetup};
use voprf::{BlindedElement, EvaluationElement, OprfClient, OprfServer};

use super::super::opaque::{
    ClientLoginFinishParameters, ClientRegistrationFinishParameters, CredentialFinalization,
    CredentialRequest, CredentialResponse, Identifiers, RegistrationRequest, RegistrationResponse,
    RegistrationUpload, ServerLoginParameters, Suite1,
};
use super::hex;

/// Our suite without stretching.
struct Unstretched;

impl CipherSuite for Unstretched {
    type OprfCs = <Suite1 as CipherSuite>::OprfCs;
    type KeyExchange = <Suite1 as CipherSuite>::KeyExchange;
    type Ksf = Identity;
}

/// One vector: its title and its values.
struct Vector {
    title: String,
    values: BTreeMap<String, Vec<u8>>,
}

impl Vector {
    fn optional(&self, name: &str) -> Option<&[u8]> {
        self.values.get(name).map(Vec::as_slice)
    }
    fn get(&self, name: &str) -> &[u8] {
        self.optional(name).unwrap_or_else(|| panic!("{} has no {name}", self.title))
    }
    fn identifiers(&self) -> Identifiers<'_> {
        Identifiers { client: self.optional("client_identity"), server: self.optional("server_identity") }
    }
    /// A generator that yields these values, one a call.
    fn rng(&self, names: &[&str]) -> Scripted {
        Scripted(names.iter().map(|name| self.get(name).to_vec()).collect())
    }
    /// The server's long-term secrets, with this key in made-up records.
    fn setup(&self, made_up: &str) -> ServerSetup<Unstretched> {
        let bytes = ["oprf_seed", "server_private_key", made_up].map(|name| self.get(name)).concat();
        ServerSetup::deserialize(&bytes).unwrap()
    }
}

fn vectors(text: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(title) = line.strip_prefix('[') {
            vectors.push(Vector { title: title.to_owned(), values: BTreeMap::new() });
        } else {
            let (name, value) = line.split_once(": ").unwrap();
            vectors.last_mut().unwrap().values.insert(name.to_owned(), hex(value));
        }
    }
    vectors
}

/// Yields what the vector says, each value filled up with zeros: where the library takes twice as many bytes as the group
/// has, to reduce them, the value is what remains.
struct Scripted(VecDeque<Vec<u8>>);

impl rand_core_06::RngCore for Scripted {
    fn next_u32(&mut self) -> u32 {
        panic!("nobody asks for numbers")
    }
    fn next_u64(&mut self) -> u64 {
        panic!("nobody asks for numbers")
    }
    fn fill_bytes(&mut self, dest: &mut [u8]) {
        let value = self.0.pop_front().unwrap();
        dest.fill(0);
        dest[..value.len()].copy_from_slice(&value);
    }
    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), rand_core_06::Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}
impl rand_core_06::CryptoRng for Scripted {}

const RFC_9807: &str = include_str!("rfc9807.txt");

fn rfc_9807(kind: &str) -> Vec<Vector> {
    vectors(RFC_9807).into_iter().filter(|vector| vector.title.contains(kind)).collect()
}

#[test]
fn rfc_9807_registration() {
    let vectors = rfc_9807("Real");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let password = vector.get("password");
        let mut rng = vector.rng(&["blind_registration", "envelope_nonce"]);
        let client = ClientRegistration::<Unstretched>::start(&mut rng, password).unwrap();
        assert_eq!(client.message.serialize().to_vec(), vector.get("registration_request"));

        let setup = vector.setup("server_public_key");
        let request = RegistrationRequest::deserialize(vector.get("registration_request")).unwrap();
        let server = ServerRegistration::start(&setup, request, vector.get("credential_identifier")).unwrap();
        assert_eq!(server.message.serialize().to_vec(), vector.get("registration_response"));

        let response = RegistrationResponse::deserialize(vector.get("registration_response")).unwrap();
        let parameters = ClientRegistrationFinishParameters::new(vector.identifiers(), None);
        let finished = client.state.finish(&mut rng, password, response, parameters).unwrap();
        assert_eq!(finished.message.serialize().to_vec(), vector.get("registration_upload"));
        assert_eq!(finished.export_key.to_vec(), vector.get("export_key"));
    }
}

#[test]
fn rfc_9807_login() {
    let vectors = rfc_9807("Real");
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let (password, context) = (vector.get("password"), vector.get("Context"));
        let mut rng = vector.rng(&["blind_login", "client_keyshare_seed", "client_nonce"]);
        let client = ClientLogin::<Unstretched>::start(&mut rng, password).unwrap();
        assert_eq!(client.message.serialize().to_vec(), vector.get("KE1"));

        let upload = RegistrationUpload::deserialize(vector.get("registration_upload")).unwrap();
        let parameters =
            || ServerLoginParameters { context: Some(context), identifiers: vector.identifiers() };
        // The library makes a record up for everyone, so that a known name takes the time of an unknown one.
        let mut rng = vector.rng(&["masking_nonce", "server_keyshare_seed", "server_nonce"]);
        rng.0.push_front(vec![7; 64]);
        let server = ServerLogin::start(
            &mut rng,
            &vector.setup("server_public_key"),
            Some(ServerRegistration::finish(upload)),
            CredentialRequest::deserialize(vector.get("KE1")).unwrap(),
            vector.get("credential_identifier"),
            parameters(),
        )
        .unwrap();
        assert_eq!(server.message.serialize().to_vec(), vector.get("KE2"));

        let finish = |response: &[u8]| {
            let response = CredentialResponse::deserialize(response).unwrap();
            let parameters = ClientLoginFinishParameters::new(Some(context), vector.identifiers(), None);
            client.state.clone().finish(&mut Scripted(VecDeque::new()), password, response, parameters)
        };
        let finished = finish(vector.get("KE2")).unwrap();
        assert_eq!(finished.message.serialize().to_vec(), vector.get("KE3"));
        assert_eq!(finished.session_key.to_vec(), vector.get("session_key"));
        assert_eq!(finished.export_key.to_vec(), vector.get("export_key"));
        let mut bent = vector.get("KE2").to_vec();
        *bent.last_mut().unwrap() ^= 1;
        assert!(finish(&bent).is_err());

        let finalization = |bytes: &[u8]| CredentialFinalization::deserialize(bytes).unwrap();
        let done = server.state.clone().finish(finalization(vector.get("KE3")), parameters()).unwrap();
        assert_eq!(done.session_key.to_vec(), vector.get("session_key"));
        let mut bent = vector.get("KE3").to_vec();
        bent[0] ^= 1;
        assert!(server.state.finish(finalization(&bent), parameters()).is_err());
    }
}

/// What the server answers for a name that nobody has.
#[test]
fn rfc_9807_made_up_record() {
    let vectors = rfc_9807("Fake");
    assert_eq!(vectors.len(), 1);
    for vector in vectors {
        let server = ServerLogin::start(
            &mut vector.rng(&["masking_key", "masking_nonce", "server_keyshare_seed", "server_nonce"]),
            &vector.setup("client_public_key"),
            None,
            CredentialRequest::deserialize(vector.get("KE1")).unwrap(),
            vector.get("credential_identifier"),
            ServerLoginParameters { context: Some(vector.get("Context")), identifiers: vector.identifiers() },
        )
        .unwrap();
        assert_eq!(server.message.serialize().to_vec(), vector.get("KE2"));
    }
}

#[test]
fn rfc_9497_oprf() {
    type Oprf = <Suite1 as CipherSuite>::OprfCs;
    let vectors = vectors(include_str!("rfc9497.txt"));
    assert_eq!(vectors.len(), 2);
    for vector in vectors {
        let server = OprfServer::<Oprf>::new_from_seed(vector.get("Seed"), vector.get("KeyInfo")).unwrap();
        assert_eq!(server.serialize().to_vec(), vector.get("skSm"));
        let input = vector.get("Input");
        let client = OprfClient::<Oprf>::blind(input, &mut vector.rng(&["Blind"])).unwrap();
        assert_eq!(client.message.serialize().to_vec(), vector.get("BlindedElement"));
        let blinded = BlindedElement::deserialize(vector.get("BlindedElement")).unwrap();
        let evaluated = server.blind_evaluate(&blinded);
        assert_eq!(evaluated.serialize().to_vec(), vector.get("EvaluationElement"));
        let evaluated = EvaluationElement::deserialize(vector.get("EvaluationElement")).unwrap();
        assert_eq!(client.state.finalize(input, &evaluated).unwrap().to_vec(), vector.get("Output"));
        assert_eq!(server.evaluate(input).unwrap().to_vec(), vector.get("Output"));
    }
}
