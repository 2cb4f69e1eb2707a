// Made from src-tauri/src/ipc; to make it again: REVUI_REMAKE_BINDINGS=1 cargo test -p desktop bindings

export type Overview = {
/**
 * Who is signed in.
 */
session: Session,
/**
 * The task that the next recordings are for.
 */
task: string | null,
/**
 * Uploads that this program knows of, oldest first.
 */
jobs: Array<Job>,
/**
 * When uploads were begun whose records are damaged, in milliseconds since the epoch: nobody knows their files any more.
 */
damagedBegunAt: Array<number>,
/**
 * Chosen files that have not been sent.
 */
review: Review,
/**
 * The folder that is watched, or was.
 */
folder: Folder | null,
/**
 * How many files are being dragged over the window.
 */
filesOverWindow: number,
/**
 * Whether the user closes the window while something is being sent, and has to say what then.
 */
closeAsked: boolean,
/**
 * The recording that is being made.
 */
recording: Recording | null,
/**
 * Why the last one was not made, or ended.
 */
recordingFailure: Failure | null, };

export type Session = { "state": "restoring" } | { "state": "signed_out",
/**
 * What to put into the server field.
 */
server: string | null,
/**
 * What to put into the e-mail field.
 */
email: string | null,
/**
 * Why the stored session could not be used, where there is one.
 */
problem: Failure | null, } | { "state": "signed_in",
/**
 * The server's origin.
 */
server: string,
/**
 * What people call the user.
 */
name: string,
/**
 * The account.
 */
email: string,
/**
 * What the user may do, as the server writes it.
 */
role: string,
/**
 * Whether the session outlives this program.
 */
keptInKeychain: boolean, };

export type Review = {
/**
 * The files, in the order in which they were chosen.
 */
files: Array<ReviewedFile>,
/**
 * How long those that can be sent will take, with what goes first; `None` where no speed has been measured.
 */
expectedSeconds: number | null, };

export type ReviewedFile = {
/**
 * Names it in commands.
 */
id: string,
/**
 * The file's name.
 */
fileName: string,
/**
 * Where the file is, for its user to find it.
 */
path: string,
/**
 * Size in bytes, where it is a file that can be looked at.
 */
sizeBytes: number | null,
/**
 * Length in seconds, where the file tells.
 */
durationSeconds: number | null,
/**
 * What its pictures are coded in: `VP9`.
 */
videoCodec: string | null,
/**
 * What its sound is coded in: `Opus`.
 */
audioCodec: string | null,
/**
 * Whether it was recorded here, a moment ago or before a crash: then its user may want it gone.
 */
recorded: boolean,
/**
 * What its user should know of how its recording ended.
 */
endedBecause: Failure | null,
/**
 * Bytes of it that have arrived already, and stay.
 */
arrivedBytes: number,
/**
 * What of it is to be sent, where that is not all of it.
 */
stretch: Stretch | null,
/**
 * Whether it can be sent.
 */
verdict: Verdict, };

export type Stretch = {
/**
 * Where it begins, in seconds.
 */
fromSeconds: number,
/**
 * Where it ends, in seconds.
 */
toSeconds: number,
/**
 * Its size in bytes, if the file is as dense everywhere.
 */
aboutBytes: number, };

export type Verdict = { "name": "looking" } | { "name": "good" } | { "name": "starting" } | { "name": "wrong",
/**
 * What is wrong with it.
 */
failure: Failure, };

export type Folder = {
/**
 * Where it is, for its user to find it.
 */
path: string,
/**
 * What its recordings are for.
 */
task: string,
/**
 * What is being done about it.
 */
state: FolderState,
/**
 * What was seen in it since the program started, the newest first; a few.
 */
recent: Array<SeenFile>, };

export type FolderState = { "name": "off" } | { "name": "somebody_else",
/**
 * Who did.
 */
email: string, } | { "name": "opening" } | { "name": "watching" } | { "name": "lost",
/**
 * Why.
 */
failure: Failure, };

export type SeenFile = {
/**
 * Its name.
 */
fileName: string,
/**
 * What came of it.
 */
outcome: SeenOutcome, };

export type SeenOutcome = { "name": "taken" } | { "name": "known" } | { "name": "left",
/**
 * Why.
 */
failure: Failure, };

