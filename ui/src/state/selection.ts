// What the stage shows: decided purely, from one overview to the next.

import type { Job } from '$tauri'
import { isActive } from '../words/phase'

export interface Selection {
  /** The upload on the stage. */
  readonly job: string | null
  /** The finished recording on the stage, when no upload is. */
  readonly recording: string | null
  /** Whether the stage follows the queue: the user did not choose what it shows. */
  readonly follows: boolean
  /** Uploads that the window knows of. */
  readonly known: ReadonlySet<string>
  /** Uploads that have been on the stage. */
  readonly seen: ReadonlySet<string>
}

export const nothing: Selection = {
  job: null,
  recording: null,
  follows: false,
  known: new Set(),
  seen: new Set(),
}

/** The user chooses an upload. */
export const chooseJob = (selection: Selection, job: string): Selection => ({
  ...onStage(selection, job),
  follows: false,
})

/** The user chooses a finished recording. */
export const chooseRecording = (selection: Selection, recording: string): Selection => ({
  ...selection,
  job: null,
  recording,
  follows: false,
})

/** The user goes back to the drop area. */
export const chooseNothing = (selection: Selection): Selection => ({
  ...selection,
  job: null,
  recording: null,
  follows: false,
})

/** The uploads changed. New ones come onto a stage that is not busy; one that is gone makes room for the next. */
export function withJobs(selection: Selection, jobs: readonly Job[]): Selection {
  const fresh = jobs.filter((job) => !selection.known.has(job.id))
  const current = jobs.find((job) => job.id === selection.job)
  const known = new Set(jobs.map((job) => job.id))
  const next = { ...selection, known }
  const busy = current !== undefined && isActive(current.phase)

  const firstFresh = fresh.find((job) => isActive(job.phase)) ?? fresh[0]
  if (firstFresh && !busy) return { ...onStage(next, firstFresh.id), follows: true }
  if (selection.job !== null && current === undefined) return follow({ ...next, job: null }, jobs)
  if (selection.follows && current && !busy) return follow(next, jobs)
  return next
}

/** Somebody has signed in: what goes on now is what they see, whatever was on the stage when the session ended. */
export function withSignIn(selection: Selection, jobs: readonly Job[]): Selection {
  const current = jobs.find((job) => job.id === selection.job)
  const goesOn = jobs.some((job) => isActive(job.phase))
  return goesOn && !(current && isActive(current.phase)) ? follow(selection, jobs) : selection
}

/** The next upload that moves; when none does, a failure that nobody has seen; else what is there already. */
function follow(selection: Selection, jobs: readonly Job[]): Selection {
  const moving = jobs.find((job) => isActive(job.phase) && job.phase.name !== 'queued')
  const next =
    moving ??
    jobs.find((job) => isActive(job.phase)) ??
    jobs.find((job) => job.phase.name === 'failed' && !selection.seen.has(job.id))
  return next ? { ...onStage(selection, next.id), follows: true } : selection
}

function onStage(selection: Selection, job: string): Selection {
  return { ...selection, job, recording: null, seen: new Set([...selection.seen, job]) }
}
