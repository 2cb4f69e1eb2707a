import { expect, test } from 'vitest'
import { day, length, ordinal, percent, readSpeed, size, span, when } from './quantity'

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [999_499, '999 kB'],
  [999_600, '1 MB'],
  [14_230_000, '14.2 MB'],
  [1_210_000_000, '1.21 GB'],
])('%i bytes are %s', (bytes, text) => expect(size(bytes)).toBe(text))

test.each([
  [0.4, '0:00'],
  [58, '0:58'],
  [760, '12:40'],
  [3723, '1:02:03'],
])('%f s of a recording are %s', (seconds, text) => expect(length(seconds)).toBe(text))

test.each([
  [9.2, '10 s'],
  [59.5, '1 min'],
  [58 * 60, '58 min'],
  [3600, '1 h'],
  [80 * 60, '1 h 20 min'],
  [6.5 * 86_400, '6 days'],
])('%f s are %s', (seconds, text) => expect(span(seconds)).toBe(text))

test.each([
  ['800 kB/s', 800_000],
  ['1.5 MB/s', 1_500_000],
  [' 1,5mb ', 1_500_000],
  ['2M', 2_000_000],
  ['0.5k', 500],
  ['800', null],
  ['0 kB/s', null],
  ['fast', null],
  ['-1 MB/s', null],
  ['', null],
])('%s is %s bytes a second', (text, bytes) => expect(readSpeed(text)).toBe(bytes))

test('100 % is kept for a link that opens', () => {
  expect(percent(0, 0)).toBe(0)
  expect(percent(614, 1000)).toBe(61)
  expect(percent(1000, 1000)).toBe(99)
})

test.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [11, '11th'],
  [22, '22nd'],
])('%i is the %s', (position, text) => expect(ordinal(position)).toBe(text))

test('a day is told from where the reader stands', () => {
  const now = new Date(2026, 10, 24, 14, 2).getTime()
  const at = (year: number, month: number, day: number, hour = 9) => new Date(year, month, day, hour).getTime()
  expect(when(now - 30_000, now)).toBe('Just now')
  expect(when(at(2026, 10, 24), now)).toBe('Today, 09:00')
  expect(when(at(2026, 10, 23, 23), now)).toBe('Yesterday')
  expect(when(at(2026, 10, 19), now)).toBe('Thursday')
  expect(when(at(2026, 9, 2), now)).toBe('2 Oct')
  expect(when(at(2025, 9, 2), now)).toBe('2 Oct 2025')
  expect(day(at(2027, 1, 26))).toBe('26 February 2027')
})
