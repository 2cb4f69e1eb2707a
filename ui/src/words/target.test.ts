import { describe, expect, it } from 'vitest'
import type { Choices, Recordable } from '$tauri'
import { asTyped, desktop, readArea, region, usable, whole } from './target'

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

  it.each([
    ['as it was typed', ' 640 ', 640, ' 640 '],
    ['as it was typed when that is no number', '6x', Number.NaN, '6x'],
    ['anew once it is drawn', '640', 320, '320'],
    ['anew where nothing was typed', undefined, 320, '320'],
    ['as nothing where it was left as no number', undefined, Number.NaN, ''],
  ])('is shown %s', (_, typed, width, shown) => {
    expect(asTyped({ ...full, width }, 'width', typed)).toBe(shown)
  })
})

describe('the desktop', () => {
  it('is what all screens are in', () => {
    const left = { number: 2, name: 'Built-in', x: 0, y: 360, width: 1280, height: 800 }
    expect(desktop([...recordable.screens, left])).toEqual({ kind: 'region', x: 0, y: 0, width: 3200, height: 1160 })
    expect(desktop(recordable.screens)).toEqual(whole(recordable.screens[0]))
    expect(desktop([])).toEqual(whole(undefined))
  })
})
