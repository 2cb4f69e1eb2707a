// File names, where there is little room for them.

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** Shorter names are not cut. */
const LONG = 20
/** Of a name's end, so many characters are always to be seen; rather those from the beginning of a word on. */
const TAIL = 8
const LEAST_WORDS = 4
const MOST_WORDS = 14

/** A name without the ending that all recordings have. */
export const withoutEnding = (name: string): string => name.replace(/(?<=.)\.webm$/i, '')

/** A name in two: what may be cut off where there is no room, and the end, which often tells more. */
export function halves(name: string): [head: string, tail: string] {
  const letters = [...SEGMENTER.segment(name)].map(({ segment }) => segment)
  if (letters.length < LONG) return [name, '']
  const word = letters.findIndex((letter, at) => at >= letters.length - MOST_WORDS && letter.trim() === '')
  const cut = word === -1 || word > letters.length - LEAST_WORDS ? letters.length - TAIL : word
  return [letters.slice(0, cut).join(''), letters.slice(cut).join('')]
}
