//! What a monitor says about itself.

/// Where an EDID has its four descriptors, of 18 bytes each.
const DESCRIPTORS: [usize; 4] = [54, 72, 90, 108];
/// The head of the descriptor that holds the product's name.
const NAME: &[u8] = &[0, 0, 0, 0xFC, 0];
/// So many characters follow it, ended by a line feed and filled up with spaces.
const NAME_BYTES: usize = 13;

/// The product's name in an EDID (E-EDID 1.4, section 3.10.3.4).
pub(crate) fn name(edid: &[u8]) -> Option<String> {
    DESCRIPTORS.iter().find_map(|&at| {
        let text = edid.get(at..)?.strip_prefix(NAME)?.get(..NAME_BYTES)?;
        let text = text.split(|&byte| byte == b'\n').next()?;
        let printable = |&byte: &u8| byte == b' ' || byte.is_ascii_graphic();
        let name = String::from_utf8_lossy(text).trim().to_owned();
        (text.iter().all(printable) && !name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edid(at: usize, text: &[u8; NAME_BYTES]) -> Vec<u8> {
        let mut edid = vec![0; 128];
        edid[at..at + NAME.len()].copy_from_slice(NAME);
        edid[at + NAME.len()..at + NAME.len() + NAME_BYTES].copy_from_slice(text);
        edid
    }

    #[test]
    fn a_monitor_has_its_makers_name() {
        for at in DESCRIPTORS {
            let edid = edid(at, b"DELL U2720Q\n ");
            assert_eq!(name(&edid).as_deref(), Some("DELL U2720Q"));
        }
    }

    #[test]
    fn a_monitor_without_a_name() {
        let whole = edid(108, b"LG ULTRAWIDE\n");
        for cut in [0, 54, 110, 125] {
            assert_eq!(name(&whole[..cut]), None, "{cut}");
        }
        assert_eq!(name(&edid(54, b"\n            ")), None);
        assert_eq!(name(&edid(54, b"\x1b[2J\n        ")), None);
    }
}
