// How far an upload is, as the stage says it.

import type { Job } from '$tauri'
import { arrived } from './phase'
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
  if (share === null) return { ...inWords(job), isFigure: false, percent: isFinishing(job) ? 99 : 0 }
  return { figure: `${share} %`, isFigure: true, beside: amounts(job), percent: share }
}

/** Whether all bytes are sent, and the rest takes as long as it takes. */
export const isFinishing = ({ phase }: Job): boolean => phase.name === 'completing' || phase.name === 'verifying'

function amounts({ phase, sizeBytes }: Job): string {
  switch (phase.name) {
    case 'sending':
      return [
        `${size(phase.sentBytes)} of ${size(phase.totalBytes)}`,
        phase.bytesPerSecond === null ? 'measuring the speed' : speed(phase.bytesPerSecond),
        phase.secondsLeft === null ? null : `${span(phase.secondsLeft)} left`,
      ]
        .filter((part) => part !== null)
        .join(' · ')
    case 'waiting':
      return `${size(phase.sentBytes)} of ${size(sizeBytes ?? 0)} are with the store`
    default:
      return ''
  }
}

function inWords({ phase, keepsWhatArrived }: Job): Pick<Progress, 'figure' | 'beside'> {
  switch (phase.name) {
    case 'queued':
      return {
        figure: phase.ahead === 0 ? 'Next' : `${ordinal(phase.ahead + 1)} in the queue`,
        beside: ['It begins now.', 'One recording goes first.'][phase.ahead] ?? `${phase.ahead} recordings go first.`,
      }
    case 'completing':
      return { figure: 'Almost there', beside: 'All bytes sent. The store is confirming.' }
    case 'verifying':
      return { figure: 'Almost there', beside: 'Opening the link, to prove that it works.' }
    case 'waiting': {
      const begins = phase.sentBytes > 0 && !keepsWhatArrived
      return phase.cause === 'paused'
        ? { figure: 'Paused', beside: begins ? 'It is sent from its beginning when you resume.' : 'Nothing has been sent yet.' }
        : { figure: 'Waiting', beside: begins ? `${size(phase.sentBytes)} had arrived. It is sent again from its beginning.` : '' }
    }
    case 'stopped':
      return {
        figure: 'Stopped',
        beside: keepsWhatArrived ? 'What has arrived stays.' : 'It starts from its beginning when you go on.',
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
