import { expect, test } from 'vitest'
import type { Job, Phase } from '$tauri'
import { job } from '../../mock/job'
import { chooseJob, chooseNothing, chooseRecording, nothing, withJobs, withSignIn } from './selection'

const phases = {
  signedOut: {
    name: 'waiting',
    cause: 'sign_in',
    nextTryAt: null,
    attempt: 1,
    failure: { code: 'signed_out', message: '', hint: '', retryable: true },
  },
  queued: { name: 'queued', ahead: 1 },
  moving: { name: 'initiating' },
  failed: { name: 'failed', failure: { code: 'not_webm', message: '', hint: '', retryable: false } },
  done: {
    name: 'done',
    recording: 'r',
    link: { url: 'https://store.example/r', expiresAt: null },
    sha256: '',
    finishedAt: 0,
    elapsedMilliseconds: 0,
  },
} satisfies Record<string, Phase>

const jobs = (list: Record<string, keyof typeof phases>): Job[] =>
  Object.entries(list).map(([id, phase]) => job(phases[phase], { id }))

test('a new upload comes onto the stage, a moving one before a refused one', () => {
  expect(withJobs(nothing, jobs({ a: 'failed' })).job).toBe('a')
  expect(withJobs(nothing, jobs({ a: 'failed', b: 'moving' })).job).toBe('b')
})

test('the stage follows the queue, and ends with what nobody has seen fail', () => {
  let selection = withJobs(nothing, jobs({ a: 'moving', b: 'queued', c: 'failed' }))
  selection = withJobs(selection, jobs({ a: 'done', b: 'moving', c: 'failed' }))
  expect(selection.job).toBe('b')
  selection = withJobs(selection, jobs({ a: 'done', b: 'done', c: 'failed' }))
  expect(selection.job).toBe('c')
  expect(withJobs(selection, jobs({ a: 'done', b: 'done', c: 'failed' })).job).toBe('c')
})

test('what the user chose stays, whatever the queue does', () => {
  const chosen = chooseJob(withJobs(nothing, jobs({ a: 'moving', b: 'queued' })), 'a')
  expect(withJobs(chosen, jobs({ a: 'done', b: 'moving' })).job).toBe('a')
  const home = chooseNothing(chosen)
  expect(withJobs(home, jobs({ a: 'moving', b: 'queued' })).job).toBeNull()
})

test('a cancelled upload makes room for the next, or for the drop area', () => {
  const both = withJobs(nothing, jobs({ a: 'moving', b: 'queued' }))
  expect(withJobs(both, jobs({ b: 'moving' })).job).toBe('b')
  expect(withJobs(both, []).job).toBeNull()
})

test('an upload that waited for sign-in goes on where it was', () => {
  let selection = withJobs(nothing, jobs({ a: 'moving', b: 'queued' }))
  for (const phase of ['signedOut', 'moving', 'done'] as const) {
    selection = withJobs(selection, jobs({ a: phase, b: 'queued' }))
    if (phase !== 'done') expect(selection.job).toBe('a')
  }
  expect(selection.job).toBe('b')
})

test('after sign-in, what goes on is on the stage, wherever its user had been', () => {
  const home = chooseNothing(withJobs(nothing, jobs({ a: 'moving' })))
  const signedIn = withSignIn(withJobs(home, jobs({ a: 'signedOut' })), jobs({ a: 'signedOut' }))
  expect(signedIn.job).toBe('a')
  expect(withJobs(signedIn, jobs({ a: 'done' })).job).toBe('a')
  const looking = chooseJob(withJobs(nothing, jobs({ a: 'failed', b: 'moving' })), 'b')
  expect(withSignIn(looking, jobs({ a: 'failed', b: 'moving' }))).toBe(looking)
  expect(withSignIn(home, jobs({ a: 'done' })).job).toBeNull()
})

test('one that another program leaves over comes onto the stage', () => {
  const without = withJobs(nothing, jobs({}))
  expect(withJobs(without, jobs({ a: 'signedOut' })).job).toBe('a')
})

test('a recording on the stage gives way to a new upload only', () => {
  const shown = chooseRecording(withJobs(nothing, jobs({ a: 'moving' })), 'r')
  expect(withJobs(shown, jobs({ a: 'done' })).recording).toBe('r')
  expect(withJobs(shown, jobs({ a: 'done', b: 'moving' })).job).toBe('b')
})
