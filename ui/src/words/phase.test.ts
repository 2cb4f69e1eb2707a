import { expect, test } from 'vitest'
import type { Job, Phase } from '$tauri'
import { announcement, progressAloud, word } from './phase'

const job = (phase: Phase): Job => ({
  id: '1',
  fileName: 'demo.webm',
  path: '~/demo.webm',
  task: 'review',
  sizeBytes: 1000,
  durationSeconds: 10,
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
  expect(word({ name: 'queued', ahead: 1 })).toBe('Waiting · 2nd in the queue')
})
