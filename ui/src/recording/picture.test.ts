import { describe, expect, it } from 'vitest'
import { corner } from './picture'

describe('the corner of the camera', () => {
  it('is where the recorder has it', () => {
    const at = corner({ width: 1920, height: 1080 }, { width: 640, height: 480 })
    expect([at.x, at.y, at.width, at.height].map(Math.round)).toEqual([1498, 754, 384, 288])
  })

  it('is never higher than half of the picture', () => {
    const at = corner({ width: 1000, height: 200 }, { width: 480, height: 640 })
    expect([at.width, at.height].map(Math.round)).toEqual([75, 100])
  })
})