export type Job = {
/**
 * Names it in commands.
 */
id: string,
/**
 * The file's name.
 */
fileName: string,
/**
 * Where the file is, for its user to find it.
 */
path: string,
/**
 * What the recording is for.
 */
task: string,
/**
 * Size in bytes; `None` for a file that was refused unread.
 */
sizeBytes: number | null,
/**
 * Length in seconds.
 */
durationSeconds: number | null,
/**
 * Bytes that have arrived by now, or had when it stopped moving.
 */
arrivedBytes: number,
/**
 * Whether what has arrived stays when sending is interrupted; `false` also while that is not known.
 */
keepsWhatArrived: boolean,
/**
 * Most bytes a second, where its user set a limit.
 */
limitBytesPerSecond: number | null,
/**
 * Where it stands.
 */
phase: Phase, };

export type Phase = { "name": "queued",
/**
 * How many.
 */
ahead: number, } | { "name": "initiating" } | { "name": "sending",
/**
 * The attempt, from 1.
 */
attempt: number,
/**
 * Smoothed speed.
 */
bytesPerSecond: number | null,
/**
 * Smoothed time left.
 */
secondsLeft: number | null,
/**
 * Why something of it is sent again.
 */
restartedBecause: Failure | null, } | { "name": "completing" } | { "name": "verifying" } | { "name": "waiting",
/**
 * What it waits for.
 */
cause: WaitCause,
/**
 * When it tries again by itself, in milliseconds since the epoch.
 */
nextTryAt: number | null,
/**
 * The attempt that failed, from 1.
 */
attempt: number,
/**
 * Why.
 */
failure: Failure, } | { "name": "done",
/**
 * The recording at the backend.
 */
recording: string,
/**
 * The link.
 */
link: Link,
/**
 * SHA-256 of the file; `None` of a recording that was sent while it was made.
 */
sha256: string | null,
/**
 * When it was done, in milliseconds since the epoch.
 */
finishedAt: number,
/**
 * From choosing to the link, in milliseconds.
 */
elapsedMilliseconds: number, } | { "name": "failed",
/**
 * Why.
 */
failure: Failure, } | { "name": "cancelled" } | { "name": "stopped" };

export type WaitCause = "network" | "sign_in" | "back_off" | "paused" | "recording" | "review";

export type Move = "to_front" | "up" | "down";

export type Link = {
/**
 * The link itself.
 */
url: string,
/**
 * When it stops opening, in milliseconds since the epoch, where the link tells.
 */
expiresAt: number | null, };

export type Failure = {
/**
 * Stable; the UI branches on it.
 */
code: string,
/**
 * What happened.
 */
message: string,
/**
 * What to do next.
 */
hint: string,
/**
 * Whether trying again, unchanged, can help.
 */
retryable: boolean, };

export type Task = {
/**
 * Names it.
 */
id: string,
/**
 * What people call it.
 */
name: string, };

export type RecentRecording = {
/**
 * Names it in commands.
 */
id: string,
/**
 * The name it was given.
 */
fileName: string,
/**
 * What it is for.
 */
task: string,
/**
 * Size in bytes.
 */
sizeBytes: number | null,
/**
 * Length in whole seconds.
 */
durationSeconds: number | null,
/**
 * When it was finished, in milliseconds since the epoch.
 */
finishedAt: number,
/**
 * SHA-256 as its uploader claimed it.
 */
sha256: string | null,
/**
 * Until when the server keeps it, in milliseconds since the epoch; `None` where it names no end.
 */
keptUntil: number | null, };

export type ShownRecording = {
/**
 * The recording.
 */
recording: RecentRecording,
/**
 * The link, opened a moment ago.
 */
link: Link, };

export type CloseAnswer = "finish_in_tray" | "stop_and_quit" | "stay";

export type SignInProvider = {
/**
 * Which, for the command.
 */
issuer: string,
/**
 * What people call it.
 */
name: string, };

