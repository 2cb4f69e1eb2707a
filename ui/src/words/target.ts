// What can be recorded, in words, and what of it is meant.

import type { Camera, Choices, Recordable, Screen, Target } from '$tauri'

export type Region = Extract<Target, { kind: 'region' }>
type Side = 'x' | 'y' | 'width' | 'height'

/** What is smaller cannot be encoded, or not be seen. */
export const LEAST_PIXELS = 16

export const screenName = ({ number, name, width, height }: Screen): string => `${number}: ${name}, ${width} × ${height}`

/** A screen, as a region of the desktop. */
export const whole = (screen: Screen | undefined): Region => ({
  kind: 'region',
  x: screen?.x ?? 0,
  y: screen?.y ?? 0,
  width: screen?.width ?? 1280,
  height: screen?.height ?? 720,
})

/** All screens, as a region of the desktop, with what is between them. */
export function desktop(screens: Screen[]): Region {
  if (screens.length === 0) return whole(undefined)
  const x = Math.min(...screens.map((screen) => screen.x))
  const y = Math.min(...screens.map((screen) => screen.y))
  const right = Math.max(...screens.map((screen) => screen.x + screen.width))
  const bottom = Math.max(...screens.map((screen) => screen.y + screen.height))
  return { kind: 'region', x, y, width: right - x, height: bottom - y }
}

/** The region, if it can be recorded. */
export function region(typed: Region): Region | null {
  const { x, y, width, height } = typed
  return [x, y, width, height].every(Number.isSafeInteger) && Math.min(width, height) >= LEAST_PIXELS ? typed : null
}

/** A region of which one number was typed anew. What is no number is kept as none, and is not recorded. */
export const readArea = (before: Region, side: Side, typed: string): Region => ({
  ...before,
  [side]: /^\d{1,5}$/.test(typed.trim()) ? Number(typed) : Number.NaN,
})

/** What is in the field of a number: what was typed for as long as it means that number, which may be drawn since. */
export function asTyped(now: Region, side: Side, typed: string | undefined): string {
  if (typed !== undefined && Object.is(readArea(now, side, typed)[side], now[side])) return typed
  return Number.isNaN(now[side]) ? '' : String(now[side])
}

/** What was chosen last, as far as it is there still. */
export function usable(choices: Choices, recordable: Recordable): Choices {
  const { screens, windows, microphones, systemSound, cameras, desktopAsks } = recordable
  const { target, microphone, camera } = choices
  const isThere =
    target.kind === 'screen'
      ? screens.some(({ number }) => number === target.number)
      : target.kind === 'window'
        ? windows.includes(target.title)
        : target.kind !== 'region' || !desktopAsks
  const isHeard = microphone.kind !== 'named' || microphones.includes(microphone.name)
  return {
    ...choices,
    target: isThere ? target : { kind: 'main_screen' },
    microphone: isHeard ? microphone : { kind: 'default' },
    systemSound: choices.systemSound && systemSound !== null,
    camera: seen(camera, cameras),
  }
}

/** The camera that is meant, by its name. One that is gone is no reason to show another's picture. */
function seen(camera: Camera, cameras: string[]): Camera {
  const name = camera.kind === 'named' ? camera.name : camera.kind === 'default' ? cameras[0] : undefined
  return name !== undefined && cameras.includes(name) ? { kind: 'named', name } : { kind: 'off' }
}
