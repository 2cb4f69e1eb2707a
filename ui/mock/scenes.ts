// The window's states, as the shell would tell them.

import type {
  Failure,
  Folder,
  Job,
  Overview,
  Phase,
  RecentRecording,
  Recording,
  RecordingSetup,
  ReviewedFile,
  Task,
  WaitCause,
} from '../src/tauri/bindings/ipc'
import { job as anUpload } from './job'

const LONG =
  'Quarterly-onboarding-walkthrough-of-the-new-payments-page-with-comments-by-everybody-who-was-in-the-room-final-v3 (2).webm'

export const tasks: Task[] = [
  { id: 'onboarding-review', name: 'Onboarding review' },
  { id: 'payments', name: 'Payments' },
  { id: 'retro', name: 'Retrospectives of the whole platform engineering organisation, every second week' },
]

const signedIn: Overview['session'] = {
  state: 'signed_in',
  server: 'https://recordings.example',
  name: 'Ada Byron',
  email: 'ada@one.example',
  role: 'USER',
  keptInKeychain: true,
}

const failure = (code: string, message: string, hint: string, retryable = true): Failure => ({
  code,
  message,
  hint,
  retryable,
})

const ARRIVED = { arrivedBytes: 738_000_000 }

const job = (id: string, fileName: string, phase: Phase, more: Partial<Job> = {}): Job =>
  anUpload(phase, {
    id,
    fileName,
    path: `~/Videos/${fileName}`,
    task: 'onboarding-review',
    sizeBytes: 1_210_000_000,
    durationSeconds: 760,
    ...(phase.name === 'sending' ? ARRIVED : {}),
    ...more,
  })

const sending = (attempt = 1): Phase => ({
  name: 'sending',
  attempt,
  bytesPerSecond: 48_000_000,
  secondsLeft: 10,
  restartedBecause:
    attempt > 1 ? failure('connection_lost', 'The connection was reset at 40 %.', 'It is sent again.') : null,
})

const done = (): Phase => ({
  name: 'done',
  recording: 'done-now',
  link: {
    url: 'https://revui-recordings.s3.eu-central-1.amazonaws.com/6f1c/onboarding/ada/1795473209340_onboarding-walkthrough-v3.webm?X-Amz-Expires=3600',
    expiresAt: Date.now() + 58 * 60_000,
  },
  sha256: '9f2c1b7a5e3d9f2c1b7a5e3d9f2c1b7a5e3d9f2c1b7a5e3d9f2c1b7a5e3de41a',
  finishedAt: Date.now() - 20_000,
  elapsedMilliseconds: 27_400,
})

const NAME = 'onboarding-walkthrough-v3.webm'
const queued = job('2', 'Retro, week 47.webm', { name: 'queued', ahead: 1 }, { sizeBytes: 96_000_000 })

const waiting = (cause: WaitCause): Phase => ({
  name: 'waiting',
  cause,
  nextTryAt: cause === 'sign_in' || cause === 'paused' ? null : Date.now() + 12_000,
  attempt: 2,
  failure:
    cause === 'network'
      ? failure('server_unreachable', 'The server could not be reached.', 'Check your connection.')
      : failure('server_failed', 'The server failed while it reserved a place.', 'It usually passes within minutes.'),
})

