import { describe, expect, it } from 'vitest'
import type { Recording, Sound } from '$tauri'
import { afterwards, announcement, loudness, room, sending, trouble } from './recording'

const headset: Sound = { name: 'Headset', isSystem: false, decibels: -20, lost: false }
const running: Recording = {
  stage: { name: 'running' },
  fileName: 'a.webm',
  elapsedMs: 1000,
  sizeBytes: 1_200_000,
  minutesLeft: 90,
  diskLow: false,
  sizeNear: false,
  stalled: false,
  sounds: [headset],
  lostScreen: null,
  lostWindow: null,
  camera: { name: 'Webcam', lost: false },
  afterStop: 'review',
  upload: null,
}
const at = (name: 'starting' | 'paused' | 'ending'): Recording => ({ ...running, stage: { name } })

describe('what is said aloud', () => {
  it.each([
    [null, at('starting'), null],
    [at('starting'), running, 'Recording.'],
    [running, { ...running, elapsedMs: 2000 }, null],
    [running, at('paused'), 'The recording is paused.'],
    [at('paused'), running, 'Recording again.'],
    [at('ending'), null, 'The recording has ended.'],
    [at('starting'), null, null],
    [running, { ...running, sounds: [{ ...headset, lost: true }] }, 'Headset is gone. Silence takes its place.'],
    [running, { ...running, camera: { name: 'Webcam', lost: true } }, 'Webcam is gone. Its last picture is shown.'],
    [{ ...running, camera: { name: 'Webcam', lost: true } }, running, 'Webcam is back.'],
    [at('starting'), { ...at('starting'), camera: null }, null],
    [running, { ...running, lostScreen: 'DELL' }, 'DELL is gone, or smaller. What is left of it is recorded.'],
    [{ ...running, lostScreen: 'DELL' }, running, 'DELL is back.'],
    [running, { ...running, lostWindow: 'Notes' }, 'Notes is not to be seen. Its last picture is shown.'],
  ])('%#', (before, after, said) => {
    expect(announcement(before, after)).toBe(said)
  })
})

describe('what is wrong', () => {
  const speakers: Sound = { ...headset, name: 'Desk speakers', isSystem: true, lost: true }
  it.each([
    [running, null],
    [{ ...running, lostWindow: 'Notes' }, 'Window is gone'],
    [{ ...running, sounds: [headset, speakers], lostWindow: 'Notes' }, 'Sound is gone'],
    [{ ...running, sounds: [{ ...headset, lost: true }] }, 'No microphone'],
    [{ ...running, sounds: [speakers], diskLow: true }, 'Disk full soon'],
    [{ ...running, stalled: true, diskLow: true }, 'Not growing'],
  ])('%#', (recording, said) => {
    expect(trouble(recording)).toBe(said)
  })
})

describe('what comes after it', () => {
  const shared: Recording = { ...running, afterStop: 'share' }
  const failure = { code: 'too_large', message: 'Too large.', hint: '', retryable: false }
  it.each([
    [running, true, 'You look at it first, after Stop.'],
    [running, false, 'You look at it first, after Stop.'],
    [{ ...shared, upload: { name: 'meanwhile', arrivedBytes: 1 } }, true, 'The link comes right after Stop.'],
    [{ ...shared, upload: { name: 'after_stop' } }, true, 'The link comes once it has been sent.'],
    [{ ...shared, upload: { name: 'waits_for_sign_in' } }, false, 'The link comes once it has been sent.'],
    [{ ...shared, upload: { name: 'failed', failure } }, true, 'You find it here after Stop.'],
    [shared, false, 'You find it here until then.'],
  ] as const)('%#', (recording, signedIn, said) => {
    expect(afterwards(recording, signedIn)).toBe(said)
  })
})

describe('figures', () => {
  it('tell of the disk', () => {
    expect(room(running)).toBe('1.2 MB · room for 1 h 30 min more')
    expect(room({ ...running, minutesLeft: 0 })).toBe('1.2 MB · room for less than a minute more')
    expect(room({ ...running, minutesLeft: null })).toBe('1.2 MB')
  })

  it('tell in a few words what is wrong', () => {
    expect(trouble({ ...running, sizeNear: true })).toBe('Ends soon')
    expect(trouble({ ...running, sizeNear: true, diskLow: true })).toBe('Disk full soon')
    expect(trouble({ ...running, diskLow: true, stalled: true })).toBe('Not growing')
  })

  it('show silence as nothing', () => {
    expect(loudness(-100)).toBe(0)
    expect(loudness(-30)).toBe(0.5)
    expect(loudness(3)).toBe(1)
  })

  it('tell how far it is sent', () => {
    expect(sending({ name: 'meanwhile', arrivedBytes: 5_000_000 }, true)).toContain('5 MB')
    expect(sending(null, false)).toContain('signed in')
  })
})
