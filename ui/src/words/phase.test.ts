import { expect, test } from 'vitest'
import type { Job, Phase, WaitCause } from '$tauri'
import { announcement, isOffline, progressAloud, word } from './phase'

const job = (phase: Phase): Job => ({
  id: '1',
  fileName: 'demo.webm',
  path: '~/demo.webm',
  task: 'review',
  sizeBytes: 1000,
  durationSeconds: 10,
  keepsWhatArrived: true,
  limitBytesPerSecond: null,
  phase,
})

const sending = (sentBytes: number): Job =>
  job({
    name: 'sending',
    sentBytes,
    totalBytes: 1000,
    attempt: 1,
    bytesPerSecond: 100,
    secondsLeft: 5,
    restartedBecause: null,
  })

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
  sentBytes: 610,
  attempt: 1,
  failure: { code, message: '', hint: '', retryable: true },
})

test.each([
  ['network', 'captive_portal', true, 'Waiting for the network'],
  ['back_off', 'server_unreachable', true, 'Waiting for the server'],
  ['back_off', 'server_failed', false, 'Trying again soon'],
  ['sign_in', 'signed_out', false, 'Waiting for sign-in'],
  ['paused', 'interrupted', false, 'Paused'],
] as const)('a wait for %s because of %s: offline is %s, and it says %s', (cause, code, offline, words) => {
  expect(isOffline(waiting(cause, code))).toBe(offline)
  expect(word(job(waiting(cause, code)))).toBe(words)
})

test('a pause is announced, and so is its end', () => {
  const [before, paused] = [job(waiting('network')), job(waiting('paused'))]
  expect(announcement(before, paused)).toBe('demo.webm: paused.')
  expect(announcement(paused, paused)).toBeNull()
  expect(announcement(paused, before)).toBe('demo.webm: waiting for the network. Your recording is safe.')
  expect(progressAloud(paused)).toBe('Paused, 61 percent')
})