const phases: Record<string, () => Job[]> = {
  queued: () => [job('1', NAME, { name: 'queued', ahead: 2 })],
  initiating: () => [job('1', NAME, { name: 'initiating' })],
  sending: () => [job('1', NAME, sending()), queued],
  retrying: () => [job('1', NAME, sending(2)), queued],
  completing: () => [job('1', NAME, { name: 'completing' }), queued],
  verifying: () => [job('1', NAME, { name: 'verifying' })],
  queue: () => [
    job('1', NAME, sending()),
    queued,
    job('3', 'Payments bug, take 2.webm', { name: 'queued', ahead: 2 }, { sizeBytes: 14_200_000 }),
    job('4', 'Search is slow on the large customer’s data, take 3.webm', { name: 'queued', ahead: 3 }),
  ],
  limited: () => [job('1', NAME, sending(), { limitBytesPerSecond: 2_000_000 })],
  single: () => [job('1', NAME, sending(2), { keepsWhatArrived: false })],
  paused: () => [job('1', NAME, waiting('paused'), ARRIVED), queued],
  'paused-single': () => [job('1', NAME, waiting('paused'), { ...ARRIVED, keepsWhatArrived: false })],
  'paused-early': () => [job('1', NAME, waiting('paused'))],
  'waiting-early': () => [job('1', NAME, waiting('back_off'))],
  waiting: () => [job('1', NAME, waiting('network'), ARRIVED), queued],
  'back-off': () => [job('1', NAME, waiting('back_off'), ARRIVED)],
  stopped: () => [job('1', NAME, { name: 'stopped' }, ARRIVED)],
  'queued-again': () => [job('1', NAME, { name: 'queued', ahead: 2 }, ARRIVED), queued],
  'initiating-again': () => [job('1', NAME, { name: 'initiating' }, ARRIVED), queued],
  done: () => [job('1', NAME, done())],
  failed: () => [
    job(
      '1',
      'Fehlerbericht Zahlungsseite.webm',
      {
        name: 'failed',
        failure: failure(
          'signed_header_unknown',
          'The store refused the upload.',
          'The server signed the link for a header that it did not tell: x-amz-acl. An administrator of the server has to mend this.',
        ),
      },
      { sizeBytes: 14_200_000, durationSeconds: 58, task: 'payments' },
    ),
  ],
  'not-webm': () => [
    job(
      '1',
      'holiday.webm',
      {
        name: 'failed',
        failure: failure('not_webm', 'This is an MP4, whatever its name says.', 'Choose a WebM recording.', false),
      },
      { durationSeconds: null },
    ),
  ],
  long: () => [
    job('1', LONG, sending(), { task: 'retro' }),
    job('2', `2-${LONG}`, {
      name: 'failed',
      failure: failure('truncated', 'The file ends before its own structure does.', 'Record it again.', false),
    }),
    job('3', `3-${LONG}`, waiting('back_off'), ARRIVED),
    { ...queued, id: '4' },
  ],
  'long-failed': () => [
    job('1', LONG, {
      name: 'failed',
      failure: failure('truncated', 'The file ends before its own structure does.', 'Record it again.', false),
    }),
  ],
  'long-done': () => [job('1', LONG, done(), { task: 'retro' })],
}

const file = (id: string, fileName: string, more: Partial<ReviewedFile> = {}): ReviewedFile => ({
  id,
  fileName,
  path: `~/Videos/${fileName}`,
  sizeBytes: 1_210_000_000,
  durationSeconds: 760,
  videoCodec: 'VP9',
  audioCodec: 'Opus',
  recorded: false,
  endedBecause: null,
  arrivedBytes: 0,
  stretch: null,
  verdict: { name: 'good' },
  ...more,
})

const UNREAD = { durationSeconds: null, videoCodec: null, audioCodec: null }
const mp4 = file('f2', 'Payments bug.webm', {
  ...UNREAD,
  sizeBytes: 14_200_000,
  verdict: {
    name: 'wrong',
    failure: failure(
      'not_webm',
      'This is an MP4 file, whatever its name says.',
      'Choose a WebM recording, or save it again as WebM (VP8, VP9 or AV1).',
      false,
    ),
  },
})
const growing = file('f3', 'Recording in progress.webm', {
  ...UNREAD,
  sizeBytes: 3_000_000,
  verdict: {
    name: 'wrong',
    failure: failure('still_growing', 'Another program is still writing this file.', 'Stop the recording first.'),
  },
})
const retro = file('f4', 'Retro, week 47.webm', { sizeBytes: 96_000_000, durationSeconds: 252, videoCodec: null })

