import { describe, expect, it } from 'vitest'
import { canMove, contained, contains, dragged, drawn, GRIPS, moved, resized, share, stepped, toDesktop } from './region'
import type { Area, Grip } from './region'

type Four = readonly [number, number, number, number]

const area = ([x, y, width, height]: Four): Area => ({ x, y, width, height })
const four = ({ x, y, width, height }: Area): Four => [x, y, width, height]

const desktop = area([0, 0, 1440, 900])
/** Two screens beside each other, of which the left one begins further down. */
const wide = area([0, 0, 3200, 1080])
const screens = [area([1280, 0, 1920, 1080]), area([0, 360, 1280, 720])]

describe('a picture of the desktop in its frame', () => {
  it.each<[string, Four, Four]>([
    ['as wide as it is', [0, 0, 720, 450], [0, 0, 720, 450]],
    ['with room beside it', [0, 0, 800, 450], [40, 0, 720, 450]],
    ['with room above it', [0, 0, 720, 500], [0, 25, 720, 450]],
    ['not laid out yet', [0, 0, 0, 0], [0, 0, 0, 0]],
  ])('%s', (_, frame, shown) => {
    expect(four(contained(area(frame), desktop))).toEqual(shown)
  })

  it.each([
    ['its corner', 40, 0, 0, 0],
    ['its middle', 400, 225, 720, 450],
    ['its other corner', 760, 450, 1440, 900],
    ['beside it', 3, 100, 0, 200],
    ['beyond it', 900, -50, 1440, 0],
    ['between two pixels', 40.2, 0.3, 0, 1],
  ])('%s is a place of the desktop', (_, x, y, toX, toY) => {
    expect(toDesktop({ x, y }, { width: 800, height: 450 }, desktop)).toEqual({ x: toX, y: toY })
  })

  it('shows a desktop that begins elsewhere', () => {
    const begun = area([100, 50, 1440, 900])
    expect(toDesktop({ x: 360, y: 225 }, { width: 720, height: 450 }, begun)).toEqual({ x: 820, y: 500 })
    expect(four(share(area([820, 500, 360, 225]), begun))).toEqual([0.5, 0.5, 0.25, 0.25])
  })

  it('is no place at all before it is laid out', () => {
    expect(toDesktop({ x: 3, y: 3 }, { width: 0, height: 0 }, desktop)).toEqual({ x: 0, y: 0 })
  })
})

describe('a region that is drawn', () => {
  it.each<[string, [number, number], [number, number], Four]>([
    ['to the lower right', [100, 100], [420, 280], [100, 100, 320, 180]],
    ['to the upper left', [420, 280], [100, 100], [100, 100, 320, 180]],
    ['to the lower left', [420, 100], [100, 280], [100, 100, 320, 180]],
    ['to the upper right', [100, 280], [420, 100], [100, 100, 320, 180]],
    ['with sides that would be odd', [100, 100], [421, 283], [100, 100, 320, 182]],
    ['backwards with sides that would be odd', [421, 283], [100, 100], [101, 101, 320, 182]],
    ['nowhere', [100, 100], [100, 100], [100, 100, 16, 16]],
    ['too small', [100, 100], [90, 103], [84, 100, 16, 16]],
    ['too small in the last corner', [1440, 900], [1436, 900], [1424, 884, 16, 16]],
    ['too small in the first corner', [4, 2], [0, 0], [0, 0, 16, 16]],
    ['over everything', [0, 0], [1440, 900], [0, 0, 1440, 900]],
  ])('%s', (_, [x, y], [toX, toY], expected) => {
    expect(four(drawn({ x, y }, { x: toX, y: toY }, desktop))).toEqual(expected)
  })

  it('is not larger than a desktop with odd sides', () => {
    const odd = area([0, 0, 1367, 769])
    expect(four(drawn({ x: 1367, y: 769 }, { x: 0, y: 0 }, odd))).toEqual([1, 1, 1366, 768])
  })
})

describe('a region that is moved', () => {
  it.each<[string, number, number, Four]>([
    ['a little', 5, -7, [105, 93, 320, 180]],
    ['too far left', -500, 0, [0, 100, 320, 180]],
    ['too far up', 0, -500, [100, 0, 320, 180]],
    ['too far right and down', 5000, 5000, [1120, 720, 320, 180]],
  ])('%s', (_, x, y, expected) => {
    expect(four(moved(area([100, 100, 320, 180]), { x, y }, desktop))).toEqual(expected)
  })
})

