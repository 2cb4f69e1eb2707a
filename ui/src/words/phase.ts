// What each phase is called, in the list and aloud.

import type { Job, Phase } from '$tauri'
import { ordinal, percent, size, span } from './quantity'

/** Whether something may still become of the upload without anybody starting it again. */
export const isUnfinished = (phase: Phase): boolean =>
  !['done', 'failed', 'cancelled', 'stopped'].includes(phase.name)

/** Whether its user has paused the upload. */
export const isPaused = (phase: Phase): boolean => phase.name === 'waiting' && phase.cause === 'paused'

/** Whether the upload moves or will by itself. */
export const isActive = (phase: Phase): boolean => isUnfinished(phase) && !isPaused(phase)

/** Whether the upload waits for a way to the server or the store. */
export const isOffline = (phase: Phase): boolean =>
  phase.name === 'waiting' && (phase.cause === 'network' || phase.failure.code === 'server_unreachable')

/** Whether all bytes are sent, and the rest takes as long as it takes. */
export const isFinishing = (phase: Phase): boolean => phase.name === 'completing' || phase.name === 'verifying'

/** Whole percent of what has arrived and stays; `null` where that is nothing, or nothing more is to arrive. */
export function arrived({ phase, sizeBytes, arrivedBytes, keepsWhatArrived }: Job): number | null {
  const stays = keepsWhatArrived && arrivedBytes > 0
  const mayGoOn = phase.name === 'stopped' || (isUnfinished(phase) && !isFinishing(phase))
  return phase.name === 'sending' || (stays && mayGoOn) ? percent(arrivedBytes, sizeBytes ?? 0) : null
}

/** The word for where an upload stands in the list. */
export function word(job: Job): string {
  const { phase } = job
  switch (phase.name) {
    case 'queued':
      return `Waiting · ${ordinal(phase.ahead + 1)} in the queue`
    case 'initiating':
      return 'Reserving a place'
    case 'sending':
      return `${arrived(job)} %`
    case 'completing':
      return 'Confirming'
    case 'verifying':
      return 'Opening the link'
    case 'waiting':
      return wait(job, phase)
    case 'done':
      return 'Uploaded'
    case 'failed':
      return `Failed · ${phase.failure.retryable ? 'can be tried again' : 'needs you'}`
    case 'cancelled':
      return 'Cancelled'
    case 'stopped':
      return 'Stopped'
  }
}

function wait(job: Job, phase: Extract<Phase, { name: 'waiting' }>): string {
  switch (phase.cause) {
    case 'network':
      return 'Waiting for the network'
    case 'sign_in':
      return 'Waiting for sign-in'
    case 'back_off':
      return isOffline(phase) ? 'Waiting for the server' : 'Trying again soon'
    case 'paused':
      return 'Paused'
    case 'recording':
      return 'Waiting for the end of the recording'
    case 'review':
      return arrived(job) === null ? 'Waiting for you to look at it' : 'Sent; waits for you to look at it'
  }
}

/** What a progress bar says aloud. */
export function progressAloud(job: Job): string {
  const { phase, arrivedBytes, sizeBytes } = job
  const share = arrived(job)
  if (share === null) return word(job)
  if (phase.name !== 'sending') return `${word(job)}, ${share} percent`
  const left = phase.secondsLeft === null ? '' : `, ${span(phase.secondsLeft)} left`
  return `${share} percent, ${size(arrivedBytes)} of ${size(sizeBytes ?? 0)}${left}`
}

const quarter = (job: Job): number => (job.phase.name === 'sending' ? Math.floor((arrived(job) ?? 0) / 25) : 0)

/** What the live region says when an upload went from one moment to the next: a new phase, or another quarter sent. */
export function announcement(before: Job | undefined, after: Job): string | null {
  const { phase, fileName } = after
  if (before?.phase.name === phase.name && isPaused(before.phase) === isPaused(phase)) {
    const reached = quarter(after)
    return reached > quarter(before) ? `${fileName}: ${reached * 25} percent sent.` : null
  }
  switch (phase.name) {
    case 'queued':
      return `${fileName}: in the queue.`
    case 'initiating':
      return null
    case 'sending':
      return `${fileName}: sending.`
    case 'completing':
      return `${fileName}: all bytes sent. The store is confirming.`
    case 'verifying':
      return `${fileName}: opening the link.`
    case 'waiting':
      return isPaused(phase)
        ? `${fileName}: paused.`
        : `${fileName}: ${word(after).toLowerCase()}. Your recording is safe.`
    case 'done':
      return `${fileName}: uploaded, and the link opens.`
    case 'stopped':
      return `${fileName}: stopped.`
    // An alert says these.
    case 'failed':
    case 'cancelled':
      return null
  }
}
