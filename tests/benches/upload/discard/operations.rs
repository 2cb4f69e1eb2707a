//! The operations of S3 that uploaders and our backend use, with plausible answers.
//!
//! Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>

use std::fmt::Write as _;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::http::{Answer, Body, Request};
use super::objects::{Object, Objects, Part, Upload};

/// Most parts on a page of a list.
const PARTS_ON_A_PAGE: usize = 1000;

/// When everything here was made, as far as anybody is told.
const MADE_AT: &str = "Tue, 01 Jan 2030 00:00:00 GMT";

const SHA256: &str = "x-amz-checksum-sha256";
const CRC64NVME: &str = "x-amz-checksum-crc64nvme";

/// S3's answer to a client that stops in the middle of a body.
pub(super) fn timed_out() -> Answer {
    let message = "Your socket connection to the server was not read from or written to within the timeout period.";
    refusal("400 Bad Request", "RequestTimeout", message).with("connection", "close")
}

/// The answer to a request whose body has been read.
pub(super) fn answer(request: &Request, body: &Body, objects: &Objects) -> Answer {
    if request.path == "/-/received" {
        let mut answer = Answer::empty("200 OK");
        let bytes = objects.received().load(Ordering::Relaxed);
        answer.body = bytes.to_string().into_bytes();
        return answer;
    }
    let is_bucket = request.path.trim_matches('/').split('/').count() == 1;
    let has = |name| request.parameter(name).is_some();
    match request.method.as_str() {
        "PUT" | "HEAD" if is_bucket => Answer::empty("200 OK"),
        "GET" if is_bucket => list(request, objects),
        "PUT" if has("partNumber") => put_part(request, body, objects),
        "PUT" => put(request, body, objects),
        "POST" if has("uploads") => create(request, objects),
        "POST" if has("uploadId") => complete(request, body, objects),
        "DELETE" if has("uploadId") => {
            objects.uploads().remove(upload_id(request));
            Answer::empty("204 No Content")
        }
        "DELETE" => {
            objects.complete().remove(&request.path);
            Answer::empty("204 No Content")
        }
        "GET" if has("uploadId") => list_parts(request, objects),
        "GET" | "HEAD" => get(request, objects),
        _ => refusal("501 Not Implemented", "NotImplemented", "Not here."),
    }
}

fn upload_id(request: &Request) -> &str {
    request.parameter("uploadId").unwrap_or_default()
}

fn refusal(status: &'static str, code: &str, message: &str) -> Answer {
    xml(
        status,
        &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
    )
}

fn xml(status: &'static str, content: &str) -> Answer {
    let mut answer = Answer::empty(status).with("content-type", "application/xml");
    answer.body = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{content}").into_bytes();
    answer
}

fn no_such_upload() -> Answer {
    refusal(
        "404 Not Found",
        "NoSuchUpload",
        "The specified upload does not exist.",
    )
}

fn owned<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// What is said about an object when it is put, and told when it is asked for.
fn description(request: &Request) -> Vec<(String, String)> {
    let said = request
        .headers_from("x-amz-meta-")
        .chain(request.headers_from("content-type"));
    owned(said)
}

/// The checksums of a body's bytes. One that follows in a trailer was read past.
fn checksums(request: &Request) -> Vec<(String, String)> {
    let stated = request.headers_from("x-amz-checksum-");
    owned(stated.filter(|(name, _)| {
        !name.ends_with("-algorithm") && !name.ends_with("-type") && !name.ends_with("-mode")
    }))
}

