import { beforeEach, expect, test, vi } from 'vitest'
import type { Job, Overview, Phase } from '$tauri'
import { Desk } from './desk.svelte'

/** The shell: it answers when the test lets it, and tells when the test does. */
const shell = vi.hoisted((): Record<'tell' | 'answer', (overview: Overview) => void> => ({
  tell: () => {},
  answer: () => {},
}))

vi.mock('$tauri', () => ({
  isFailure: () => false,
  onOverview: (show: (overview: Overview) => void) => {
    shell.tell = show
    return Promise.resolve(() => {})
  },
  overview: () => new Promise<Overview>((resolve) => (shell.answer = resolve)),
  tasks: () => Promise.resolve(null),
  recentRecordings: () => Promise.resolve([]),
}))

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

const overview = (phase: Phase): Overview => ({
  session: { state: 'signed_out', server: null, email: null, problem: null },
  task: null,
  jobs: [job(phase)],
  damagedBegunAt: [],
  review: { files: [], expectedSeconds: null },
  filesOverWindow: 0,
  closeAsked: false,
})

const older = overview({ name: 'completing' })
const younger = overview({ name: 'verifying' })

/** Until everything that has been promised has happened. */
const settled = () => new Promise((resolve) => setTimeout(resolve))

let desk: Desk

beforeEach(async () => {
  desk = new Desk()
  const stop = desk.start()
  await settled()
  return stop
})

test('the first answer is shown', async () => {
  shell.answer(older)
  await settled()
  expect(desk.overview).toBe(older)
})

test('an answer that is older than an event is not shown', async () => {
  shell.tell(younger)
  shell.answer(older)
  await settled()
  expect(desk.overview).toBe(younger)
})
