// A shell for the browser: `npm run dev`, then http://localhost:5173/?scene=sending. It stands in for src/tauri, never
// in a build of the program.

import type {
  CloseAnswer,
  Failure,
  Job,
  Link,
  Move,
  Overview,
  Phase,
  RecentRecording,
  RecordingOrder,
  ReviewedFile,
  ShownRecording,
  SignInProvider,
  Task,
} from '../src/tauri/bindings/ipc'
import { queue } from '../src/state/list'
import { recordings, scene, setup, tasks as sceneTasks } from './scenes'

export type * from '../src/tauri/bindings/ipc'

const name = new URLSearchParams(location.search).get('scene') ?? 'ready'
let current: Overview = scene(name)
let show: (overview: Overview) => void = () => {}

function change(part: Partial<Overview>): Promise<null> {
  current = { ...current, ...part }
  show(current)
  return Promise.resolve(null)
}

const changeFiles = (changed: (files: ReviewedFile[]) => ReviewedFile[]) =>
  change({ review: { ...current.review, files: changed(current.review.files) } })

const nothing = () => Promise.resolve(null)
const link = (): Link => ({
  url: 'https://revui-recordings.s3.eu-central-1.amazonaws.com/6f1c/onboarding/ada/1795473209340_onboarding-walkthrough-v3.webm?X-Amz-Expires=3600',
  expiresAt: Date.now() + 58 * 60_000,
})

export const isFailure = (error: unknown): error is Failure =>
  typeof error === 'object' && error !== null && 'code' in error
export const onOverview = (listener: (overview: Overview) => void): Promise<() => void> => {
  show = listener
  return Promise.resolve(() => {})
}
export const overview = (): Promise<Overview> => Promise.resolve(current)

const refuse = (): Promise<null> => {
  const refused: Failure = {
    code: 'wrong_credentials',
    message: 'The e-mail address and password do not belong together.',
    hint: 'Check both, and the server; capital letters count.',
    retryable: false,
  }
  return Promise.reject(refused as unknown as Error)
}
export const signIn = (_server: string, _email: string, password: string): Promise<null> =>
  password === 'wrong' ? refuse() : change({ session: scene('ready').session })
export const signInWithToken = (_server: string, token: string): Promise<null> => signIn('', '', token)
let giveUp: (answer: null) => void = () => {}
export const signInProviders = (): Promise<SignInProvider[]> =>
  Promise.resolve(name === 'sign-in-organisation' ? [{ issuer: 'https://login.acme.example', name: 'Acme' }] : [])
export const signInBy = (): Promise<null> => new Promise((settle) => (giveUp = settle))
export const giveUpSignIn = (): Promise<null> => {
  giveUp(null)
  return nothing()
}
export const restoreSession = nothing
export const signOut = (): Promise<null> => change({ session: scene('sign-in').session })

export const tasks = (): Promise<Task[] | null> => Promise.resolve(sceneTasks)
export const chooseTask = (task: string): Promise<null> => change({ task })

export const chooseRecordings = (): Promise<null> => change({ review: scene('review').review })
export const uploadReviewed = (): Promise<null> =>
  change({ jobs: scene('sending').jobs, review: scene('ready').review })
export const removeFromReview = (file: string): Promise<null> => changeFiles((files) => files.filter(({ id }) => id !== file))
export const lookAgain = (file: string): Promise<null> =>
  changeFiles((files) => files.map((each) => (each.id === file ? { ...each, verdict: { name: 'looking' } } : each)))
export const playReviewed = (): Promise<string | null> => Promise.resolve(null)
export const keyPictures = (): Promise<number[]> => Promise.resolve([0, 2, 4, 6, 8])
export const trimReviewed = nothing
export const firstFrame = (): Promise<ArrayBuffer | null> => Promise.resolve(null)
export const chooseWatchedFolder = (): Promise<null> => change({ folder: scene('watching').folder })
export const changeWatchedFolder = nothing
export const discardReview = (): Promise<null> => changeFiles(() => [])

export const onRecording = (): Promise<() => void> => Promise.resolve(() => {})
export const recording = () => Promise.resolve(current.recording)
export const recordingSetup = () => Promise.resolve(setup)
export const recordingPreview = (): Promise<ArrayBuffer> => Promise.reject(new Error('no picture in a browser'))
export const cameraPreview = (): Promise<ArrayBuffer> => Promise.reject(new Error('no camera in a browser'))
export const startRecording = (): Promise<null> => change({ recording: scene('recording').recording })
export const tellRecorder = (order: RecordingOrder): Promise<null> => {
  if (order === 'stop') return change({ recording: null, review: scene('review').review })
  if (order === 'discard') return change({ recording: null })
  const stage = order === 'pause' ? ('paused' as const) : ('running' as const)
  return change({ recording: current.recording && { ...current.recording, stage: { name: stage } } })
}
export const forgetRecordingFailure = (): Promise<null> => change({ recordingFailure: null })

export const cancelUpload = (job: string): Promise<null> =>
  change({ jobs: current.jobs.filter(({ id }) => id !== job) })
const changeJob = (id: string, changed: (job: Job) => Job) =>
  change({ jobs: current.jobs.map((each) => (each.id === id ? changed(each) : each)) })
const phaseOf = (name: string): Phase => scene(name).jobs[0]?.phase ?? { name: 'initiating' }

export const pauseUpload = (job: string): Promise<null> =>
  changeJob(job, (each) => ({ ...each, phase: phaseOf(each.phase.name === 'sending' ? 'paused' : 'paused-early') }))
export const resumeUpload = (job: string): Promise<null> =>
  changeJob(job, (each) => ({ ...each, phase: phaseOf('sending') }))
export const limitUpload = (job: string, limitBytesPerSecond: number | null): Promise<null> =>
  changeJob(job, (each) => ({ ...each, limitBytesPerSecond }))
export const moveUpload = (job: string, to: Move): Promise<null> => {
  const waiting = queue(current.jobs)
  const at = waiting.findIndex(({ id }) => id === job)
  const order = waiting.filter(({ id }) => id !== job).map(({ id }) => id)
  order.splice(to === 'to_front' ? 0 : at + (to === 'up' ? -1 : 1), 0, job)
  const placed = (each: Job): Job =>
    each.phase.name === 'queued' ? { ...each, phase: { name: 'queued', ahead: order.indexOf(each.id) + 1 } } : each
  return change({ jobs: current.jobs.map(placed) })
}
export const forgetDamaged = (): Promise<null> => change({ damagedBegunAt: [] })
export const retryNow = resumeUpload
export const saveReport = (): Promise<boolean> => Promise.resolve(true)

export const recentRecordings = (): Promise<RecentRecording[]> => Promise.resolve(recordings(name))
export const showRecording = (id: string): Promise<ShownRecording> => {
  const recording = recordings(name).find((each) => each.id === id)
  return recording ? Promise.resolve({ recording, link: link() }) : Promise.reject(new Error('no such recording'))
}
export const renewLink = (): Promise<Link> => Promise.resolve(link())
export const openLink = nothing
export const copyLink = nothing
export const copyMarkdown = nothing
export const copySha256 = nothing

export const quit = nothing
export const answerClose = (answer: CloseAnswer): Promise<null> =>
  change({ closeAsked: false, jobs: answer === 'stop_and_quit' ? [] : current.jobs })