/** Names that a layout has to stand: the longest that a file system takes, other scripts, other directions. */
const ODD_NAMES = [
  `${'A-very-long-name-'.repeat(14)}of-255-bytes.webm`,
  'お客様向けオンボーディング録画（第３版・最終確認済み）決済ページの改善について全員のコメント付き.webm',
  'تسجيل اجتماع المراجعة الأسبوعية لفريق المدفوعات (النسخة النهائية).webm',
  `${'W'.repeat(250)}.webm`,
]

const reviews: Record<string, () => ReviewedFile[]> = {
  review: () => [file('f1', NAME)],
  'review-recorded': () => [file('f1', NAME, { recorded: true, arrivedBytes: 1_150_000_000 })],
  'review-trimmed': () => [file('f1', NAME, { stretch: { fromSeconds: 60, toSeconds: 360, aboutBytes: 478_000_000 } })],
  'review-no-task': () => [file('f1', NAME)],
  'review-looking': () => [file('f1', NAME, { ...UNREAD, sizeBytes: null, verdict: { name: 'looking' } })],
  'review-starting': () => [file('f1', NAME, { verdict: { name: 'starting' } })],
  'review-wrong': () => [mp4],
  'review-growing': () => [growing],
  'review-several': () => [file('f1', NAME), retro, mp4, growing],
  'review-all-wrong': () => [mp4, growing],
  'review-while-sending': () => [retro],
  'review-odd': () => ODD_NAMES.map((name, index) => file(`o${index}`, name)),
  'review-odd-one': () => [file('o0', ODD_NAMES[0] ?? '')],
  'review-rtl': () => [file('o2', ODD_NAMES[2] ?? '')],
}

const watched = (state: Folder['state'], recent: Folder['recent'] = []): Folder => ({
  path: '~/Videos/OBS',
  task: 'onboarding-review',
  state,
  recent,
})

const folders: Record<string, Folder> = {
  watching: watched({ name: 'watching' }, [
    { fileName: '2026-11-28 14-02-11.webm', outcome: { name: 'taken' } },
    { fileName: 'A copy of it.webm', outcome: { name: 'known' } },
  ]),
  'watching-lost': watched({
    name: 'lost',
    failure: failure('unreadable', 'The folder cannot be read: No such file or directory.', 'Check that it is there.'),
  }),
}

const RUNNING: Recording = {
  stage: { name: 'running' },
  fileName: 'Recording 2026-11-29 10.04.12.webm',
  elapsedMs: 754_000,
  sizeBytes: 48_200_000,
  minutesLeft: 2971,
  diskLow: false,
  sizeNear: false,
  stalled: false,
  sounds: [
    { name: 'Headset microphone', isSystem: false, decibels: -22, lost: false },
    { name: 'Desk speakers', isSystem: true, decibels: -100, lost: false },
  ],
  lostScreen: null,
  lostWindow: null,
  camera: { name: 'HD Webcam', lost: false },
  afterStop: 'review',
  upload: { name: 'meanwhile', arrivedBytes: 41_900_000 },
}

const RECORDINGS: Record<string, Recording> = {
  recording: RUNNING,
  'recording-paused': { ...RUNNING, stage: { name: 'paused' } },
  'recording-counting': { ...RUNNING, stage: { name: 'counting_down', seconds: 3 } },
  'recording-stalled': {
    ...RUNNING,
    stalled: true,
    diskLow: true,
    sizeNear: true,
    lostWindow: 'Quarterly figures',
    camera: { name: 'HD Webcam', lost: true },
    sounds: [{ name: 'Headset microphone', isSystem: false, decibels: -100, lost: true }],
    upload: { name: 'waits_for_network' },
  },
}

const recording = (name: string): Recording | null => RECORDINGS[name] ?? null

