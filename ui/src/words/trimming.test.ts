import { expect, test } from 'vitest'
import { nearest, place, stretch } from './trimming'

test('a place is told to a tenth of a second', () => {
  expect(place(0)).toBe('0:00.0')
  expect(place(4.94)).toBe('0:04.9')
  expect(place(59.96)).toBe('1:00.0')
  expect(place(3723)).toBe('1:02:03.0')
  expect(place(-1)).toBe('0:00.0')
})

test('the nearest of some places', () => {
  expect(nearest([], 3)).toBeUndefined()
  expect(nearest([0, 2, 4], 2.9)).toBe(2)
  expect(nearest([0, 2, 4], 3.1)).toBe(4)
  expect(nearest([0, 2, 4], 99)).toBe(4)
})

test('what is sent says where it begins and why there', () => {
  expect(stretch(4.9, 9)).toBe('Starts at 0:04.9, the nearest key picture; ends at 0:09.0: 0:04.1 long.')
})
