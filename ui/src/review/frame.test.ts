import { expect, test, vi } from 'vitest'
import { fitted } from './frame'

vi.mock('$tauri', () => ({ firstFrame: () => Promise.resolve(null) }))

test.each([
  [1280, 720, 640, 360],
  [720, 1280, 360, 640],
  [640, 480, 640, 480],
  [32, 18, 32, 18],
  [16_000, 2, 640, 1],
])('a picture of %d by %d keeps its shape: %d by %d', (width, height, ...expected) => {
  const { width: w, height: h } = fitted(width, height)
  expect([w, h]).toEqual(expected)
})
