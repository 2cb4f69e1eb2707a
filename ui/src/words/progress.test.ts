import { expect, test } from 'vitest'
import type { Failure, Job, Phase } from '$tauri'
import { again, progress } from './progress'

const lost: Failure = { code: 'connection_lost', message: 'The connection was lost.', hint: '', retryable: true }

const job = (phase: Phase, keepsWhatArrived = true): Job => ({
  id: '1',
  fileName: 'demo.webm',
  path: '~/demo.webm',
  task: 'review',
  sizeBytes: 1_210_000_000,
  durationSeconds: 10,
  keepsWhatArrived,
  limitBytesPerSecond: null,
  phase,
})

const waiting = (cause: 'network' | 'paused', sentBytes: number): Phase => ({
  name: 'waiting',
  cause,
  nextTryAt: null,
  sentBytes,
  attempt: 1,
  failure: lost,
})

const sending = (attempt: number, restartedBecause: Failure | null): Phase => ({
  name: 'sending',
  sentBytes: 738_000_000,
  totalBytes: 1_210_000_000,
  attempt,
  bytesPerSecond: 48_000_000,
  secondsLeft: 10,
  restartedBecause,
})

test('what has arrived is shown while the upload rests', () => {
  for (const cause of ['network', 'paused'] as const) {
    expect(progress(job(waiting(cause, 738_000_000)))).toEqual({
      figure: '60 %',
      isFigure: true,
      beside: '738 MB of 1.21 GB are with the store',
      percent: 60,
    })
  }
})

test('a wait is never a bare 0 %, and never shows what the store has thrown away', () => {
  expect(progress(job(waiting('network', 0)))).toEqual({ figure: 'Waiting', isFigure: false, beside: '', percent: 0 })
  const single = progress(job(waiting('network', 738_000_000), false))
  expect(single).toMatchObject({ figure: 'Waiting', percent: 0 })
  expect(single.beside).toBe('738 MB had arrived. It is sent again from its beginning.')
  expect(progress(job(waiting('paused', 738_000_000), false)).beside).toContain('from its beginning')
  expect(progress(job(waiting('paused', 0))).beside).toBe('Nothing has been sent yet.')
})

test('a place in the queue says how many go first', () => {
  const queued = (ahead: number) => progress(job({ name: 'queued', ahead }))
  expect(queued(0)).toMatchObject({ figure: 'Next', beside: 'It begins now.' })
  expect(queued(1)).toMatchObject({ figure: '2nd in the queue', beside: 'One recording goes first.' })
  expect(queued(2)).toMatchObject({ figure: '3rd in the queue', beside: '2 recordings go first.' })
})

test.each([
  [1, null, true, null],
  [1, lost, true, 'The connection was lost.'],
  [2, null, true, null],
  [2, lost, true, '2nd attempt. The connection was lost.'],
  [2, null, false, '2nd attempt, from the beginning.'],
  [2, lost, false, '2nd attempt, from the beginning: The connection was lost.'],
  [2, { ...lost, code: 'interrupted', message: 'Paused; again from the beginning.' }, false, '2nd attempt. Paused; again from the beginning.'],
])('attempt %i, restarted because of %o, in parts: %s', (attempt, because, inParts, words) => {
  expect(again(job(sending(attempt, because), inParts))).toBe(words)
})
