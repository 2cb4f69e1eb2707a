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

/** How much of a file is with the server and stays, from 0 to 1. A part of a file is another one, of which nothing is. */
export function arrivedShare({ sizeBytes, arrivedBytes, stretch }: ReviewedFile): number {
  return stretch !== null || sizeBytes === null || sizeBytes === 0 ? 0 : Math.min(1, arrivedBytes / sizeBytes)
}

/** How large a file is, and how long; of one of which a part is wanted, how large and long that is. */
export function measures({ sizeBytes, durationSeconds, stretch }: ReviewedFile): string[] {
  const measure = (whole: string | null, part: string | null) =>
    whole !== null && part !== null ? `${part} of ${whole}` : whole
  return [
    measure(sizeBytes === null ? null : size(sizeBytes), stretch && `about ${size(stretch.aboutBytes)}`),
    measure(
      durationSeconds === null ? null : length(durationSeconds),
      stretch && length(stretch.toSeconds - stretch.fromSeconds),
    ),
  ].filter((each) => each !== null)
}

/** How much of a file has arrived already; `null` where nothing has. */
export function sentAlready(file: ReviewedFile): string | null {
  const share = arrivedShare(file)
  if (share === 0) return null
  if (share === 1) return 'All of it'
  return share >= 0.99 ? 'Almost all of it' : `${size(file.arrivedBytes)} of ${size(file.sizeBytes ?? 0)}`
}

/** What stands over files that are looked over, in the list, and what is said of them there. */
export function standing(files: readonly ReviewedFile[]): { heading: string; about: string } {
  const good = files.filter((file) => file.verdict.name !== 'wrong')
  if (good.length === 0) return { heading: 'Not sent yet', about: 'Cannot be uploaded' }
  const least = Math.min(...good.map(arrivedShare))
  if (!good.some((file) => arrivedShare(file) > 0)) return { heading: 'Not sent yet', about: 'Look over, then upload' }
  const much = least === 1 ? 'All of it' : least >= 0.5 ? 'Most of it' : 'A part'
  return { heading: 'Waits for you', about: `${much} is sent; waits for you` }
}

/** A file's line in a list of several. */
export function about(file: ReviewedFile): string {
  if (file.verdict.name === 'looking') return 'Looking at the file…'
  return [...measures(file), codecs(file)].filter((part) => part !== null).join(' · ')
}

/** How many can be sent, and how large they are together. */
export function countSentence(files: readonly ReviewedFile[]): string {
  const good = files.filter((file) => file.verdict.name !== 'wrong')
  const wrong = files.length - good.length
  const bytes = good.reduce((sum, file) => sum + (file.stretch?.aboutBytes ?? file.sizeBytes ?? 0), 0)
  const estimated = good.some((file) => file.stretch !== null) ? 'about ' : ''
  const total = bytes > 0 ? `, ${estimated}${size(bytes)} together` : ''
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
