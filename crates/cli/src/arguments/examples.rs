//! What stands below the help of each command: examples, and what one has to know beside them.

pub(super) const PROGRAM: &str = "\
Examples:
  revui login --server https://recordings.example.com --email ana@example.com
  revui upload demo.webm --task onboarding
  revui record --upload --task onboarding
  revui list --task onboarding
  revui download 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f --verify

Environment:
  REVUI_SERVER  origin of the server, like https://recordings.example.com
  REVUI_TOKEN   an access token; with REVUI_SERVER it takes the place of
                `revui login` where there is no keychain (scripts, CI)
  REVUI_HOME    folder of unfinished uploads and settings
  REVUI_LOG     a filter for the log, like `client=debug`

Exit status:
  0  done
  1  failed
  2  usage or configuration
  3  not signed in; an upload that was begun is kept
  4  not an acceptable recording
  5  stopped waiting or interrupted; `revui resume` goes on with an upload";

pub(super) const LOGIN: &str = "\
Examples:
  revui login --server https://recordings.example.com --email ana@example.com
  revui login --server localhost:3000 --email ana@example.com --password-stdin < password.txt
  revui login --server https://recordings.example.com --token-stdin < token.txt
  revui login --server https://recordings.example.com --sso
  revui login --server https://recordings.example.com --sso=Acme --device

The session is kept in the keychain of this computer, and nowhere else.
Without a keychain, set REVUI_SERVER and REVUI_TOKEN.";

pub(super) const UPLOAD: &str = "\
Examples:
  revui upload demo.webm --task onboarding
  revui upload monday.webm tuesday.webm --task onboarding --max-wait 600
  revui upload demo.webm --task onboarding --limit 2M
  revui upload demo.webm --task onboarding --json > events.jsonl

Ctrl+C stops, and keeps the upload; `revui resume` goes on with it.

With --json, standard output has one JSON object a line. Each has `jobId` (null
where none was made), `file` and `event`:
  queued    version
  phase     phase (initiating, sending, completing, verifying), attempt,
            reason (why bytes are sent or looked at again)
  progress  sentBytes, totalBytes, bytesPerSecond, secondsLeft
  waiting   cause (network, sign_in, back_off, paused, recording, review),
            nextTryAt, code, message, hint
  done      recordingId, s3Key, sizeBytes, durationSeconds, sha256, downloadUrl,
            expiresAt, attempts, bytesSent, elapsedMs
  failed    code, message, hint, retryable
