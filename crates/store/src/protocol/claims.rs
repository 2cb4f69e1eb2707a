//! Checksums that a client claims for a body: in headers or in a presigned address before it, or in trailers behind it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use s3s::{S3Result, s3_error};

use crate::disk::{Algorithm, Digests, Wanted};

/// What was claimed; `None` is still to come in a trailer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Claims(BTreeMap<Algorithm, Option<String>>);

impl Claims {
    /// Reads the headers, and which trailers they announce. A parameter of a presigned address whose name begins with
    /// `x-amz-` is as good as a header, which counts if there are both.
    pub(super) fn read(address: &Uri, headers: &HeaderMap) -> S3Result<Self> {
        let mut claims = Self::default();
        claims.take(&presigned(address))?;
        let announced = headers
            .get("x-amz-trailer")
            .and_then(|names| names.to_str().ok())
            .unwrap_or_default();
        for name in announced
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let algorithm = Algorithm::ALL
                .into_iter()
                .find(|algorithm| algorithm.header() == name);
            let algorithm = algorithm.ok_or_else(|| {
                s3_error!(NotImplemented, "The trailer {name} is not implemented")
            })?;
            claims.0.insert(algorithm, None);
        }
        claims.take(headers)?;
        Ok(claims)
    }

    /// Takes the values that `headers`, or the trailers, hold.
    pub(super) fn take(&mut self, headers: &HeaderMap) -> S3Result<()> {
        for algorithm in Algorithm::ALL {
            if let Some(value) = headers.get(algorithm.header()) {
                let value = value
                    .to_str()
                    .ok()
                    .filter(|value| well_formed(algorithm, value));
                let value = value.ok_or_else(|| malformed(algorithm))?;
                self.0.insert(algorithm, Some(value.to_owned()));
            }
        }
        Ok(())
    }

    /// The digests that are needed to check them.
    pub(super) fn wanted(&self) -> Wanted {
        self.0.keys().copied().collect()
    }

    pub(super) fn contains(&self, algorithm: Algorithm) -> bool {
        self.0.contains_key(&algorithm)
    }

    /// Whether the body is the claimed one.
    pub(super) fn verify(&self, digests: &Digests) -> S3Result<()> {
        for (algorithm, claimed) in &self.0 {
            let name = algorithm.header();
            let claimed = claimed.as_ref().ok_or_else(|| {
                s3_error!(InvalidRequest, "The announced trailer {name} did not come")
            })?;
            if digests.base64(*algorithm).as_ref() != Some(claimed) {
                return Err(s3_error!(
                    BadDigest,
                    "The {name} you specified did not match the calculated checksum."
                ));
            }
        }
        Ok(())
    }
}

fn well_formed(algorithm: Algorithm, value: &str) -> bool {
    BASE64_STANDARD
        .decode(value)
        .is_ok_and(|digest| digest.len() == algorithm.digest_bytes())
}

/// The checksums in an address. What is no header is no checksum either.
fn presigned(address: &Uri) -> HeaderMap {
    let parameters = address.query().unwrap_or_default().split('&');
    let checksums = parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let name = name.to_ascii_lowercase();
        let name = name.starts_with("x-amz-checksum-").then_some(name)?;
        let value: Vec<u8> = percent_decode_str(value).collect();
        Some((
            HeaderName::try_from(name).ok()?,
            HeaderValue::try_from(value).ok()?,
        ))
    });
    checksums.collect()
}

fn malformed(algorithm: Algorithm) -> s3s::S3Error {
    let name = algorithm.header();
    if algorithm == Algorithm::Md5 {
        return s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.");
    }
    s3_error!(InvalidRequest, "Value for {name} header is invalid.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY_SHA256: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn refusal(pairs: &[(&'static str, &str)]) -> String {
        Claims::read(&Uri::default(), &headers(pairs))
            .unwrap_err()
            .code()
            .as_str()
            .to_owned()
    }

    #[test]
    fn headers_are_read_and_wrong_ones_refused() {
        let claims = Claims::read(
            &Uri::default(),
            &headers(&[
                ("x-amz-checksum-sha256", EMPTY_SHA256),
                (
                    "x-amz-trailer",
                    "x-amz-checksum-crc32, x-amz-checksum-crc64nvme",
                ),
            ]),
        )
        .unwrap();
        assert_eq!(
            claims.wanted(),
            [Algorithm::Crc32, Algorithm::Crc64Nvme, Algorithm::Sha256]
        );
        assert_eq!(
            refusal(&[("x-amz-checksum-sha256", "AAAAAA==")]),
            "InvalidRequest"
        );
        assert_eq!(
            refusal(&[("x-amz-checksum-crc32", "not base64")]),
            "InvalidRequest"
        );
        assert_eq!(refusal(&[("content-md5", "AAAA")]), "InvalidDigest");
        assert_eq!(
            refusal(&[("x-amz-trailer", "x-amz-checksum-xxh3")]),
            "NotImplemented"
        );
    }

    #[test]
    fn a_trailer_that_does_not_come_is_an_error() {
        let digests = crate::disk::Sums::new(&[]).finish();
        let mut claims = Claims::read(
            &Uri::default(),
            &headers(&[("x-amz-trailer", "x-amz-checksum-sha256")]),
        )
        .unwrap();
        let missing = claims.verify(&digests).unwrap_err();
        assert_eq!(missing.code().as_str(), "InvalidRequest");
        claims
            .take(&headers(&[("x-amz-checksum-sha256", EMPTY_SHA256)]))
            .unwrap();
        claims.verify(&digests).unwrap();
    }
}
