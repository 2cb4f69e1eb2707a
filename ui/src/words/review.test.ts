import { expect, test } from 'vitest'
import type { ReviewedFile, Verdict } from '$tauri'
import { about, announcement, codecs, countSentence, expectation, measures, sentAlready, standing } from './review'

const file = (verdict: Verdict, more: Partial<ReviewedFile> = {}): ReviewedFile => ({
  id: '1',
  fileName: 'demo.webm',
  path: '~/demo.webm',
  sizeBytes: 14_200_000,
  durationSeconds: 58,
  videoCodec: 'VP9',
  audioCodec: 'Opus',
  recorded: false,
  endedBecause: null,
  arrivedBytes: 0,
  stretch: null,
  verdict,
  ...more,
})
const good = file({ name: 'good' })
const wrong = file({
  name: 'wrong',
  failure: { code: 'not_webm', message: 'An MP4.', hint: 'Choose another.', retryable: false },
})

test.each([
  ['VP9', 'Opus', 'VP9 picture, Opus sound'],
  ['AV1', null, 'AV1 picture, no sound'],
  [null, 'Vorbis', 'Vorbis sound, no picture'],
  [null, null, null],
])('%s and %s are %s', (videoCodec, audioCodec, words) => expect(codecs({ videoCodec, audioCodec })).toBe(words))

test('a file tells what is known of it', () => {
  expect(about(good)).toBe('14.2 MB · 0:58 · VP9 picture, Opus sound')
  expect(about(file({ name: 'good' }, { durationSeconds: null, audioCodec: null }))).toBe('14.2 MB · VP9 picture, no sound')
})

test('of a part, its own size and length are told', () => {
  const part = file({ name: 'good' }, { stretch: { fromSeconds: 10, toSeconds: 39, aboutBytes: 7_100_000 } })
  expect(measures(good)).toEqual(['14.2 MB', '0:58'])
  expect(measures(part)).toEqual(['about 7.1 MB of 14.2 MB', '0:29 of 0:58'])
  expect(measures({ ...part, durationSeconds: null })).toEqual(['about 7.1 MB of 14.2 MB'])
  expect(about(part)).toBe('about 7.1 MB of 14.2 MB · 0:29 of 0:58 · VP9 picture, Opus sound')
  expect(countSentence([good, part])).toBe('All of them can be uploaded, about 21.3 MB together.')
})

test('what has arrived meanwhile is told, and not of a part', () => {
  const arrived = (arrivedBytes: number, more: Partial<ReviewedFile> = {}) => file({ name: 'good' }, { arrivedBytes, ...more })
  const stretch = { fromSeconds: 0, toSeconds: 5, aboutBytes: 1000 }
  for (const [files, heading, words] of [
    [[good], 'Not sent yet', 'Look over, then upload'],
    [[wrong], 'Not sent yet', 'Cannot be uploaded'],
    [[arrived(14_200_000)], 'Waits for you', 'All of it is sent; waits for you'],
    [[arrived(14_000_000), wrong], 'Waits for you', 'Most of it is sent; waits for you'],
    [[arrived(5_000_000)], 'Waits for you', 'A part is sent; waits for you'],
    [[arrived(14_000_000), good], 'Waits for you', 'A part is sent; waits for you'],
    [[arrived(14_000_000, { stretch })], 'Not sent yet', 'Look over, then upload'],
  ] as const) {
    expect(standing(files)).toEqual({ heading, about: words })
  }
  expect(sentAlready(good)).toBeNull()
  expect(sentAlready(arrived(14_000_000))).toBe('14 MB of 14.2 MB')
  expect(sentAlready(arrived(14_190_000))).toBe('Almost all of it')
  expect(sentAlready(arrived(14_200_000))).toBe('All of it')
})

test('what cannot be uploaded is counted apart', () => {
  expect(countSentence([good, good])).toBe('All of them can be uploaded, 28.4 MB together.')
  expect(countSentence([good, wrong])).toBe('1 can be uploaded, 14.2 MB together; 1 cannot, and stays where it is.')
  expect(countSentence([wrong, wrong])).toBe('None of them can be uploaded.')
})

test('the end of looking is announced once', () => {
  const looking = file({ name: 'looking' })
  expect(announcement([], [looking])).toBeNull()
  expect(announcement([looking], [good])).toBe('demo.webm can be uploaded.')
  expect(announcement([good], [good])).toBeNull()
  expect(announcement([looking], [wrong])).toBeNull()
  expect(announcement([looking, looking], [good, looking])).toBeNull()
  expect(announcement([good, looking], [good, wrong])).toMatch(/^2 recordings. 1 can be uploaded/)
  expect(announcement([looking], [])).toBeNull()
})

test('an expected time is about so long, and never nothing', () => {
  expect(expectation(0, false)).toBe('about 1 s')
  expect(expectation(150, true)).toBe('about 3 min, with what goes first')
})
