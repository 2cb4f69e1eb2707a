// What is said of a stretch of a recording.

/** Of these, in their order, the one that is nearest. */
export function nearest(places: readonly number[], to: number): number | undefined {
  return places.reduce<number | undefined>(
    (best, place) => (best === undefined || Math.abs(place - to) < Math.abs(best - to) ? place : best),
    undefined,
  )
}

/** A place in a recording, to a tenth of a second: 0:04.9, 1:02:03.0. */
export function place(seconds: number): string {
  const tenths = Math.max(0, Math.round(seconds * 10))
  const two = (value: number) => String(value).padStart(2, '0')
  const hours = Math.floor(tenths / 36_000)
  const minutes = Math.floor((tenths % 36_000) / 600)
  const rest = `${two(Math.floor((tenths % 600) / 10))}.${tenths % 10}`
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`
}

/** What is sent, and where it begins. */
export function stretch(from: number, to: number): string {
  return `Starts at ${place(from)}, the nearest key picture; ends at ${place(to)}: ${place(to - from)} long.`
}
