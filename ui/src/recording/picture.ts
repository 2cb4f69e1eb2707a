// A picture that came as bytes, on a canvas: the page loads no pictures from anywhere.

// As the recorder has it: the camera is as wide as one of so many parts of the picture, as high as one of so many at most, and
// as far from its edges as one of so many parts of its width.
const ACROSS = 5
const DOWN = 2
const MARGIN = 50

interface Size {
  width: number
  height: number
}

/** Where a recording shows a camera's picture. */
export function corner(picture: Size, camera: Size): Size & { x: number; y: number } {
  const scale = Math.min(picture.width / ACROSS / camera.width, picture.height / DOWN / camera.height)
  const [width, height] = [camera.width * scale, camera.height * scale]
  const margin = picture.width / MARGIN
  return { x: picture.width - margin - width, y: picture.height - margin - height, width, height }
}

const read = (png: ArrayBuffer): Promise<ImageBitmap> => createImageBitmap(new Blob([png], { type: 'image/png' }))

/** Draws a PNG, as large as it is, and a camera's in its corner. */
export async function draw(png: ArrayBuffer, canvas: HTMLCanvasElement, camera: ArrayBuffer | null): Promise<void> {
  const picture = await read(png)
  const face = camera && (await read(camera))
  canvas.width = picture.width
  canvas.height = picture.height
  const pen = canvas.getContext('2d')
  pen?.drawImage(picture, 0, 0)
  if (face) {
    const { x, y, width, height } = corner(picture, face)
    pen?.drawImage(face, x, y, width, height)
    face.close()
  }
  picture.close()
}
