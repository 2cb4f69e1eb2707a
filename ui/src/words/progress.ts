// How far an upload is, as the stage says it.

import type { Job } from '$tauri'
import { arrived, isFinishing, isPaused } from './phase'
import { ordinal, size, span, speed } from './quantity'

export interface Progress {
  /** The figure or the word that stands out. */
  readonly figure: string
  /** Whether it is a figure: those stand out more than words. */
  readonly isFigure: boolean
  /** What is said beside it. */
  readonly beside: string
  /** How far the bar is, in percent. */
  readonly percent: number
}

/** How far an upload is. What has arrived is told as long as it stays; a bare 0 % would frighten. */
export function progress(job: Job): Progress {
  const share = arrived(job)
  // What waits for its turn is asked about its place first.
  if (share === null || job.phase.name === 'queued') {
    return { ...inWords(job), isFigure: false, percent: isFinishing(job.phase) ? 99 : (share ?? 0) }
  }
  return { figure: `${share} %`, isFigure: true, beside: amounts(job), percent: share }
}

function amounts(job: Job): string {
  const { phase, arrivedBytes } = job
  const soFar = `${size(arrivedBytes)} of ${size(job.sizeBytes ?? 0)}`
  switch (phase.name) {
    case 'sending':
      return [
        soFar,
        phase.bytesPerSecond === null ? 'measuring the speed' : speed(phase.bytesPerSecond),
        phase.secondsLeft === null ? null : `${span(phase.secondsLeft)} left`,
      ]
        .filter((part) => part !== null)
        .join(' · ')
    case 'initiating':
      return 'Asking the store what has arrived already.'
    case 'stopped':
      return `Stopped · ${soFar} are with the store`
    default:
      return `${soFar} are with the store`
  }
}

/** How many go before one that waits for its turn, and what of it need not be sent again. */
function turn(job: Job, ahead: number): string {
  const first = ['It begins now.', 'One recording goes first.'][ahead] ?? `${ahead} recordings go first.`
  return arrived(job) === null ? first : `${first} ${amounts(job)}.`
}

function inWords(job: Job): Pick<Progress, 'figure' | 'beside'> {
  const { phase, arrivedBytes, keepsWhatArrived } = job
  switch (phase.name) {
    case 'queued':
      return {
        figure: phase.ahead === 0 ? 'Next' : `${ordinal(phase.ahead + 1)} in the queue`,
        beside: turn(job, phase.ahead),
      }
    case 'completing':
      return { figure: 'Almost there', beside: 'All bytes sent. The store is confirming.' }
    case 'verifying':
      return { figure: 'Almost there', beside: 'Opening the link, to prove that it works.' }
    case 'waiting': {
      const begins = arrivedBytes > 0 && !keepsWhatArrived
      return isPaused(phase)
        ? { figure: 'Paused', beside: begins ? 'It is sent from its beginning when you resume.' : 'Nothing has been sent yet.' }
        : { figure: 'Waiting', beside: begins ? `${size(arrivedBytes)} had arrived. It is sent again from its beginning.` : '' }
    }
    case 'stopped':
      return {
        figure: 'Stopped',
        beside: 'It starts from its beginning when you go on.',
      }
    default:
      return {
        figure: 'Starting',
        beside: keepsWhatArrived ? 'Asking the store what has arrived already.' : 'Asking the server for a place.',
      }
  }
}

/** Why some of it is sent again; `null` where nothing is. */
export function again({ phase, keepsWhatArrived }: Job): string | null {
  if (phase.name !== 'sending') return null
  const { attempt, restartedBecause } = phase
  const nth = attempt > 1 ? `${ordinal(attempt)} attempt` : null
  // These tell by themselves what is sent again.
  const tellsAll = restartedBecause?.code === 'interrupted'
  if (keepsWhatArrived || tellsAll) {
    if (restartedBecause === null) return null
    return nth === null ? restartedBecause.message : `${nth}. ${restartedBecause.message}`
  }
  if (nth === null) return restartedBecause?.message ?? null
  return restartedBecause === null ? `${nth}, from the beginning.` : `${nth}, from the beginning: ${restartedBecause.message}`
}
