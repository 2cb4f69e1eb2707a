import { beforeEach, expect, test, vi } from 'vitest'
import type { Failure, Job, Overview, Phase } from '$tauri'
import { job } from '../../mock/job'
import { Desk } from './desk.svelte'

/** The shell: it answers when the test lets it, and tells when the test does. */
const shell = vi.hoisted(
  (): Record<'tell' | 'answer', (overview: Overview) => void> & { refusal: Failure | null } => ({
    tell: () => {},
    answer: () => {},
    refusal: null,
  }),
)

vi.mock('$tauri', () => ({
  isFailure: () => true,
  onOverview: (show: (overview: Overview) => void) => {
    shell.tell = show
    return Promise.resolve(() => {})
  },
  overview: () => new Promise<Overview>((resolve) => (shell.answer = resolve)),
  tasks: () => Promise.resolve(null),
  recentRecordings: () => Promise.resolve([]),
  moveUpload: () =>
    shell.refusal ? Promise.reject(shell.refusal as unknown as Error) : Promise.resolve(null),
}))

const overview = (phase: Phase, ...others: Job[]): Overview => ({
  session: { state: 'signed_out', server: null, email: null, problem: null },
  task: null,
  jobs: [job(phase), ...others],
  damagedBegunAt: [],
  review: { files: [], expectedSeconds: null },
  folder: null,
  filesOverWindow: 0,
  closeAsked: false,
  recording: null,
  recordingFailure: null,
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

test('a move is told once its place is, and a refused one never', async () => {
  const second = (ahead: number) => job({ name: 'queued', ahead }, { id: '2', fileName: 'second.webm' })
  const third = (ahead: number) => job({ name: 'queued', ahead }, { id: '3' })
  const sending: Phase = { name: 'initiating' }
  const before = overview(sending, second(2), third(1))
  const after = overview(sending, second(1), third(2))
  shell.tell(before)
  shell.refusal = { code: 'unknown_job', message: 'Gone.', hint: '', retryable: false }
  await desk.move(second(2), 'up')
  expect(desk.refusal).toBe(shell.refusal)
  const said = desk.spoken
  shell.tell(after)
  expect(desk.spoken).toBe(said)

  shell.refusal = null
  shell.tell(before)
  await desk.move(second(2), 'up')
  shell.tell(after)
  expect(desk.spoken).toBe('second.webm: waiting · 2nd in the queue.')
})
