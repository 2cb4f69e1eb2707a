// What each phase is called, in the list and aloud.

import type { Job, Phase } from '$tauri'
import { ordinal, percent, size, span } from './quantity'

/** The word for a phase in the list. */
export function word(phase: Phase): string {
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
      return { network: 'Waiting for the network', sign_in: 'Waiting for sign-in', back_off: 'Trying again soon' }[
        phase.cause
      ]
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

/** Whether the upload moves or will by itself. */
export function isActive(phase: Phase): boolean {
  return !['done', 'failed', 'cancelled', 'stopped'].includes(phase.name)
}

/** What a progress bar says aloud. */
export function progressAloud(job: Job): string {
  const { phase } = job
  if (phase.name !== 'sending') return word(phase)
  const left = phase.secondsLeft === null ? '' : `, ${span(phase.secondsLeft)} left`
  return `${percent(phase.sentBytes, phase.totalBytes)} percent, ${size(phase.sentBytes)} of ${size(phase.totalBytes)}${left}`
}

const quarter = (phase: Phase): number =>
  phase.name === 'sending' ? Math.floor(percent(phase.sentBytes, phase.totalBytes) / 25) : 0

/** What the live region says when an upload went from one moment to the next: a new phase, or another quarter sent. */
export function announcement(before: Job | undefined, after: Job): string | null {
  const { phase, fileName } = after
  if (before?.phase.name === phase.name) {
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
      return `${fileName}: ${word(phase).toLowerCase()}. Your recording is safe.`
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
