// What is said of a recording while it is made.

import type { Recording, RecordingUpload } from '$tauri'
import { size, span } from './quantity'

/** Whether its file grows, or rests: there is something to stop. */
export const isBegun = ({ stage }: Recording): boolean => stage.name === 'running' || stage.name === 'paused'

/** What stands over it. */
export function heading(recording: Recording | null): string {
  switch (recording?.stage.name) {
    case undefined:
      return ''
    case 'counting_down':
      return 'About to record'
    case 'starting':
      return 'Starting'
    case 'running':
    case 'paused':
      return 'Recording'
    case 'ending':
      return 'Finishing the recording'
  }
}

/** What it takes of its disk, and what is left there. */
export function room({ sizeBytes, minutesLeft }: Recording): string {
  if (minutesLeft === null) return size(sizeBytes)
  return `${size(sizeBytes)} · room for ${soon(minutesLeft)} more`
}

/** So many minutes. */
export const soon = (minutes: number | null): string =>
  minutes === null || minutes < 1 ? 'less than a minute' : span(minutes * 60)

/** How loud it is, from 0 to 1. What is softer than 60 decibels below the loudest is silence to most. */
export const loudness = (decibels: number): number => Math.min(1, Math.max(0, 1 + decibels / 60))

/** How far it is sent. */
export function sending(upload: RecordingUpload | null, signedIn: boolean): string {
  switch (upload?.name) {
    case undefined:
      return signedIn ? 'It is sent once you say what it is for.' : 'It is sent once you have signed in.'
    case 'meanwhile':
      return upload.arrivedBytes > 0
        ? `Sent meanwhile: ${size(upload.arrivedBytes)} have arrived.`
        : 'It is sent while you record.'
    case 'waits_for_network':
      return 'Sending waits for the network. Recording does not.'
    case 'waits_for_sign_in':
      return 'It is sent once you have signed in.'
    case 'after_stop':
      return 'This server takes whole recordings: it is sent after Stop.'
    case 'failed':
      return `It is not sent meanwhile: ${upload.failure.message}`
  }
}

/** What happens at its end. */
export function afterwards({ afterStop, upload }: Recording, signedIn: boolean): string {
  if (afterStop === 'review') return 'You look at it first, after Stop.'
  switch (upload?.name) {
    case undefined:
      return signedIn ? 'The link comes after Stop.' : 'You find it here until then.'
    case 'meanwhile':
      return 'The link comes right after Stop.'
    case 'failed':
      return 'You find it here after Stop.'
    default:
      return 'The link comes once it has been sent.'
  }
}

/** In few words the worst that is wrong with it; `null` where nothing is. */
export function trouble({ stalled, diskLow, sizeNear, sounds, camera, lostScreen, lostWindow }: Recording): string | null {
  if (stalled) return 'Not growing'
  if (diskLow) return 'Disk full soon'
  if (sizeNear) return 'Ends soon'
  const lost = sounds.find((sound) => sound.lost)
  if (lost) return lost.isSystem ? 'Sound is gone' : 'No microphone'
  if (lostScreen !== null) return 'Screen changed'
  if (lostWindow !== null) return 'Window is gone'
  return camera?.lost ? 'Camera is gone' : null
}

/** What the live region says when a recording went from one moment to the next. An alert says what is wrong. */
export function announcement(before: Recording | null, after: Recording | null): string | null {
  if (after === null) return before !== null && isBegunOrEnding(before) ? 'The recording has ended.' : null
  const was = before?.stage.name
  const { stage } = after
  const lost = newlyLost(before, after)
  if (lost !== null) return lost
  if (stage.name === 'counting_down') {
    return before?.stage.name === 'counting_down' && before.stage.seconds === stage.seconds ? null : `${stage.seconds}`
  }
  if (was === stage.name) return null
  switch (stage.name) {
    case 'running':
      return was === 'paused' ? 'Recording again.' : 'Recording.'
    case 'paused':
      return 'The recording is paused.'
    case 'ending':
      return 'Finishing the recording.'
    case 'starting':
      return null
  }
}

const isBegunOrEnding = (recording: Recording): boolean => isBegun(recording) || recording.stage.name === 'ending'

function newlyLost(before: Recording | null, after: Recording): string | null {
  const was = (name: string) => before?.sounds.find((sound) => sound.name === name)?.lost ?? false
  const sound = after.sounds.find(({ name, lost }) => lost !== was(name))
  if (sound) return sound.lost ? `${sound.name} is gone. Silence takes its place.` : `${sound.name} is back.`
  const camera = after.camera
  if (camera !== null && camera.lost !== (before?.camera?.lost ?? false)) {
    return camera.lost ? `${camera.name} is gone. Its last picture is shown.` : `${camera.name} is back.`
  }
  const screen = after.lostScreen
  if (screen !== null && before?.lostScreen !== screen) return `${screen} is gone, or smaller. What is left of it is recorded.`
  if (screen === null && before && before.lostScreen !== null) return `${before.lostScreen} is back.`
  const window = after.lostWindow
  return window !== null && before?.lostWindow !== window ? `${window} is not to be seen. Its last picture is shown.` : null
}
