import { expect, test } from 'vitest'
import type { Folder } from '$tauri'
import { folderLine, seen } from './folder'

const failure = { code: 'not_webm', message: 'This is an MP4 file.', hint: '', retryable: false }
const folder = (state: Folder['state']): Folder => ({ path: '~/Videos', task: 'onboarding', state, recent: [] })

test('a folder is told of while something is done about it', () => {
  expect(folderLine(null)).toBeNull()
  expect(folderLine(folder({ name: 'off' }))).toBeNull()
  expect(folderLine(folder({ name: 'somebody_else', email: 'ada@one.example' }))).toBeNull()
  expect(folderLine(folder({ name: 'watching' }))).toBe('Watching ~/Videos')
  expect(folderLine(folder({ name: 'lost', failure }))).toContain('as soon as it is back')
})

test('a file that is left says why', () => {
  expect(seen({ name: 'left', failure })).toBe('Left where it is. This is an MP4 file.')
  expect(seen({ name: 'known' })).toContain('before')
})
