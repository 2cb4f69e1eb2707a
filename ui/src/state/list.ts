// The side list: uploads that want attention first, then what is finished, each recording once.

import type { Job, RecentRecording } from '$tauri'

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
    uploads: jobs.filter((job) => job.phase.name !== 'done'),
    finished,
    recordings: recordings.filter((recording) => !shown.has(recording.id)),
  }
}
