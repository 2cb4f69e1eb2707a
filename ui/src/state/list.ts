// The side list: uploads that want attention first, then what is finished, each recording once.

import type { Job, Move, RecentRecording } from '$tauri'
import { isActive } from '../words/phase'

export interface Lists {
  readonly uploads: readonly Job[]
  readonly finished: readonly Job[]
  readonly recordings: readonly RecentRecording[]
}

/** Sorts uploads and the server's recordings into the groups of the list. */
export function lists(jobs: readonly Job[], recordings: readonly RecentRecording[]): Lists {
  const finished = jobs.filter((job) => job.phase.name === 'done').toReversed()
  const shown = new Set(finished.map((job) => (job.phase.name === 'done' ? job.phase.recording : '')))
  return {
    uploads: inTheirOrder(jobs.filter((job) => job.phase.name !== 'done')),
    finished,
    recordings: recordings.filter((recording) => !shown.has(recording.id)),
  }
}

/** Those that wait for their turn, in the order in which it comes. */
export const queue = (jobs: readonly Job[]): Job[] =>
  jobs.filter((job) => job.phase.name === 'queued').toSorted((one, other) => ahead(one) - ahead(other))

const ahead = ({ phase }: Job): number => (phase.name === 'queued' ? phase.ahead : 0)

/** What moves, then what needs its user, each by age; then the queue. */
function inTheirOrder(jobs: readonly Job[]): Job[] {
  const others = jobs.filter((job) => job.phase.name !== 'queued')
  return [
    ...others.filter((job) => isActive(job.phase)),
    ...others.filter((job) => !isActive(job.phase)),
    ...queue(jobs),
  ]
}

/** Where to a waiting upload can be moved. */
export function moves(jobs: readonly Job[], id: string): ReadonlySet<Move> {
  const waiting = queue(jobs)
  const at = waiting.findIndex((job) => job.id === id)
  const possible = new Set<Move>()
  if (at > 0) possible.add('up').add('to_front')
  if (at >= 0 && at < waiting.length - 1) possible.add('down')
  return possible
}
