import { expect, test } from 'vitest'
import type { Job, Phase, WaitCause } from '$tauri'
import { job } from '../../mock/job'
import { announcement, arrived, isOffline, progressAloud, word } from './phase'

const sending = (arrivedBytes: number): Job =>
  job(
    { name: 'sending', attempt: 1, bytesPerSecond: 100, secondsLeft: 5, restartedBecause: null },
    { arrivedBytes },
  )

test('a phase is announced once, and each quarter once', () => {
  const heard = [sending(0), sending(100), sending(260), sending(270), sending(760), job({ name: 'completing' })]
    .map((after, index, all) => announcement(all[index - 1], after))
    .filter((text) => text !== null)
  expect(heard).toEqual([
    'demo.webm: sending.',
    'demo.webm: 25 percent sent.',
    'demo.webm: 75 percent sent.',
    'demo.webm: all bytes sent. The store is confirming.',
  ])
})

test('speed is never spoken', () => {
  expect(progressAloud(sending(500))).toBe('50 percent, 500 bytes of 1 kB, 5 s left')
})

test('a place in the queue is counted from one', () => {
  expect(word(job({ name: 'queued', ahead: 1 }))).toBe('Waiting · 2nd in the queue')
})

const waiting = (cause: WaitCause, code = 'connection_lost'): Phase => ({
  name: 'waiting',
  cause,
  nextTryAt: null,
  attempt: 1,
  failure: { code, message: '', hint: '', retryable: true },
})

test.each([
  ['network', 'captive_portal', true, 'Waiting for the network'],
  ['back_off', 'server_unreachable', true, 'Waiting for the server'],
  ['back_off', 'server_failed', false, 'Trying again soon'],
  ['sign_in', 'signed_out', false, 'Waiting for sign-in'],
  ['paused', 'interrupted', false, 'Paused'],
  ['recording', 'still_growing', false, 'Waiting for the end of the recording'],
  ['review', 'not_complete', false, 'Waiting for you to look at it'],
] as const)('a wait for %s because of %s: offline is %s, and it says %s', (cause, code, offline, words) => {
  expect(isOffline(waiting(cause, code))).toBe(offline)
  expect(word(job(waiting(cause, code)))).toBe(words)
})

test('what is sent and waits for a word says so', () => {
  expect(word(job(waiting('review'), { arrivedBytes: 1000 }))).toBe('Sent; waits for you to look at it')
})

test('a pause is announced, and so is its end', () => {
  const [before, paused] = [job(waiting('network')), job(waiting('paused'), { arrivedBytes: 610 })]
  expect(announcement(before, paused)).toBe('demo.webm: paused.')
  expect(announcement(paused, paused)).toBeNull()
  expect(announcement(paused, before)).toBe('demo.webm: waiting for the network. Your recording is safe.')
  expect(progressAloud(paused)).toBe('Paused, 61 percent')
})

test.each([
  [{ name: 'queued', ahead: 1 }, 61],
  [{ name: 'initiating' }, 61],
  [waiting('network'), 61],
  [{ name: 'stopped' }, 61],
  [{ name: 'completing' }, null],
  [{ name: 'cancelled' }, null],
] as const)('of %o, %s percent are shown to have arrived', (phase, share) => {
  expect(arrived(job(phase, { arrivedBytes: 610 }))).toBe(share)
  expect(arrived(job(phase))).toBeNull()
  expect(arrived(job(phase, { arrivedBytes: 610, keepsWhatArrived: false }))).toBeNull()
})

test('what waits for its turn says aloud what has arrived', () => {
  const queued = job({ name: 'queued', ahead: 1 }, { arrivedBytes: 610 })
  expect(progressAloud(queued)).toBe('Waiting · 2nd in the queue, 61 percent')
})