With several files the last line is {\"event\":\"summary\",\"done\":N,\"failed\":N}.";

pub(super) const WATCH: &str = "\
Examples:
  revui watch ~/Videos --task onboarding
  revui watch ~/Videos --task onboarding --once
  revui watch ~/Videos --task onboarding --limit 2M --json > events.jsonl

A file counts as complete once it has stayed as it is for a while and whoever wrote
it has closed it. The files themselves are not touched. One that was uploaded
before is not sent again, whatever it is called by now. A folder that goes away is
waited for.

Ctrl+C stops, and keeps what is unfinished: the same command, or `revui resume`,
goes on with it.

With --json, standard output has the lines of `revui upload --json`, and these, whose
`jobId` is null:
  watching  file (the folder), task
  known     file
  left      file, code, message, hint
  lost      code, message, hint (the folder went away)
  back      (it is there again)";

pub(super) const RECORD: &str = "\
Examples:
  revui record
  revui record demo.webm --window \"Quarterly figures\" --seconds 90
  revui record --region 1280x720+0+0 --mic none --system-sound
  revui record --camera \"HD Webcam\"
  revui record --screen 2 --upload --task onboarding

Ctrl+C stops and finishes the file; a second Ctrl+C does not wait for that. At a
terminal `p` pauses, and goes on. The path is printed at the end; with --upload,
the link. What is final of the file is sent while it is recorded; no network, or no
sign-in, disturbs the recording, and `revui resume` goes on later. With --review it
is sent and nobody sees it until `revui resume` says so.

A recording that was cut off before, with nothing of it sent, is mended and named at
the start, until it is uploaded, moved or removed.

Under Wayland your desktop asks, in a dialog of its own, which screen is recorded, or
with --window which window, whatever TITLE is; --region is not to be had there.

With --json, standard output has one JSON object a line. Each has `event`:
  started     path, width, height, framesPerSecond, microphone, systemSound, camera
  asking      your desktop asks, in a dialog, what may be recorded (Wayland)
  level       source (microphone, systemSound), rmsDecibels, peakDecibels
  progress    elapsedMs, bytes, freeBytes, minutesLeft; with --upload arrivedBytes
  paused      elapsedMs; resumed when it goes on
  deviceLost  source (screen, window, camera, microphone, systemSound), name: the
              last picture, or silence, takes its place; of a screen that is made
              smaller the rest is recorded; deviceBack when it is back
  diskLow     freeBytes, minutesLeft
  sizeNear    minutesLeft: it is nearly as large as the server takes one
  stalled     forMs: the file does not grow
  stopped     path, durationMs, bytes, reason (requested, limit, diskLow, sizeLimit)
  failed      code, message, hint, path
  undecided   file, cutBytes (it had been cut off), code, message: one from before
With --upload, lines of `revui upload --json`, with a `jobId`, are among them; and
  mended      cutBytes: its recorder was killed
  held        message, hint: with --review, it has arrived

Environment:
  REVUI_CAMERA_TEST  `on` adds a camera where there is none, \"Test picture\"; a number
                     has it go away after so many pictures, and come back";

pub(super) const DEVICES: &str = "\
Examples:
  revui devices
  revui devices --probe
  revui devices --json | jq .microphones";

pub(super) const RESUME: &str = "\
Examples:
  revui resume
  revui resume 0193c5f2 --max-wait 600 --json

An upload that another program works on, like the window, goes on there. Recordings
that were cut off with nothing of them sent are mended and named, for `revui upload`;
with --json by `undecided`: file, cutBytes, code, message.";

pub(super) const PAUSE: &str = "\
Examples:
  revui pause 0193c5f2

It rests, also after a restart, until `revui resume` names it or goes on with
everything. What has arrived is kept.";

pub(super) const LIMIT: &str = "\
Examples:
  revui limit 0193c5f2 500k
  revui limit 0193c5f2 2M
  revui limit 0193c5f2 off";

pub(super) const DOWNLOAD: &str = "\
Examples:
  revui download 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f
  revui download 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f --verify --output /tmp/demo.webm

Ctrl+C stops, and keeps nothing of it.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  revui completions bash > ~/.local/share/bash-completion/completions/revui
  revui completions zsh > ~/.zfunc/_revui
  revui completions fish > ~/.config/fish/completions/revui.fish";

pub(super) const LOGOUT: &str = "\
Examples:
  revui logout
  revui logout --verbose";

pub(super) const WHOAMI: &str = "\
Examples:
  revui whoami
  REVUI_SERVER=https://recordings.example.com REVUI_TOKEN=\"$TOKEN\" revui whoami";

pub(super) const CANCEL: &str = "\
Examples:
  revui cancel 0193c5f2
  revui cancel 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f";

pub(super) const LIST: &str = "\
Examples:
  revui list
  revui list --task onboarding";

pub(super) const SHOW: &str = "\
Examples:
  revui show 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f
  revui show 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f | grep status";

pub(super) const LINK: &str = "\
Examples:
  revui link 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f
  revui link 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f --copy";

pub(super) const CHECK: &str = "\
Examples:
  revui check --server https://recordings.example.com --email ana@example.com
  REVUI_TOKEN=\"$TOKEN\" REVUI_OTHER_TOKEN=\"$STRANGER\" \\
    revui check --server https://recordings.example.com --junit check.xml
  revui check recording 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f

It works with every backend that keeps the base contract, uploads small
recordings of its own, and removes them. Each step says what was found; one that
failed says what was wanted, whose it is to mend (yours, the network's, the
backend's, the store's) and how. Nothing secret is shown.

With --json each line has `event`: `step` (step, result: passed, failed or
skipped, found, wanted, whose, mend, why, elapsedMs, exchanges) and at the end
`summary` (version, passed, failed, skipped); of a recording `answer`.

Environment:
  REVUI_TOKEN           an access token, in place of --email
  REVUI_OTHER_TOKEN     an access token of the other account, or
  REVUI_OTHER_PASSWORD  the password for --other-email

Exit status: 0 everything passed, 1 something failed, 2 usage, 3 not signed in";

pub(super) const REPAIR: &str = "\
Examples:
  revui repair demo.webm                    # writes demo.repaired.webm
  revui repair demo.webm --output whole.webm
  revui repair demo.webm --in-place --json

Frames are copied byte for byte. What is added: how long the recording lasts, an
index for seeking, where it ends. What is cut: a last frame that is not whole.
A recording that lacks nothing is left as it is, and nothing is written.

--in-place is for recordings of this program and others that reserve room for it.
Stop the recorder first. An interrupted repair can be repeated.

With --json: event (repaired or whole), file, output (null where nothing was
written), mended (tail, gap, size, cluster_sizes, duration, index),
durationSeconds, indexPoints, cutBytes, sizeBytes.";

pub(super) const TRIM: &str = "\
Examples:
  revui trim demo.webm --from 0:05          # writes demo.trimmed.webm
  revui trim demo.webm --from 0:05 --to 1:00 --output short.webm

Frames are copied byte for byte; only their times change, for the stretch begins
at 0. It begins with the last picture at or before --from that needs no other,
and ends just before --to. Sound without pictures begins where a part of the file
does. The recording stays as it is.

With --json: event (trimmed), output, startsAtSeconds, durationSeconds, sizeBytes.";

pub(super) const DELETE: &str = "\
Examples:
  revui delete 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f
  revui delete 0193c5f2-6d1e-7c1c-9d4e-5a1b2c3d4e5f --verbose";