export type Recording = {
/**
 * Where it stands.
 */
stage: RecordingStage,
/**
 * The file's name, once there is one.
 */
fileName: string | null,
/**
 * Its length in milliseconds, pauses left out.
 */
elapsedMs: number,
/**
 * Size of the file in bytes.
 */
sizeBytes: number,
/**
 * Minutes until its disk is full, or it is as large as the server takes one.
 */
minutesLeft: number | null,
/**
 * Whether its disk will be full before long.
 */
diskLow: boolean,
/**
 * Whether it will be as large as the server takes one before long.
 */
sizeNear: boolean,
/**
 * Whether the file does not grow.
 */
stalled: boolean,
/**
 * What is heard.
 */
sounds: Array<Sound>,
/**
 * The screen that is recorded, when it is gone or smaller than it was.
 */
lostScreen: string | null,
/**
 * The window that is recorded, when it is not to be seen.
 */
lostWindow: string | null,
/**
 * The camera in the corner.
 */
camera: RecordingCamera | null,
/**
 * What happens at its end.
 */
afterStop: AfterStop,
/**
 * How far its upload is; `None` where it has none yet.
 */
upload: RecordingUpload | null, };

export type RecordingStage = { "name": "counting_down",
/**
 * How many.
 */
seconds: number, } | { "name": "starting" } | { "name": "running" } | { "name": "paused" } | { "name": "ending" };

export type Sound = {
/**
 * As the system's settings show it.
 */
name: string,
/**
 * Whether it is what the computer plays.
 */
isSystem: boolean,
/**
 * How loud it is, in decibels relative to full scale: 0 is the loudest.
 */
decibels: number,
/**
 * Whether it is gone, and silence in its place.
 */
lost: boolean, };

export type RecordingCamera = {
/**
 * As its maker calls it.
 */
name: string,
/**
 * Whether it is gone, and its last picture in its place.
 */
lost: boolean, };

export type RecordingUpload = { "name": "meanwhile",
/**
 * So much of it has arrived.
 */
arrivedBytes: number, } | { "name": "waits_for_network" } | { "name": "waits_for_sign_in" } | { "name": "after_stop" } | { "name": "failed",
/**
 * Why.
 */
failure: Failure, };

export type RecordingOrder = "begin" | "pause" | "resume" | "stop" | "discard";

export type Choices = {
/**
 * What is seen.
 */
target: Target,
/**
 * Whose voice.
 */
microphone: Microphone,
/**
 * Whether what the computer plays is heard.
 */
systemSound: boolean,
/**
 * Whose face.
 */
camera: Camera,
/**
 * What happens at its end.
 */
afterStop: AfterStop,
/**
 * Whether it begins after three seconds.
 */
countsDown: boolean, };

export type Target = { "kind": "main_screen" } | { "kind": "screen",
/**
 * From 1.
 */
number: number, } | { "kind": "window",
/**
 * By its title.
 */
title: string, } | { "kind": "region",
/**
 * From the left.
 */
x: number,
/**
 * From the top.
 */
y: number,
/**
 * Across.
 */
width: number,
/**
 * Down.
 */
height: number, };

export type Microphone = { "kind": "default" } | { "kind": "off" } | { "kind": "named",
/**
 * The name.
 */
name: string, };

export type Camera = { "kind": "off" } | { "kind": "default" } | { "kind": "named",
/**
 * The name.
 */
name: string, };

export type AfterStop = "review" | "share";

export type Shortcut = {
/**
 * As people write them; `None` where their user wants none.
 */
keys: string | null,
/**
 * Why they do nothing.
 */
failure: Failure | null, };

export type RecordingSetup = {
/**
 * Chosen last.
 */
choices: Choices,
/**
 * To be chosen from.
 */
recordable: Recordable,
/**
 * How it is done without the window.
 */
shortcut: Shortcut,
/**
 * Where recordings go.
 */
folder: string, };

export type Recordable = {
/**
 * The screens, the main one first.
 */
screens: Array<Screen>,
/**
 * The titles of windows, the topmost first.
 */
windows: Array<string>,
/**
 * The microphones, the one that the system uses first.
 */
microphones: Array<string>,
/**
 * The output whose sound can be recorded.
 */
systemSound: string | null,
/**
 * The cameras.
 */
cameras: Array<string>,
/**
 * Whether the desktop itself asks which screen or window, at the start. There is one entry of each then, for all.
 */
desktopAsks: boolean, };

export type Screen = {
/**
 * From 1.
 */
number: number,
/**
 * The monitor's name.
 */
name: string,
/**
 * Pixels from the desktop's left.
 */
x: number,
/**
 * Pixels from its top.
 */
y: number,
/**
 * Pixels across.
 */
width: number,
/**
 * Pixels down.
 */
height: number, };
