//! What holds at every moment, whatever happens.

use wire::UploadStatus;

use super::super::Stage;
use super::cloud::{Cloud, Place, index_of, key_of, name_of};
use super::file::{Recording, sha256};
use super::program::Program;
use crate::Done;

/// What is broken, if anything.
pub(super) fn broken_law(program: &Program, cloud: &Cloud, file: &Recording) -> Option<String> {
    let wrong = program.wrong.clone();
    wrong
        .filter(|_| program.misheard.is_none())
        .or_else(|| objects_belong(program, cloud))
        .or_else(|| match &program.state.stage {
            Stage::Done(done) => done_is_done(cloud, file, done),
            _ => None,
        })
}

/// Done: the backend says COMPLETE, the object is the file as it was at one time, its hash is the one shown, and the link
/// is this object's.
fn done_is_done(cloud: &Cloud, file: &Recording, done: &Done) -> Option<String> {
    let own_key = key_of(index_of(&done.recording)?);
    let place: &Place = &cloud.places[index_of(&done.recording)?];
    let Some(object) = &place.object else {
        return Some("done, and there is no object".to_owned());
    };
    let laws = [
        (
            place.status == UploadStatus::Complete,
            "the backend does not say COMPLETE",
        ),
        (
            file.editions.contains(object),
            "the bytes are not the source's",
        ),
        (
            done.sha256
                .as_ref()
                .is_none_or(|sum| *sum == sha256(object)),
            "the hash is not the object's",
        ),
        (done.s3_key == own_key, "the key is another's"),
        (
            done.link.url.reveal().ends_with(&own_key),
            "the link is another's",
        ),
    ];
    laws.iter()
        .find(|(holds, _)| !holds)
        .map(|(_, law)| format!("done, and {law}"))
}

/// No object lies under a place that the job neither works with nor has said it gives up; and one recording is complete.
fn objects_belong(program: &Program, cloud: &Cloud) -> Option<String> {
    let abandoned = program.abandoned();
    let own = program.place();
    let mut complete = 0;
    for (index, place) in cloud.places.iter().enumerate() {
        let name = name_of(index);
        if abandoned.contains(&name) {
            continue;
        }
        if place.object.is_some() && Some(&name) != own.as_ref() {
            return Some(format!("a second object, in {name}"));
        }
        complete += usize::from(place.status == UploadStatus::Complete);
    }
    (complete > 1).then(|| "two recordings are complete".to_owned())
}
