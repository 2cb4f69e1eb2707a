import { expect, test } from 'vitest'
import { Stretches } from './stretches'

/** A program that answers when it is let, and what it was told so far. */
function slowProgram() {
  const told: string[] = []
  const answers: (() => void)[] = []
  const stretches = new Stretches((file, from, to) => {
    told.push(`${file} ${from} ${to}`)
    return new Promise((resolve) => answers.push(() => resolve(null)))
  })
  const settled = () => new Promise((resolve) => setTimeout(resolve))
  return { told, stretches, answer: async () => (answers.shift()?.(), await settled()), settled }
}

test('what was chosen last holds before the program has heard of it', () => {
  const { stretches } = slowProgram()
  const before = { fromSeconds: 1, toSeconds: 9 }
  const chosen = { fromSeconds: 1, toSeconds: 6 }
  expect(stretches.of('a', before)).toEqual(before)
  void stretches.choose('a', chosen)
  expect(stretches.of('a', before)).toEqual(chosen)
  void stretches.choose('a', null)
  expect(stretches.of('a', before)).toBeNull()
  expect(stretches.of('b', before)).toEqual(before)
})

test('choices are told one after the other, and waited for before something is sent', async () => {
  const { stretches, told, answer, settled } = slowProgram()
  void stretches.choose('a', { fromSeconds: 0, toSeconds: 8 })
  void stretches.choose('a', null)
  let isKnown = false
  void stretches.known().then(() => (isKnown = true))
  await settled()
  expect([told, isKnown]).toEqual([['a 0 8'], false])
  await answer()
  expect([told, isKnown]).toEqual([['a 0 8', 'a null null'], false])
  await answer()
  expect(isKnown).toBe(true)
})

test('one that fails keeps none of the others', async () => {
  const told: string[] = []
  const stretches = new Stretches((file) => {
    told.push(file)
    return file === 'a' ? Promise.reject(new Error('no')) : Promise.resolve(null)
  })
  const failed = stretches.choose('a', null)
  await stretches.choose('b', null)
  await expect(failed).rejects.toThrow('no')
  await stretches.known()
  expect(told).toEqual(['a', 'b'])
})