/** What can be recorded. */
export const setup: RecordingSetup = {
  choices: {
    target: { kind: 'main_screen' },
    microphone: { kind: 'default' },
    systemSound: false,
    camera: { kind: 'off' },
    afterStop: 'review',
    countsDown: true,
  },
  recordable: {
    screens: [
      { number: 1, name: 'DELL U2723QE', x: 0, y: 0, width: 3840, height: 2160 },
      { number: 2, name: 'Built-in display', x: 3840, y: 960, width: 1920, height: 1200 },
    ],
    windows: ['Quarterly figures – Spreadsheet', 'Notes', LONG],
    microphones: ['Headset microphone', 'Built-in microphone'],
    systemSound: 'Desk speakers',
    cameras: ['HD Webcam', 'Document camera'],
    desktopAsks: false,
  },
  shortcut: { keys: 'Ctrl+Shift+R', failure: null },
  folder: '~/Videos/Revui',
}

/** The overview of a scene. */
export function scene(name: string): Overview {
  const overview: Overview = {
    session: signedIn,
    task: name.startsWith('long') ? 'retro' : name === 'failed' ? 'payments' : 'onboarding-review',
    jobs: phases[name]?.() ?? [],
    damagedBegunAt: name === 'damaged' ? [Date.now() - 90_000_000, Date.now() - 4_000_000] : [],
    review: { files: reviews[name]?.() ?? [], expectedSeconds: name === 'review' ? null : 26 },
    folder: folders[name] ?? null,
    filesOverWindow: 0,
    closeAsked: false,
    recording: recording(name),
    recordingFailure: null,
  }
  switch (name) {
    case 'sign-in':
      return { ...overview, session: signedOut(null) }
    case 'sign-in-offline':
      return {
        ...overview,
        session: signedOut(failure('server_unreachable', 'The server could not be reached.', 'Check your connection.')),
      }
    case 'sign-in-waiting':
      return { ...overview, session: signedOut(null), jobs: [job('1', NAME, waiting('sign_in'), ARRIVED)] }
    case 'memory':
      return { ...overview, session: { ...signedIn, keptInKeychain: false } as Overview['session'] }
    case 'no-task':
      return { ...overview, task: null }
    case 'review-no-task':
      return { ...overview, task: null }
    case 'review-while-sending':
      return { ...overview, jobs: [job('1', NAME, sending())] }
    case 'review-odd':
      return { ...overview, task: 'retro' }
    case 'closing':
      return { ...overview, jobs: [job('1', NAME, sending()), queued], closeAsked: true }
    case 'dropping':
      return { ...overview, filesOverWindow: 2 }
    default:
      return overview
  }
}

const signedOut = (problem: Failure | null): Overview['session'] => ({
  state: 'signed_out',
  server: 'https://recordings.example',
  email: 'ada@one.example',
  problem,
})

const DAY = 86_400_000

/** The server's recordings. */
export function recordings(name: string): RecentRecording[] {
  if (name === 'no-task') return []
  const recording = (id: string, fileName: string, daysAgo: number, sizeBytes: number, durationSeconds: number) => ({
    id,
    fileName: name.startsWith('long') ? `${id} ${LONG}` : fileName,
    task: 'onboarding-review',
    sizeBytes,
    durationSeconds,
    finishedAt: Date.now() - daysAgo * DAY - 4_000_000,
    sha256: '9f2c1b7a5e3d9f2c1b7a5e3d9f2c1b7a5e3d9f2c1b7a5e3d9f2c1b7a5e3de41a',
    keptUntil: Date.now() + (90 - daysAgo) * DAY,
  })
  return [
    recording('a', 'Sprint demo, 20 November.webm', 0, 96_000_000, 252),
    recording('b', 'onboarding-walkthrough-v3-final.webm', 1, 412_000_000, 760),
    recording('c', 'Fehlerbericht Zahlungsseite.webm', 4, 14_200_000, 58),
  ]
}
