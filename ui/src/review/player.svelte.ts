// Playing what is under review. The webview has its decoder only once somebody wants to see or hear it: until then the first
// frame stands for the recording.

import { playReviewed } from '$tauri'
import { takeAway } from './frame'

/** How far a press of an arrow goes, in seconds; with Shift, the smaller. */
export const STEP = 5
export const SMALL_STEP = 1

/** How long before its end the last picture begins, at the latest, in seconds: a decoder that is sent to the end itself finds
 * none there, and may look for it for ever. */
const LAST_PICTURE = 0.1

/** How long a decoder may take to get to a place before it is sent there once more, in milliseconds: WebKitGTK loses one or the
 * other that comes while it goes from playing to resting. */
const PATIENCE_MS = 2000

export class Player {
  /** Where it stands, in seconds. */
  at = $state(0)
  /** How long it is, in seconds; as the file tells, or else as the decoder does. */
  length = $state<number | null>(null)
  playing = $state(false)
  /** `'unseen'` until somebody wants to see it, `'lost'` where it cannot be played here. */
  stage = $state<'unseen' | 'opening' | 'open' | 'lost'>('unseen')
  /** Whether its picture is there, and the first frame need not stand for it any more. */
  shown = $state(false)

  private ending = new AbortController()
  /** Where to go once it is open. */
  private wanted = 0
  private again: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly file: string,
    private readonly video: () => HTMLVideoElement | undefined,
    length: number | null,
  ) {
    this.length = length
  }

  /** Plays, or rests. */
  async toggle(): Promise<void> {
    const video = this.video()
    if (!video || this.stage === 'lost') return
    if (this.playing) return video.pause()
    if (this.length !== null && this.at >= this.length - 2 * LAST_PICTURE) this.seek(0)
    if (!(await this.open())) return
    // A webview that does not let it play yet leaves it as it was: its user presses once more.
    await video.play().catch(() => {})
  }

  /** Plays no further. */
  rest(): void {
    this.video()?.pause()
  }

  /** Goes to a second of it. */
  seek(to: number): void {
    const last = this.length === null ? Number.MAX_VALUE : Math.max(0, this.length - LAST_PICTURE)
    const at = Math.min(Math.max(0, to), last)
    this.at = at
    this.wanted = at
    const video = this.video()
    if (video && this.stage === 'open') this.send(video)
    else void this.open()
  }

  /** Ends the decoder, which costs memory and threads as long as it has a source. One that still looks into the file is left
   * to end when it has. */
  end(): void {
    this.ending.abort()
    clearTimeout(this.again)
    const video = this.video()
    if (video && this.stage !== 'opening') takeAway(video)
  }

  private async open(): Promise<boolean> {
    const video = this.video()
    if (!video || this.stage === 'open') return this.stage === 'open'
    if (this.stage !== 'unseen') return false
    this.stage = 'opening'
    const address = await playReviewed(this.file).catch(() => null)
    if (this.ending.signal.aborted) return false
    const opened = address !== null && (await this.load(video, address))
    if (this.ending.signal.aborted) {
      takeAway(video)
      return false
    }
    this.stage = opened ? 'open' : 'lost'
    if (opened && this.wanted > 0) this.send(video)
    return opened
  }

  /** Sends the decoder to where it is to be, until it is there. */
  private send(video: HTMLVideoElement): void {
    clearTimeout(this.again)
    video.currentTime = this.wanted
    this.again = setTimeout(() => {
      if (video.seeking && !this.ending.signal.aborted) this.send(video)
    }, PATIENCE_MS)
  }

  private load(video: HTMLVideoElement, address: string): Promise<boolean> {
    this.follow(video)
    return new Promise((resolve) => {
      video.addEventListener('loadeddata', () => resolve(true), { once: true })
      video.addEventListener('error', () => resolve(false), { once: true })
      video.preload = 'auto'
      video.src = address
    })
  }

  private follow(video: HTMLVideoElement): void {
    const { signal } = this.ending
    const on = (event: string, then: () => void) => video.addEventListener(event, then, { signal })
    on('play', () => (this.playing = true))
    for (const event of ['pause', 'ended', 'emptied']) on(event, () => (this.playing = false))
    on('seeked', () => (this.shown = video.videoWidth > 0))
    on('timeupdate', () => {
      this.shown ||= video.videoWidth > 0
      if (!video.seeking) this.at = video.currentTime
    })
    on('durationchange', () => {
      if (Number.isFinite(video.duration)) this.length ??= video.duration
    })
    on('error', () => {
      this.playing = false
      this.stage = 'lost'
    })
  }
}
