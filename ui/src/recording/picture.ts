// A picture that came as bytes, on a canvas: the page loads no pictures from anywhere.

import type { Area, Size } from './region'

// As the recorder has it: the camera is as wide as one of so many parts of the picture, as high as one of so many at most, and
// as far from its edges as one of so many parts of its width.
const ACROSS = 5
const DOWN = 2
const MARGIN = 50

/** Where a recording shows a camera's picture. */
export function corner(picture: Size, camera: Size): Area {
  const scale = Math.min(picture.width / ACROSS / camera.width, picture.height / DOWN / camera.height)
  const [width, height] = [camera.width * scale, camera.height * scale]
  const margin = picture.width / MARGIN
  return { x: picture.width - margin - width, y: picture.height - margin - height, width, height }
}

export const read = (png: ArrayBuffer): Promise<ImageBitmap> => createImageBitmap(new Blob([png], { type: 'image/png' }))

/**
 * Draws a picture, as large as it is, and a camera's in the corner of what is recorded of it: of all of it, or of one that is told
 * in parts of the picture, from 0 to 1.
 */
export function draw(canvas: HTMLCanvasElement, picture: ImageBitmap, camera: ImageBitmap | null, recorded: Area): void {
  canvas.width = picture.width
  canvas.height = picture.height
  const pen = canvas.getContext('2d')
  pen?.drawImage(picture, 0, 0)
  if (!camera) return
  const size = { width: picture.width * recorded.width, height: picture.height * recorded.height }
  const { x, y, width, height } = corner(size, camera)
  pen?.drawImage(camera, picture.width * recorded.x + x, picture.height * recorded.y + y, width, height)
}
