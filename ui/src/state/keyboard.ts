// The keyboard stays on the page. What has it may be gone with the next overview: a button that is not needed any more, a
// row that stands in another list now. Then what is nearest has it.

export class Keyboard {
  private held: HTMLElement | null = null
  /** The upload in whose row it was. */
  private job: string | null = null

  /** Listens, and watches `page`; returns what stops it. */
  start(page: HTMLElement): () => void {
    const took = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return
      this.held = target
      this.job = target.closest('[data-job]')?.getAttribute('data-job') ?? null
    }
    // Whoever clicks beside everything takes it away.
    const letGo = () => (this.held = null)
    const changes = new MutationObserver(() => this.keep(page))
    changes.observe(page, { childList: true, subtree: true })
    document.addEventListener('focusin', took)
    document.addEventListener('pointerdown', letGo)
    return () => {
      changes.disconnect()
      document.removeEventListener('focusin', took)
      document.removeEventListener('pointerdown', letGo)
    }
  }

  private keep(page: HTMLElement): void {
    const { activeElement } = document
    const isLost = activeElement === null || activeElement === document.body
    if (!isLost || this.held === null) return
    // A row that is moved on the page loses it, too.
    const next = this.held.isConnected ? this.held : (this.row(page) ?? page.querySelector<HTMLElement>('h1'))
    next?.focus()
  }

  private row(page: HTMLElement): HTMLElement | null {
    return this.job === null ? null : page.querySelector(`[data-job='${CSS.escape(this.job)}'] button`)
  }
}
