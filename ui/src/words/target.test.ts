import { describe, expect, it } from 'vitest'
import type { Choices, Recordable } from '$tauri'
import { readArea, region, usable, whole } from './target'

const recordable: Recordable = {
  screens: [{ number: 1, name: 'DELL', width: 1920, height: 1080 }],
  windows: ['Notes'],
  microphones: ['Headset'],
  systemSound: null,
}
const choices: Choices = {
  target: { kind: 'window', title: 'Notes' },
  microphone: { kind: 'named', name: 'Headset' },
  systemSound: true,
  afterStop: 'share',
  countsDown: false,
}

describe('what was chosen last', () => {
  it('is kept as far as it is there', () => {
    expect(usable(choices, recordable)).toEqual({ ...choices, systemSound: false })
  })

  it('is the usual where it is gone', () => {
    const gone = { ...recordable, windows: [], microphones: [] }
    const { target, microphone, afterStop } = usable(choices, gone)
    expect(target).toEqual({ kind: 'main_screen' })
    expect(microphone).toEqual({ kind: 'default' })
    expect(afterStop).toBe('share')
  })
})

describe('a region', () => {
  const full = whole(recordable.screens[0])

  it('is the whole screen at first, and takes numbers', () => {
    expect(full).toEqual({ kind: 'region', x: 0, y: 0, width: 1920, height: 1080 })
    expect(region(readArea(full, 'width', ' 640 '))?.width).toBe(640)
  })

  it.each(['', 'wide', '-5', '1.5', '123456', '8'])('is none with a width of "%s"', (typed) => {
    expect(region(readArea(full, 'width', typed))).toBeNull()
  })
})
