// Quantities as people read them. The window speaks English; so do its numbers.

const number = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, useGrouping: false })

const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const

/** A size in SI units, three digits: 1.21 GB. */
export function size(bytes: number): string {
  let unit = 0
  let value = bytes
  // 999.5 would be written as 1000.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${number.format(unit === 0 ? Math.round(value) : value)} ${UNITS[unit]}`
}

/** A speed: 48 MB/s. */
export const speed = (bytesPerSecond: number): string => `${size(bytesPerSecond)}/s`

const THOUSANDS = { k: 1e3, m: 1e6, g: 1e9 } as const

/** Reads a speed as people write it (800 kB/s, 1,5 MB/s, 2M), in bytes a second; `null` for what is none. */
export function readSpeed(text: string): number | null {
  const written = /^(\d+(?:[.,]\d+)?)\s*([kmg])(?:b(?:ytes)?)?(?:\/s)?$/i.exec(text.trim())
  const [, digits, unit] = written ?? []
  if (digits === undefined || unit === undefined) return null
  const bytes = Math.round(Number(digits.replace(',', '.')) * THOUSANDS[unit.toLowerCase() as keyof typeof THOUSANDS])
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : null
}

/** A recording's length, or a place in it: 12:40, 1:02:03. */
export function length(seconds: number, rounded: (seconds: number) => number = Math.round): string {
  const whole = Math.max(0, rounded(seconds))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(whole / 3600)
  const minutes = Math.floor((whole % 3600) / 60)
  const rest = two(whole % 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** A span of time, as exactly as its size deserves: 12 s, 3 min, 1 h 20 min, 6 days. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} days`
}

/** Whole percent of what has arrived; 100 is kept for a link that opens. */
export function percent(sentBytes: number, totalBytes: number): number {
  if (totalBytes <= 0) return 0
  return Math.min(99, Math.floor((sentBytes / totalBytes) * 100))
}

/** 1st, 2nd, 3rd, 4th. */
export function ordinal(position: number): string {
  const suffixes: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }
  const rule = new Intl.PluralRules('en', { type: 'ordinal' }).select(position)
  return `${position}${suffixes[rule] ?? 'th'}`
}

/** The beginning and the end of a checksum. */
export const shortSum = (sum: string): string => `${sum.slice(0, 4)}…${sum.slice(-4)}`

const DAY = 86_400_000

/** When something was finished, from where the reader stands. */
export function when(time: number, now: number): string {
  const then = new Date(time)
  const midnight = new Date(now).setHours(0, 0, 0, 0)
  if (now - time < 60_000) return 'Just now'
  if (time >= midnight) return `Today, ${clock(time)}`
  if (time >= midnight - DAY) return 'Yesterday'
  if (time >= midnight - 6 * DAY) return then.toLocaleDateString('en', { weekday: 'long' })
  const sameYear = then.getFullYear() === new Date(now).getFullYear()
  return then.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  })
}

/** A date in full: 26 February 2027. */
export const day = (time: number): string =>
  new Date(time).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric' })

/** The time of day: 14:02. */
export const clock = (time: number): string =>
  new Date(time).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
