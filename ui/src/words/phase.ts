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

/** Whole percent of what the store has; `null` where that is nothing, or not known. */
export function arrived({ phase, sizeBytes, keepsWhatArrived }: Job): number | null {
  if (phase.name === 'sending') return percent(phase.sentBytes, phase.totalBytes)
  if (phase.name !== 'waiting' || !keepsWhatArrived || phase.sentBytes === 0) return null
  return percent(phase.sentBytes, sizeBytes ?? 0)
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
      return `${percent(phase.sentBytes, phase.totalBytes)} %`
    case 'completing':
      return 'Confirming'
    case 'verifying':
      return 'Opening the link'
    case 'waiting':
      return wait(phase)
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

function wait(phase: Extract<Phase, { name: 'waiting' }>): string {
  switch (phase.cause) {
    case 'network':
      return 'Waiting for the network'
    case 'sign_in':
      return 'Waiting for sign-in'
    case 'back_off':
      return isOffline(phase) ? 'Waiting for the server' : 'Trying again soon'
    case 'paused':
      return 'Paused'
  }
}

/** What a progress bar says aloud. */
export function progressAloud(job: Job): string {
  const { phase } = job
  if (phase.name === 'waiting') {
    const kept = arrived(job)
    return kept === null ? word(job) : `${word(job)}, ${kept} percent`
  }
  if (phase.name !== 'sending') return word(job)
  const left = phase.secondsLeft === null ? '' : `, ${span(phase.secondsLeft)} left`
  return `${percent(phase.sentBytes, phase.totalBytes)} percent, ${size(phase.sentBytes)} of ${size(phase.totalBytes)}${left}`
}

const quarter = (phase: Phase): number =>
  phase.name === 'sending' ? Math.floor(percent(phase.sentBytes, phase.totalBytes) / 25) : 0

/** What the live region says when an upload went from one moment to the next: a new phase, or another quarter sent. */
export function announcement(before: Job | undefined, after: Job): string | null {
  const { phase, fileName } = after
  if (before?.phase.name === phase.name && isPaused(before.phase) === isPaused(phase)) {
    const reached = quarter(phase)
    return reached > quarter(before.phase) ? `${fileName}: ${reached * 25} percent sent.` : null
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
