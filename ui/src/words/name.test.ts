import { expect, test } from 'vitest'
import { halves, withoutEnding } from './name'

test.each([
  ['Sprint demo, 20 November.webm', 'Sprint demo, 20 November'],
  ['SCREEN.WEBM', 'SCREEN'],
  ['.webm', '.webm'],
  ['notes.webm.txt', 'notes.webm.txt'],
])('%s is shown as %s', (name, shown) => expect(withoutEnding(name)).toBe(shown))

test.each([
  ['Retro, week 47', ['Retro, week 47', '']],
  ['Onboarding walkthrough, take 3', ['Onboarding walkthrough,', ' take 3']],
  ['A demonstration of everything 2', ['A demonstration of', ' everything 2']],
  ['onboarding-walkthrough-v3-final', ['onboarding-walkthrough-', 'v3-final']],
])('%s may be cut between %s', (name, parts) => expect(halves(name)).toEqual(parts))

test('a letter of several code points is not cut through', () => {
  const family = '👩‍👩‍👧‍👦'
  const [head, tail] = halves(family.repeat(30))
  expect(head + tail).toBe(family.repeat(30))
  expect(tail).toBe(family.repeat(8))
})
