// A picture that came as bytes, on a canvas: the page loads no pictures from anywhere.

/** Draws a PNG, as large as it is. */
export async function draw(png: ArrayBuffer, canvas: HTMLCanvasElement): Promise<void> {
  const picture = await createImageBitmap(new Blob([png], { type: 'image/png' }))
  canvas.width = picture.width
  canvas.height = picture.height
  canvas.getContext('2d')?.drawImage(picture, 0, 0)
  picture.close()
}
