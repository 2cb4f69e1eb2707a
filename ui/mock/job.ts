// An upload as the shell tells of one: for tests and scenes.

import type { Job, Phase } from '../src/tauri/bindings/ipc'

/** An upload in parts, of 1000 bytes, of which none has arrived. */
export const job = (phase: Phase, more: Partial<Job> = {}): Job => ({
  id: '1',
  fileName: 'demo.webm',
  path: '~/demo.webm',
  task: 'review',
  sizeBytes: 1000,
  durationSeconds: 10,
  arrivedBytes: 0,
  keepsWhatArrived: true,
  limitBytesPerSecond: null,
  phase,
  ...more,
})
