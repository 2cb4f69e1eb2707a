// What is said of files before they are sent.

import type { ReviewedFile } from '$tauri'
import { length, size, span } from './quantity'

export const reviewTitle = (count: number): string => `${count} recordings chosen`

/** What a file holds: `VP9 picture, Opus sound`. `null` where nothing was read of it. */
export function codecs({ videoCodec, audioCodec }: Pick<ReviewedFile, 'videoCodec' | 'audioCodec'>): string | null {
  if (videoCodec === null && audioCodec === null) return null
  if (videoCodec === null) return `${audioCodec} sound, no picture`
  return `${videoCodec} picture, ${audioCodec === null ? 'no sound' : `${audioCodec} sound`}`
}

/** A file's line in a list of several. */
export function about(file: ReviewedFile): string {
  if (file.verdict.name === 'looking') return 'Looking at the file…'
  return [
    file.sizeBytes === null ? null : size(file.sizeBytes),
    file.durationSeconds === null ? null : length(file.durationSeconds),
    codecs(file),
  ]
    .filter((part) => part !== null)
    .join(' · ')
}

/** How many can be sent, and how large they are together. */
export function countSentence(files: readonly ReviewedFile[]): string {
  const good = files.filter((file) => file.verdict.name !== 'wrong')
  const wrong = files.length - good.length
  const bytes = good.reduce((sum, file) => sum + (file.sizeBytes ?? 0), 0)
  const total = bytes > 0 ? `, ${size(bytes)} together` : ''
  if (good.length === 0) return 'None of them can be uploaded.'
  if (wrong === 0) return `All of them can be uploaded${total}.`
  return `${good.length} can be uploaded${total}; ${wrong} cannot, and ${wrong === 1 ? 'stays where it is' : 'stay where they are'}.`
}

/** What the live region says once every file has been looked at. An alert says what is wrong with a single one. */
export function announcement(before: readonly ReviewedFile[], after: readonly ReviewedFile[]): string | null {
  const looking = (file: ReviewedFile) => file.verdict.name === 'looking'
  const [first] = after
  if (!first || !before.some(looking) || after.some(looking)) return null
  if (after.length > 1) return `${after.length} recordings. ${countSentence(after)}`
  return first.verdict.name === 'good' ? `${first.fileName} can be uploaded.` : null
}

/** How long it will take at the speed that was measured last. */
export function expectation(seconds: number, goesLater: boolean): string {
  return `about ${span(Math.max(1, seconds))}${goesLater ? ', with what goes first' : ''}`
}

/** Why a recording is not played, and what helps. On Linux, what plays it is in packages of their own. */
export function cannotPlay(platform: string): string {
  const anyway = 'This recording cannot be played here; it can be uploaded all the same.'
  if (!platform.startsWith('Linux')) return anyway
  return `${anyway} To play it, install GStreamer’s plugins (gstreamer1.0-plugins-base and gstreamer1.0-plugins-good) and start Revui Uploader again.`
}
