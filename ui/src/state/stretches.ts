// Which part of each recording under review is sent. This page alone chooses it: what it has chosen last holds, whatever of it
// the program has told of until now.

import type { Stretch, trimReviewed } from '$tauri'

/** Where a part begins and ends. */
export type Ends = Pick<Stretch, 'fromSeconds' | 'toSeconds'>

export class Stretches {
  private readonly chosen = new Map<string, Ends | null>()
  private told: Promise<unknown> = Promise.resolve()

  constructor(private readonly tell: typeof trimReviewed) {}

  /** That of a file, of which the program has told this; `null` is all of it. */
  of(file: string, told: Ends | null): Ends | null {
    const chosen = this.chosen.get(file)
    return chosen === undefined ? told : chosen
  }

  /** One after the other: of two that were under way at once, the earlier could come last, and would be what is sent. */
  async choose(file: string, stretch: Ends | null): Promise<void> {
    this.chosen.set(file, stretch)
    const telling = this.told.then(() => this.tell(file, stretch?.fromSeconds ?? null, stretch?.toSeconds ?? null))
    this.told = telling.catch(() => undefined)
    await telling
  }

  /** Waits until the program knows of all of them: what it sends before that is another part. */
  async known(): Promise<void> {
    await this.told
  }
}
