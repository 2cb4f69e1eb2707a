//! `storage restore-test`: an object deleted by mistake, brought back, and how long that took.

use serde_json::json;
use server::logging;
use storage::Bucket;
use storage::restore::{RestoreError, RestoreTest};

use super::{Room, print, print_json};
use crate::Failure;
use crate::interruption::Interruption;

/// Tries it, and takes its object away whatever came of it.
pub(crate) async fn restore(room: &Room) -> Result<(), Failure> {
    let cloud = room.cloud().await?;
    let bucket = Bucket::connect(room.bucket()?).await;
    let bucket = bucket.map_err(|error| Failure::Configuration(vec![logging::chain(&error)]))?;
    let run = uuid::Uuid::now_v7().simple().to_string();
    let test = RestoreTest::new(cloud, bucket, &run);
    let mut interruption = Interruption::listen()?;
    let outcome = tokio::select! {
        outcome = test.run() => Some(outcome),
        () = interruption.come() => None,
    };
    let restored = match outcome {
        Some(Ok(restored)) => restored,
        Some(Err(error @ RestoreError::NotKept { .. })) => {
            return tell_failure(room, &error);
        }
        Some(Err(error)) => {
            clean_up(&test).await?;
            return tell_failure(room, &error);
        }
        None => {
            clean_up(&test).await?;
            print("Interrupted; its object has been taken away.\n")?;
            return Err(Failure::Told);
        }
    };
    let milliseconds = restored.took.as_millis();
    if room.json {
        print_json(&json!({
            "restored": true,
            "sizeBytes": restored.size_bytes,
            "milliseconds": u64::try_from(milliseconds).unwrap_or(u64::MAX),
            "left": restored.left,
        }))?;
    } else {
        print(&format!(
            "An object of {} bytes was deleted and brought back, every byte the same, in {milliseconds} ms.\n",
            restored.size_bytes
        ))?;
        if let Some(key) = &restored.left {
            print(&format!(
                "LEFT     {key}: it could not be taken away (Object Lock, or s3:DeleteObjectVersion)\n"
            ))?;
        }
    }
    match restored.left {
        None => Ok(()),
        Some(_) => Err(Failure::Told),
    }
}

async fn clean_up(test: &RestoreTest) -> Result<(), Failure> {
    if let Err(error) = test.clean_up().await {
        print(&format!(
            "LEFT     {}: it could not be taken away: {}\n",
            test.key(),
            logging::chain(&error)
        ))?;
    }
    Ok(())
}

fn tell_failure(room: &Room, error: &RestoreError) -> Result<(), Failure> {
    let text = logging::chain(error);
    if room.json {
        print_json(&json!({ "restored": false, "error": text }))?;
    } else {
        print(&format!("Nothing was brought back: {text}\n"))?;
    }
    Err(Failure::Told)
}
