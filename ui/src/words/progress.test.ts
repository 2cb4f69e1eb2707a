import { expect, test } from 'vitest'
import type { Failure, Phase } from '$tauri'
import { job } from '../../mock/job'
import { again, progress } from './progress'

const lost: Failure = { code: 'connection_lost', message: 'The connection was lost.', hint: '', retryable: true }

const large = { sizeBytes: 1_210_000_000, arrivedBytes: 738_000_000 }
const small = { ...large, arrivedBytes: 0 }
const single = { ...large, keepsWhatArrived: false }

const waiting = (cause: 'network' | 'paused'): Phase => ({ name: 'waiting', cause, nextTryAt: null, attempt: 1, failure: lost })

const sending = (attempt: number, restartedBecause: Failure | null): Phase => ({
  name: 'sending',
  attempt,
  bytesPerSecond: 48_000_000,
  secondsLeft: 10,
  restartedBecause,
})

test.each([
  [waiting('network'), '738 MB of 1.21 GB are with the store'],
  [waiting('paused'), '738 MB of 1.21 GB are with the store'],
  [{ name: 'initiating' }, 'Asking the store what has arrived already.'],
  [{ name: 'stopped' }, 'Stopped · 738 MB of 1.21 GB are with the store'],
  [sending(1, null), '738 MB of 1.21 GB · 48 MB/s · 10 s left'],
] as const)('what has arrived is shown at %o', (phase, beside) => {
  expect(progress(job(phase, large))).toEqual({ figure: '60 %', isFigure: true, beside, percent: 60 })
})

test('what has arrived is shown while an upload waits for its turn', () => {
  expect(progress(job({ name: 'queued', ahead: 1 }, large))).toEqual({
    figure: '2nd in the queue',
    isFigure: false,
    beside: 'One recording goes first. 738 MB of 1.21 GB are with the store.',
    percent: 60,
  })
})

test('a wait is never a bare 0 %, and never shows what the store has thrown away', () => {
  expect(progress(job(waiting('network'), small))).toEqual({ figure: 'Waiting', isFigure: false, beside: '', percent: 0 })
  const again = progress(job(waiting('network'), single))
  expect(again).toMatchObject({ figure: 'Waiting', percent: 0 })
  expect(again.beside).toBe('738 MB had arrived. It is sent again from its beginning.')
  expect(progress(job(waiting('paused'), single)).beside).toContain('from its beginning')
  expect(progress(job(waiting('paused'), small)).beside).toBe('Nothing has been sent yet.')
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
  expect(again(job(sending(attempt, because), { keepsWhatArrived: inParts }))).toBe(words)
})
