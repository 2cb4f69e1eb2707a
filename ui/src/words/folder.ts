// What is said of a watched folder and its files.

import type { Folder, SeenOutcome } from '$tauri'

/** What came of a file. */
export function seen(outcome: SeenOutcome): string {
  switch (outcome.name) {
    case 'taken':
      return 'In the list of uploads'
    case 'known':
      return 'Uploaded before, under another name'
    case 'left':
      return `Left where it is. ${outcome.failure.message}`
  }
}

/** One line about the folder, where there is something to tell. */
export function folderLine(folder: Folder | null): string | null {
  switch (folder?.state.name) {
    case 'watching':
    case 'opening':
      return `Watching ${folder.path}`
    case 'lost':
      return `${folder.path} cannot be read. It is watched again as soon as it is back.`
    default:
      return null
  }
}
