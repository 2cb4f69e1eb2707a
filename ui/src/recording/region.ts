// A part of the desktop, as a hand draws it on a picture of all of it.

import { LEAST_PIXELS } from '../words/target'

export interface Point {
  x: number
  y: number
}
export interface Size {
  width: number
  height: number
}
export type Area = Point & Size

/** What of an area a hand has hold of: across and down, its nearer side, its further one, or neither. */
export interface Grip {
  x: -1 | 0 | 1
  y: -1 | 0 | 1
}

const SIDES = [-1, 0, 1] as const

/** The four corners, and the sides between them. */
export const GRIPS: Grip[] = SIDES.flatMap((y) => SIDES.map((x) => ({ x, y }))).filter(({ x, y }) => x !== 0 || y !== 0)

/** One dimension of an area. */
interface Span {
  start: number
  length: number
}

const across = ({ x, width }: Area): Span => ({ start: x, length: width })
const down = ({ y, height }: Area): Span => ({ start: y, length: height })
const end = ({ start, length }: Span) => start + length
const areaOf = (across: Span, down: Span): Area => ({ x: across.start, y: down.start, width: across.length, height: down.length })
const clamp = (value: number, least: number, most: number) => Math.max(least, Math.min(value, most))

/** The recorder leaves out a last column or row that is odd. */
const even = (length: number) => length - (length % 2)

/** Where a picture is in its frame: all of it is seen, in its proportions (CSS: `object-fit: contain`). */
export function contained(frame: Size, picture: Size): Area {
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height)
  const [width, height] = [picture.width * scale, picture.height * scale]
  return { x: (frame.width - width) / 2, y: (frame.height - height) / 2, width, height }
}

/** Where on the desktop a point of the frame is that shows it. Beside the picture, the nearest place of the desktop. */
export function toDesktop(point: Point, frame: Size, desktop: Area): Point {
  const shown = contained(frame, desktop)
  const place = (at: number, shown: Span, all: Span) => {
    const share = shown.length > 0 ? (at - shown.start) / shown.length : 0
    return Math.round(all.start + clamp(share, 0, 1) * all.length)
  }
  return { x: place(point.x, across(shown), across(desktop)), y: place(point.y, down(shown), down(desktop)) }
}

/** An area as parts of a whole one, each from 0 to 1. */
export const share = (area: Area, whole: Area): Area => ({
  x: (area.x - whole.x) / whole.width,
  y: (area.y - whole.y) / whole.height,
  width: area.width / whole.width,
  height: area.height / whole.height,
})

const isWithin = (span: Span, all: Span) => span.start >= all.start && end(span) <= end(all)

/** Whether all of an area is in another. */
export const contains = (whole: Area, area: Area): boolean =>
  isWithin(across(area), across(whole)) && isWithin(down(area), down(whole))

function drawnSpan(from: number, to: number, all: Span): Span {
  const length = Math.max(LEAST_PIXELS, even(Math.abs(to - from)))
  const start = to < from ? from - length : from
  return { start: clamp(start, all.start, end(all) - length), length }
}

/** From one place to another, which may be in any direction. */
export const drawn = (from: Point, to: Point, desktop: Area): Area =>
  areaOf(drawnSpan(from.x, to.x, across(desktop)), drawnSpan(from.y, to.y, down(desktop)))

const movedSpan = (span: Span, by: number, all: Span): Span => ({
  ...span,
  start: clamp(span.start + by, all.start, end(all) - span.length),
})

/** Elsewhere, as large as it was. */
export const moved = (area: Area, by: Point, desktop: Area): Area =>
  areaOf(movedSpan(across(area), by.x, across(desktop)), movedSpan(down(area), by.y, down(desktop)))

function resizedSpan(span: Span, side: Grip['x'], by: number, all: Span): Span {
  if (side === 0) return span
  if (side > 0) {
    const to = clamp(end(span) + by, span.start + LEAST_PIXELS, end(all))
    return { start: span.start, length: even(to - span.start) }
  }
  const from = clamp(span.start + by, all.start, end(span) - LEAST_PIXELS)
  const length = even(end(span) - from)
  return { start: end(span) - length, length }
}

/** With a side or a corner elsewhere; those across from it stay. */
export const resized = (area: Area, grip: Grip, by: Point, desktop: Area): Area =>
  areaOf(
    resizedSpan(across(area), grip.x, by.x, across(desktop)),
    resizedSpan(down(area), grip.y, by.y, down(desktop)),
  )

const isSame = (one: Area, other: Area) => contains(one, other) && contains(other, one)

/**
 * Whether a hand in an area moves it. What is a whole screen stays where it is: there a hand draws another one, or else a screen
 * that fills the picture would leave no place to begin.
 */
export const canMove = (area: Area, screens: Area[]): boolean => !screens.some((screen) => isSame(screen, area))

/** What becomes of an area, and of none, under a hand that goes from one place to another. */
export function dragged(area: Area | null, grip: Grip | null, from: Point, desktop: Area, screens: Area[]): (to: Point) => Area {
  const holds = area !== null && contains(area, { ...from, width: 0, height: 0 })
  if (area && grip) return (to) => resized(area, grip, { x: to.x - from.x, y: to.y - from.y }, desktop)
  if (area && holds && canMove(area, [desktop, ...screens])) {
    return (to) => moved(area, { x: to.x - from.x, y: to.y - from.y }, desktop)
  }
  return (to) => drawn(from, to, desktop)
}

/** So far an arrow key goes, in pixels; and as little as it can. */
const STEP = 10
const LEAST_STEP = 1
/** A side that is moved by one pixel would be odd. */
const LEAST_SIDE = 2

const ARROWS: Partial<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

interface Keys {
  key: string
  shiftKey: boolean
  altKey: boolean
  ctrlKey: boolean
}

/** What an arrow key makes of an area: elsewhere, or with Shift its right or lower side is. Another key makes nothing of it. */
export function stepped(area: Area, keys: Keys, desktop: Area): Area | null {
  const arrow = ARROWS[keys.key]
  if (!arrow) return null
  const fine = keys.altKey || keys.ctrlKey
  const step = !fine ? STEP : keys.shiftKey ? LEAST_SIDE : LEAST_STEP
  const by = { x: arrow.x * step, y: arrow.y * step }
  if (!keys.shiftKey) return moved(area, by, desktop)
  return resized(area, { x: arrow.x === 0 ? 0 : 1, y: arrow.y === 0 ? 0 : 1 }, by, desktop)
}
