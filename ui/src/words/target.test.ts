import { describe, expect, it } from 'vitest'
import type { Choices, Recordable } from '$tauri'
import { readArea, region, usable, whole } from './target'

const recordable: Recordable = {
  screens: [{ number: 1, name: 'DELL', x: 1280, y: 0, width: 1920, height: 1080 }],
  windows: ['Notes'],
  microphones: ['Headset'],
  systemSound: null,
  cameras: ['Webcam'],
  desktopAsks: false,
}
const choices: Choices = {
  target: { kind: 'window', title: 'Notes' },
  microphone: { kind: 'named', name: 'Headset' },
  systemSound: true,
  camera: { kind: 'named', name: 'Webcam' },
  afterStop: 'share',
  countsDown: false,
}

describe('what was chosen last', () => {
  it('is kept as far as it is there', () => {
    expect(usable(choices, recordable)).toEqual({ ...choices, systemSound: false })
  })

  it('is no region where the desktop asks', () => {
    const target = whole(undefined)
    const asks = { ...recordable, desktopAsks: true }
    expect(usable({ ...choices, target }, recordable).target).toEqual(target)
    expect(usable({ ...choices, target }, asks).target).toEqual({ kind: 'main_screen' })
  })

  it('is the usual where it is gone', () => {
    const gone = { ...recordable, windows: [], microphones: [], cameras: ['Another'] }
    const { target, microphone, camera, afterStop } = usable(choices, gone)
    expect(target).toEqual({ kind: 'main_screen' })
    expect(microphone).toEqual({ kind: 'default' })
    expect(camera).toEqual({ kind: 'off' })
    expect(afterStop).toBe('share')
  })
})

describe('the first camera', () => {
  it('is meant by its name, and is none where there is none', () => {
    const first: Choices = { ...choices, camera: { kind: 'default' } }
    expect(usable(first, recordable).camera).toEqual({ kind: 'named', name: 'Webcam' })
    expect(usable(first, { ...recordable, cameras: [] }).camera).toEqual({ kind: 'off' })
  })
})

describe('a region', () => {
  const full = whole(recordable.screens[0])

  it('is the whole screen at first, and takes numbers', () => {
    expect(full).toEqual({ kind: 'region', x: 1280, y: 0, width: 1920, height: 1080 })
    expect(region(readArea(full, 'width', ' 640 '))?.width).toBe(640)
  })

  it.each(['', 'wide', '-5', '1.5', '123456', '8'])('is none with a width of "%s"', (typed) => {
    expect(region(readArea(full, 'width', typed))).toBeNull()
  })
})
