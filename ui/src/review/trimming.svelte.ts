// What of a recording is sent. It begins with a picture that needs no others, for nothing is encoded anew; it ends
// anywhere.

import { keyPictures } from '$tauri'
import type { Ends, Stretches } from '../state/stretches'
import { nearest } from '../words/trimming'
import type { Player } from './player.svelte'

/** The shortest that can be sent, in seconds. */
const SHORTEST = 0.1

export class Trimming {
  on = $state(false)
  from = $state(0)
  to = $state(0)
  private keys: readonly number[] = []

  constructor(
    private readonly file: string,
    private readonly player: Player,
    private readonly stretches: Stretches,
    told: Ends | null,
  ) {
    // Its user has looked at something else meanwhile: the part that is sent is the one they chose.
    const chosen = stretches.of(file, told)
    if (!chosen) return
    this.from = chosen.fromSeconds
    this.to = chosen.toSeconds
    this.on = true
    void this.find()
  }

  whole = $derived.by(() => !this.on || (this.from <= (this.keys[0] ?? 0) && this.to >= (this.player.length ?? 0)))
  seconds = $derived.by(() => Math.max(0, this.to - this.from))

  /** Shows the two ends, or sends all of it again. */
  async toggle(): Promise<void> {
    if (this.on) {
      this.on = false
      await this.tell()
      return
    }
    await this.find()
    if (this.keys.length === 0 || this.player.length === null) return
    this.from = this.keys[0] ?? 0
    this.to = this.player.length
    this.on = true
  }

  private async find(): Promise<void> {
    this.keys = await keyPictures(this.file).catch(() => [])
  }

  /** Begins with the picture nearest to this. */
  begin(at: number): void {
    const before = this.keys.filter((key) => key <= this.to - SHORTEST)
    this.from = nearest(before, at) ?? this.from
    this.player.seek(this.from)
  }

  /** Begins with the picture before, or after. */
  step(by: -1 | 1): void {
    const now = this.keys.indexOf(this.from)
    const next = this.keys[now + by]
    if (next !== undefined) this.begin(next)
  }

  end(at: number): void {
    this.to = Math.min(Math.max(at, this.from + SHORTEST), this.player.length ?? at)
    this.player.seek(this.to)
  }

  async tell(): Promise<void> {
    await this.stretches.choose(this.file, this.whole ? null : { fromSeconds: this.from, toSeconds: this.to })
  }
}