describe('a region that is held at a side', () => {
  const before = area([100, 100, 320, 180])

  it.each<[Grip, Four]>([
    [{ x: -1, y: -1 }, [110, 120, 310, 160]],
    [{ x: 0, y: -1 }, [100, 120, 320, 160]],
    [{ x: 1, y: -1 }, [100, 120, 330, 160]],
    [{ x: -1, y: 0 }, [110, 100, 310, 180]],
    [{ x: 1, y: 0 }, [100, 100, 330, 180]],
    [{ x: -1, y: 1 }, [110, 100, 310, 200]],
    [{ x: 0, y: 1 }, [100, 100, 320, 200]],
    [{ x: 1, y: 1 }, [100, 100, 330, 200]],
  ])('%o goes with the hand, and the others stay', (grip, expected) => {
    expect(four(resized(before, grip, { x: 10, y: 20 }, desktop))).toEqual(expected)
  })

  it.each<[string, Grip, [number, number], Four]>([
    ['no smaller than it may be', { x: -1, y: -1 }, [999, 999], [404, 264, 16, 16]],
    ['nor at its other corner', { x: 1, y: 1 }, [-999, -999], [100, 100, 16, 16]],
    ['no further than the desktop', { x: 1, y: 1 }, [9999, 9999], [100, 100, 1340, 800]],
    ['nor at its other corner', { x: -1, y: -1 }, [-9999, -9999], [0, 0, 420, 280]],
    ['to even sides', { x: 1, y: -1 }, [3, 3], [100, 104, 322, 176]],
  ])('%s: %o', (_, grip, [x, y], expected) => {
    expect(four(resized(before, grip, { x, y }, desktop))).toEqual(expected)
  })

  it('has eight of them', () => {
    expect(GRIPS).toHaveLength(8)
  })
})

describe('a hand', () => {
  const before = area([100, 400, 320, 180])
  const from = (x: number, y: number, area: Area | null, grip: Grip | null = null) =>
    four(dragged(area, grip, { x, y }, wide, screens)({ x: x + 40, y: y + 20 }))

  it('moves what it is in', () => {
    expect(from(200, 500, before)).toEqual([140, 420, 320, 180])
  })

  it('draws beside it, and where there is none', () => {
    expect(from(20, 20, before)).toEqual([20, 20, 40, 20])
    expect(from(200, 500, null)).toEqual([200, 500, 40, 20])
  })

  it('resizes what it has hold of, also from a little beside it', () => {
    expect(from(425, 585, before, { x: 1, y: 1 })).toEqual([100, 400, 360, 200])
  })

  it.each([...screens, wide])('draws in a whole screen: %o', (screen) => {
    expect(from(screen.x + 400, screen.y + 400, screen)).toEqual([screen.x + 400, screen.y + 400, 40, 20])
    expect(canMove(screen, [wide, ...screens])).toBe(false)
    expect(canMove({ ...screen, width: screen.width - 2 }, [wide, ...screens])).toBe(true)
  })
})

describe('an arrow key', () => {
  const before = area([100, 100, 320, 180])
  const none = { shiftKey: false, altKey: false, ctrlKey: false }

  it.each<[string, Partial<typeof none>, Four]>([
    ['ArrowLeft', {}, [90, 100, 320, 180]],
    ['ArrowRight', {}, [110, 100, 320, 180]],
    ['ArrowUp', {}, [100, 90, 320, 180]],
    ['ArrowDown', { altKey: true }, [100, 101, 320, 180]],
    ['ArrowDown', { ctrlKey: true }, [100, 101, 320, 180]],
    ['ArrowLeft', { shiftKey: true }, [100, 100, 310, 180]],
    ['ArrowRight', { shiftKey: true }, [100, 100, 330, 180]],
    ['ArrowUp', { shiftKey: true }, [100, 100, 320, 170]],
    ['ArrowDown', { shiftKey: true, altKey: true }, [100, 100, 320, 182]],
    ['ArrowLeft', { shiftKey: true, ctrlKey: true }, [100, 100, 318, 180]],
  ])('%s with %o', (key, held, expected) => {
    const after = stepped(before, { ...none, ...held, key }, desktop)
    expect(after && four(after)).toEqual(expected)
  })

  it('is no other key', () => {
    expect(stepped(before, { ...none, key: 'Enter' }, desktop)).toBeNull()
  })
})

describe('what is on the desktop', () => {
  it.each<[Four, boolean]>([
    [[0, 0, 1440, 900], true],
    [[1120, 720, 320, 180], true],
    [[1121, 720, 320, 180], false],
    [[0, 721, 320, 180], false],
    [[0, Number.NaN, 320, 180], false],
  ])('%o: %s', (part, is) => {
    expect(contains(desktop, area(part))).toBe(is)
  })
})
