//! One picture in the corner of another: how large it is, where it is, and its rows laid over those that are there.

use gstreamer as gst;

use crate::colours::Planes;
use crate::frames::size_of;

/// It is as wide as one of so many parts of the picture, and as high as one of so many at most.
const ACROSS: u32 = 5;
const DOWN: u32 = 2;
/// Between it and the edges is one of so many parts of the picture's width.
const MARGIN: u32 = 50;
/// A narrower one is to be recognised by nobody.
const LEAST: u32 = 16;

/// A small picture in the colours of the large one.
pub(super) struct Inset {
    size: (u32, u32),
    planes: Planes,
    buffer: gst::Buffer,
}

/// How wide and how high it may be in a picture of this size.
pub(super) fn room((width, height): (u32, u32)) -> (u32, u32) {
    let even = |length: u32| (length & !1).max(LEAST);
    (even(width / ACROSS), even(height / DOWN))
}

/// As large as a picture can be there in its own proportions. Its sides are even, as the large one's are.
pub(super) fn fitted(
    (width, height): (u32, u32),
    (own_width, own_height): (u32, u32),
) -> (u32, u32) {
    let share = |own: u32, of: u32, whole: u32| {
        let share = u64::from(own) * u64::from(of) / u64::from(whole.max(1));
        u32::try_from(share).unwrap_or(of)
    };
    let even = |length: u32| (length & !1).max(2);
    let down = share(own_height, width, own_width);
    if down <= height {
        (even(width), even(down))
    } else {
        (even(share(own_width, height, own_height)), even(height))
    }
}

/// Its upper left corner; `None` where the picture is too small for it.
fn corner(picture: (u32, u32), inset: (u32, u32)) -> Option<(usize, usize)> {
    let margin = (picture.0 / MARGIN) & !1;
    let place = |length: u32, own: u32| {
        let place = length.checked_sub(own + margin)? & !1;
        usize::try_from(place).ok()
    };
    Some((place(picture.0, inset.0)?, place(picture.1, inset.1)?))
}

impl Inset {
    /// A picture that came, as it is said to be.
    pub(super) fn of(caps: &gst::CapsRef, buffer: gst::Buffer) -> Option<Self> {
        let (width, height) = size_of(caps)?;
        Some(Self {
            size: (width, height),
            planes: Planes::of(width, height)?,
            buffer,
        })
    }

    /// Lays it over a picture; whether there was room for all of it.
    pub(super) fn lay_over(&self, size: (u32, u32), picture: &mut gst::Buffer) -> bool {
        let Some(planes) = Planes::of(size.0, size.1) else {
            return false;
        };
        let (Some(corner), Ok(points)) = (corner(size, self.size), self.buffer.map_readable())
        else {
            return false;
        };
        let Ok(mut bytes) = picture.make_mut().map_writable() else {
            return false;
        };
        let own = (self.planes, points.as_slice());
        lay(self.size, own, corner, (planes, bytes.as_mut_slice())).is_some()
    }
}

/// Lays so much of a picture over another, with its corner there.
fn lay(
    (width, height): (u32, u32),
    (own, points): (Planes, &[u8]),
    (x, y): (usize, usize),
    (planes, picture): (Planes, &mut [u8]),
) -> Option<()> {
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    for (from, to) in own.each().into_iter().zip(planes.each()) {
        let bytes = width / from.points;
        for row in 0..height / from.points {
            let source = from.start + row * from.stride;
            let target = to.start + (y / to.points + row) * to.stride + x / to.points;
            let source = points.get(source..source + bytes)?;
            picture
                .get_mut(target..target + bytes)?
                .copy_from_slice(source);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_fifth_in_the_lower_right_corner() {
        for (picture, camera, at) in [
            ((1920, 1080), (384, 288), (1498, 754)),
            ((1280, 720), (256, 144), (1000, 552)),
            ((640, 360), (128, 96), (500, 252)),
            ((320, 180), (64, 48), (250, 126)),
            // Upright, like a telephone's.
            ((1080, 1920), (216, 384), (844, 1516)),
            ((16, 16), (16, 16), (0, 0)),
        ] {
            assert_eq!(room(picture).0, camera.0, "{picture:?}");
            assert!(room(picture).1 >= camera.1, "{picture:?}");
            assert_eq!(corner(picture, camera), Some(at), "{picture:?}");
        }
        assert_eq!(corner((1920, 64), (384, 288)), None);
        assert_eq!(corner((16, 1080), (18, 18)), None);
    }

    #[test]
    fn it_keeps_its_proportions() {
        for (camera, fitting) in [
            ((640, 480), (384, 288)),
            ((1280, 720), (384, 216)),
            ((352, 288), (384, 314)),
            ((160, 120), (384, 288)),
            ((720, 1280), (302, 540)),
            ((1, 1000), (2, 540)),
            ((1000, 0), (384, 2)),
            ((0, 0), (384, 2)),
        ] {
            assert_eq!(fitted((384, 540), camera), fitting, "{camera:?}");
        }
    }

    #[test]
    fn its_rows_are_laid_over_those_that_are_there() {
        let (large, small) = (Planes::of(34, 18).unwrap(), Planes::of(6, 4).unwrap());
        let mut picture = vec![1; 36 * 18 + 2 * 20 * 9];
        let points: Vec<u8> = (100..100 + 8 * 4 + 2 * 4 * 2).collect();
        let own = (small, &points[..]);
        assert!(lay((6, 4), own, (28, 14), (large, &mut picture)).is_some());
        // Brightness: its last row ends where the picture does.
        assert_eq!(picture[17 * 36 + 27], 1);
        assert_eq!(picture[17 * 36 + 28..][..6], points[24..30]);
        assert_eq!(picture[13 * 36 + 28..][..6], [1; 6]);
        // Colours, half as many each way.
        let (blue, red) = (36 * 18, 36 * 18 + 20 * 9);
        assert_eq!(picture[blue + 7 * 20 + 14..][..3], points[32..35]);
        assert_eq!(picture[red + 8 * 20 + 14..][..3], points[44..47]);
        let changed = picture.iter().filter(|&&byte| byte != 1).count();
        assert_eq!(changed, 6 * 4 + 2 * 3 * 2);
    }

    #[test]
    fn what_is_too_small_is_not_read_beyond_its_end() {
        let (large, small) = (Planes::of(34, 18).unwrap(), Planes::of(6, 4).unwrap());
        let mut picture = vec![1; 36 * 18 + 2 * 20 * 9];
        let short = (small, &[100; 46][..]);
        assert!(lay((6, 4), short, (0, 0), (large, &mut picture)).is_none());
        let whole = (small, &[100; 48][..]);
        let shorter = &mut picture[..36 * 18];
        assert!(lay((6, 4), whole, (28, 14), (large, shorter)).is_none());
    }
}