/// MD5 where the client computed it, as S3 does; some compare.
fn etag(request: &Request, objects: &Objects) -> String {
    let md5 = request
        .header("content-md5")
        .and_then(|value| BASE64_STANDARD.decode(value).ok());
    md5.map_or_else(|| objects.new_name(), |digest| hexadecimal(&digest))
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::new();
    for byte in bytes {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn put(request: &Request, body: &Body, objects: &Objects) -> Answer {
    let mut complete = objects.complete();
    if request.header("if-none-match") == Some("*") && complete.contains_key(&request.path) {
        return refusal(
            "412 Precondition Failed",
            "PreconditionFailed",
            "It exists.",
        );
    }
    let etag = etag(request, objects);
    let mut described = description(request);
    described.extend(checksums(request));
    let object = Object {
        size_bytes: body.size_bytes,
        etag: etag.clone(),
        described,
    };
    complete.insert(request.path.clone(), object);
    Answer::empty("200 OK").with("etag", format!("\"{etag}\""))
}

fn create(request: &Request, objects: &Objects) -> Answer {
    let id = objects.new_name();
    let upload = Upload {
        path: request.path.clone(),
        described: description(request),
        parts: std::collections::BTreeMap::new(),
    };
    objects.uploads().insert(id.clone(), upload);
    let (bucket, key) = bucket_and_key(&request.path);
    let content = format!(
        "<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId>\
         </InitiateMultipartUploadResult>"
    );
    let mut answer = xml("200 OK", &content);
    if let Some(algorithm) = request.header("x-amz-checksum-algorithm") {
        answer = answer.with("x-amz-checksum-algorithm", algorithm);
    }
    answer
}

fn put_part(request: &Request, body: &Body, objects: &Objects) -> Answer {
    let number = request.parameter("partNumber").and_then(|n| n.parse().ok());
    let mut uploads = objects.uploads();
    let (Some(number), Some(upload)) = (number, uploads.get_mut(upload_id(request))) else {
        return no_such_upload();
    };
    let part = Part {
        size_bytes: body.size_bytes,
        etag: etag(request, objects),
        checksums: checksums(request),
    };
    let mut answer = Answer::empty("200 OK").with("etag", format!("\"{}\"", part.etag));
    for (name, value) in &part.checksums {
        if name == SHA256 {
            answer = answer.with(SHA256, value.as_str());
        }
    }
    upload.parts.insert(number, part);
    answer
}

fn complete(request: &Request, body: &Body, objects: &Objects) -> Answer {
    let Some(upload) = objects.uploads().remove(upload_id(request)) else {
        return no_such_upload();
    };
    let text = String::from_utf8_lossy(&body.kept);
    let numbers = text.split("<PartNumber>").skip(1).filter_map(|rest| {
        let digits = rest.split('<').next()?;
        digits.trim().parse::<u32>().ok()
    });
    let parts: Option<Vec<&Part>> = numbers.map(|number| upload.parts.get(&number)).collect();
    let Some(parts) = parts.filter(|parts| !parts.is_empty()) else {
        return refusal(
            "400 Bad Request",
            "InvalidPart",
            "One of the parts is not there.",
        );
    };
    let etag = format!("{}-{}", objects.new_name(), parts.len());
    let composite = composite_sha256(&parts);
    let mut object = Object {
        size_bytes: parts.iter().map(|part| part.size_bytes).sum(),
        etag: etag.clone(),
        described: upload.described,
    };
    let mut told = String::new();
    if let Some(sum) = composite {
        let _ = write!(
            told,
            "<ChecksumSHA256>{sum}</ChecksumSHA256><ChecksumType>COMPOSITE</ChecksumType>"
        );
        object.described.push((SHA256.to_owned(), sum));
        let kind = ("x-amz-checksum-type".to_owned(), "COMPOSITE".to_owned());
        object.described.push(kind);
    }
    objects.complete().insert(upload.path.clone(), object);
    let (bucket, key) = bucket_and_key(&upload.path);
    xml(
        "200 OK",
        &format!(
            "<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{key}</Key>\
             <ETag>&quot;{etag}&quot;</ETag>{told}</CompleteMultipartUploadResult>"
        ),
    )
}

/// SHA-256 over the parts' own, as S3 makes it where each part has one.
fn composite_sha256(parts: &[&Part]) -> Option<String> {
    let mut sum = Sha256::new();
    for part in parts {
        let mut stated = part.checksums.iter();
        let (_, value) = stated.find(|(name, _)| name == SHA256)?;
        sum.update(BASE64_STANDARD.decode(value).ok()?);
    }
    let digest = BASE64_STANDARD.encode(sum.finalize());
    Some(format!("{digest}-{}", parts.len()))
}

/// The bytes themselves are gone: any that is asked for is zero.
fn get(request: &Request, objects: &Objects) -> Answer {
    let complete = objects.complete();
    let Some(object) = complete.get(&request.path) else {
        return refusal(
            "404 Not Found",
            "NoSuchKey",
            "The specified key does not exist.",
        );
    };
    let mut answer = Answer::empty("200 OK")
        .with("etag", format!("\"{}\"", object.etag))
        .with("last-modified", MADE_AT)
        .with("accept-ranges", "bytes");
    if request.method == "HEAD" {
        answer.described_bytes = Some(object.size_bytes);
        answer.headers.extend(object.described.iter().cloned());
        return answer;
    }
    if request.header("range") == Some("bytes=0-0") {
        answer.status = "206 Partial Content";
        answer.body = vec![0];
        return answer.with("content-range", format!("bytes 0-0/{}", object.size_bytes));
    }
    refusal("501 Not Implemented", "NotImplemented", "Nothing was kept.")
}

/// Nothing is ever listed but what is under way: clients look into the bucket before they begin.
fn list(request: &Request, objects: &Objects) -> Answer {
    let (bucket, _) = bucket_and_key(&request.path);
    if request.parameter("location").is_some() {
        return xml("200 OK", "<LocationConstraint></LocationConstraint>");
    }
    if request.parameter("uploads").is_some() {
        let mut entries = String::new();
        for (id, upload) in objects.uploads().iter() {
            let (_, key) = bucket_and_key(&upload.path);
            let _ = write!(
                entries,
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>2030-01-01T00:00:00.000Z</Initiated></Upload>"
            );
        }
        let content = format!(
            "<ListMultipartUploadsResult><Bucket>{bucket}</Bucket><IsTruncated>false</IsTruncated>{entries}\
             </ListMultipartUploadsResult>"
        );
        return xml("200 OK", &content);
    }
    let content = format!(
        "<ListBucketResult><Name>{bucket}</Name><Prefix></Prefix><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys>\
         <IsTruncated>false</IsTruncated></ListBucketResult>"
    );
    xml("200 OK", &content)
}

fn list_parts(request: &Request, objects: &Objects) -> Answer {
    let uploads = objects.uploads();
    let Some(upload) = uploads.get(upload_id(request)) else {
        return no_such_upload();
    };
    let after = request
        .parameter("part-number-marker")
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    let mut rest = upload.parts.range(after + 1..);
    let (mut entries, mut last) = (String::new(), after);
    for (number, part) in rest.by_ref().take(PARTS_ON_A_PAGE) {
        let (size, etag) = (part.size_bytes, &part.etag);
        let mut stated = part.checksums.iter();
        let sum = stated
            .find_map(|(name, value)| {
                let element = match name.as_str() {
                    SHA256 => "ChecksumSHA256",
                    CRC64NVME => "ChecksumCRC64NVME",
                    _ => return None,
                };
                Some(format!("<{element}>{value}</{element}>"))
            })
            .unwrap_or_default();
        let _ = write!(
            entries,
            "<Part><PartNumber>{number}</PartNumber><LastModified>2030-01-01T00:00:00.000Z</LastModified>\
             <ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size>{sum}</Part>"
        );
        last = *number;
    }
    let is_truncated = rest.next().is_some();
    let (bucket, key) = bucket_and_key(&request.path);
    let id = upload_id(request);
    xml(
        "200 OK",
        &format!(
            "<ListPartsResult><Bucket>{bucket}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId>\
             <PartNumberMarker>{after}</PartNumberMarker><NextPartNumberMarker>{last}</NextPartNumberMarker>\
             <MaxParts>{PARTS_ON_A_PAGE}</MaxParts><IsTruncated>{is_truncated}</IsTruncated>{entries}</ListPartsResult>"
        ),
    )
}

fn bucket_and_key(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    path.split_once('/').unwrap_or((path, ""))
}
