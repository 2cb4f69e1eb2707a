// The first frame of a recording, decoded by the webview and kept as pixels: a decoder costs memory and threads as long as
// it lives, so there is one at a time, for as long as it takes.

import { firstFrame } from '$tauri'

/** Longest wait for a decoder. One that has nothing to say of a frame says nothing. */
const PATIENCE_MS = 10_000

/** The longer side of what is kept, in pixels: twice what the largest place for it measures. */
const LONGEST_SIDE = 640

let before: Promise<unknown> = Promise.resolve()

/** Draws the first frame of a file once it is its turn. Tells whether there is one; nothing else that goes wrong matters. */
export function drawFirstFrame(file: string, canvas: HTMLCanvasElement, leaving: AbortSignal): Promise<boolean> {
  const drawn = before.then(() => draw(file, canvas, leaving)).catch(() => false)
  before = drawn
  return drawn
}

async function draw(file: string, canvas: HTMLCanvasElement, leaving: AbortSignal): Promise<boolean> {
  const bytes = leaving.aborted ? null : await firstFrame(file)
  if (bytes === null || leaving.aborted) return false
  const address = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: 'video/webm' }))
  const video = document.createElement('video')
  try {
    if (!(await decode(video, address)) || leaving.aborted) return false
    const { width, height } = fitted(video.videoWidth, video.videoHeight)
    Object.assign(canvas, { width, height })
    const context = canvas.getContext('2d')
    if (context === null) return false
    context.imageSmoothingQuality = 'high'
    context.drawImage(video, 0, 0, width, height)
    return true
  } finally {
    takeAway(video)
    URL.revokeObjectURL(address)
  }
}

/** Takes the source of a video away, and with it its decoder, which must have looked into the file: one that is ended before
 * waits for the page in WebKitGTK, and the page for it, for ever. */
export function takeAway(video: HTMLVideoElement): void {
  video.removeAttribute('src')
  video.load()
}

/** Resolves when the frame can be drawn, or when it cannot be: a codec that is missing leaves a picture without a size. It is
 * waited for even where nobody wants it any more. */
function decode(video: HTMLVideoElement, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), PATIENCE_MS)
    const settle = (is: boolean) => {
      clearTimeout(late)
      resolve(is)
    }
    video.addEventListener('loadeddata', () => settle(video.videoWidth > 0))
    video.addEventListener('error', () => settle(false))
    video.muted = true
    video.preload = 'auto'
    video.src = address
  })
}

/** A size of the same shape whose longer side is not too long. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height))
  const side = (length: number) => Math.max(1, Math.round(length * scale))
  return { width: side(width), height: side(height) }
}
