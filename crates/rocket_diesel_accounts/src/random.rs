use rand::RngCore;

/// Returns 128 random bits as 32 hexadecimal digits: an id, or a stamp. The generator is cryptographic.
pub(crate) fn random_id() -> String {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
