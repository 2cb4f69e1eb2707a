// The only place that talks to the shell. The types are made from src-tauri/src/ipc; a test compares the names of
// the commands with those that the shell registers.

import { invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import type {
  Camera,
  Choices,
  CloseAnswer,
  Failure,
  Link,
  Microphone,
  Move,
  Overview,
  RecentRecording,
  Recording,
  RecordingOrder,
  RecordingSetup,
  ShownRecording,
  SignInProvider,
  Target,
  Task,
} from './bindings/ipc'

export type * from './bindings/ipc'

/** Whether a rejected command told why; everything else is a defect. */
export function isFailure(error: unknown): error is Failure {
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error
}

/** Calls back with each new overview. Returns what stops it. */
export const onOverview = (show: (overview: Overview) => void): Promise<() => void> =>
  listen<Overview>('overview-changed', (event) => show(event.payload))

export const overview = () => invoke<Overview>('overview')

export const signIn = (server: string, email: string, password: string) =>
  invoke<null>('sign_in', { server, email, password })
export const signInWithToken = (server: string, token: string) =>
  invoke<null>('sign_in_with_token', { server, token })
export const signInProviders = (server: string) =>
  invoke<SignInProvider[]>('sign_in_providers', { server })
export const signInBy = (server: string, issuer: string) => invoke<null>('sign_in_by', { server, issuer })
export const giveUpSignIn = () => invoke<null>('give_up_sign_in')
export const restoreSession = () => invoke<null>('restore_session')
export const signOut = () => invoke<null>('sign_out')

export const tasks = () => invoke<Task[] | null>('tasks')
export const chooseTask = (task: string) => invoke<null>('choose_task', { task })

export const chooseRecordings = () => invoke<null>('choose_recordings')

export const uploadReviewed = () => invoke<null>('upload_reviewed')
export const removeFromReview = (file: string) => invoke<null>('remove_from_review', { file })
export const lookAgain = (file: string) => invoke<null>('look_again', { file })
/** The first frame, as a WebM that holds nothing else. */
export const firstFrame = (file: string) => invoke<ArrayBuffer | null>('first_frame', { file })
/** Where a file under review can be played; `null` where it cannot be played here. */
export const playReviewed = (file: string) => invoke<string | null>('play_reviewed', { file })
/** Where what is sent of a file can begin, in seconds. */
export const keyPictures = (file: string) => invoke<number[]>('key_pictures', { file })
/** Sends only what is between two times, in seconds; all of it where they are `null`. */
export const trimReviewed = (file: string, from: number | null, to: number | null) =>
  invoke<null>('trim_reviewed', { file, from, to })
export const discardReview = (deleteRecorded: boolean) => invoke<null>('discard_review', { deleteRecorded })

/** Calls the bar back with each change of the recording. Returns what stops it. */
export const onRecording = (show: (recording: Recording | null) => void): Promise<() => void> =>
  listen<Recording | null>('recording-changed', (event) => show(event.payload))

export const recording = () => invoke<Recording | null>('recording')
export const recordingSetup = () => invoke<RecordingSetup>('recording_setup')
/** What a recording of this would show now, as a PNG. */
export const recordingPreview = (target: Target) => invoke<ArrayBuffer>('recording_preview', { target })
/** What a camera sees now, as a PNG. It is opened for that. */
export const cameraPreview = (camera: Camera) => invoke<ArrayBuffer>('camera_preview', { camera })
/** Opens a microphone until it is heard. */
export const probeMicrophone = (microphone: Microphone) => invoke<null>('probe_microphone', { microphone })
export const startRecording = (choices: Choices) => invoke<null>('start_recording', { choices })
export const tellRecorder = (order: RecordingOrder) => invoke<null>('tell_recorder', { order })
export const forgetRecordingFailure = () => invoke<null>('forget_recording_failure')

export const chooseWatchedFolder = (task: string) => invoke<null>('choose_watched_folder', { task })
export const changeWatchedFolder = (isOn: boolean, task: string) =>
  invoke<null>('change_watched_folder', { isOn, task })

export const cancelUpload = (job: string) => invoke<null>('cancel_upload', { job })
export const pauseUpload = (job: string) => invoke<null>('pause_upload', { job })
export const resumeUpload = (job: string) => invoke<null>('resume_upload', { job })
export const retryNow = (job: string) => invoke<null>('retry_now', { job })
export const limitUpload = (job: string, bytesPerSecond: number | null) =>
  invoke<null>('limit_upload', { job, bytesPerSecond })
export const moveUpload = (job: string, to: Move) => invoke<null>('move_upload', { job, to })
export const forgetDamaged = () => invoke<null>('forget_damaged')
export const saveReport = (job: string) => invoke<boolean>('save_report', { job })

export const recentRecordings = () => invoke<RecentRecording[]>('recent_recordings')
export const showRecording = (recording: string) =>
  invoke<ShownRecording>('show_recording', { recording })
export const renewLink = (recording: string) => invoke<Link>('renew_link', { recording })
export const openLink = (recording: string) => invoke<null>('open_link', { recording })
export const copyLink = (recording: string) => invoke<null>('copy_link', { recording })
export const copyMarkdown = (recording: string) => invoke<null>('copy_markdown', { recording })
export const copySha256 = (recording: string) => invoke<null>('copy_sha256', { recording })

/** Ends the program; asks first where something is at work. */
export const quit = () => invoke<null>('quit')
export const answerClose = (answer: CloseAnswer) => invoke<null>('answer_close', { answer })
