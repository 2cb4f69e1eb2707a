//! The pointer, which no picture of a window or of a desktop has in it.

use x11rb::protocol::xfixes::GetCursorImageReply;

use crate::grabber::BYTES_A_POINT;

/// Draws the pointer where it is on a picture whose upper left corner is at `origin`.
pub(crate) fn draw(
    picture: &mut [u8],
    width: u32,
    height: u32,
    origin: (i32, i32),
    cursor: &GetCursorImageReply,
) {
    let left = i32::from(cursor.x) - i32::from(cursor.xhot) - origin.0;
    let top = i32::from(cursor.y) - i32::from(cursor.yhot) - origin.1;
    let rows = cursor.cursor_image.chunks(usize::from(cursor.width).max(1));
    for (y, row) in (top..).zip(rows) {
        for (x, &point) in (left..).zip(row) {
            let (Ok(column), Ok(line)) = (u32::try_from(x), u32::try_from(y)) else {
                continue;
            };
            if column >= width || line >= height {
                continue;
            }
            let at = usize::try_from((line * width + column) * BYTES_A_POINT);
            let under = at.ok().and_then(|at| picture.get_mut(at..at + 3));
            if let Some(under) = under {
                blend(under, point);
            }
        }
    }
}

/// A point of a pointer over one of a picture. Its colours are multiplied with its opacity already.
/// Source: the X Fixes extension, version 4, section 8 ("Cursor Image Monitoring").
fn blend(under: &mut [u8], point: u32) {
    let [blue, green, red, opacity] = point.to_le_bytes();
    for (under, over) in under.iter_mut().zip([blue, green, red]) {
        let shows_through = u32::from(*under) * u32::from(u8::MAX - opacity) / u32::from(u8::MAX);
        *under = over.saturating_add(u8::try_from(shows_through).unwrap_or(u8::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(x: i16, y: i16) -> GetCursorImageReply {
        GetCursorImageReply {
            sequence: 0,
            length: 0,
            x,
            y,
            width: 2,
            height: 2,
            xhot: 1,
            yhot: 1,
            cursor_serial: 0,
            // Opaque white, half black, nothing, opaque red.
            cursor_image: vec![0xFFFF_FFFF, 0x8000_0000, 0, 0xFFFF_0000],
        }
    }

    #[test]
    fn the_pointer_is_drawn_where_it_is() {
        let mut picture = vec![100; 3 * 3 * 4];
        draw(&mut picture, 3, 3, (10, 20), &pointer(12, 22));
        let point = |x: usize, y: usize| &picture[(y * 3 + x) * 4..][..3];
        assert_eq!(point(0, 0), [100; 3]);
        assert_eq!(point(1, 1), [255; 3]);
        assert_eq!(point(2, 1), [49; 3]);
        assert_eq!(point(1, 2), [100; 3]);
        assert_eq!(point(2, 2), [0, 0, 255]);
    }

    #[test]
    fn a_pointer_that_is_elsewhere_is_not_drawn() {
        let blank = vec![100; 3 * 3 * 4];
        for (x, y) in [(0, 0), (14, 21), (11, 25), (i16::MIN, i16::MAX)] {
            let mut picture = blank.clone();
            draw(&mut picture, 3, 3, (10, 20), &pointer(x, y));
            assert_eq!(picture, blank, "{x},{y}");
        }
    }
}
