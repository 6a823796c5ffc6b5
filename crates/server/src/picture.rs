//! Pictures that agents choose: read, checked, and made anew. What is stored is a PNG of this module, so that nothing of the
//! file gets further than here: no place where it was taken, no second meaning of its bytes.

use std::io::Cursor;

use anyhow::{Context, anyhow};
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::{PngDecoder, PngEncoder};
use image::codecs::webp::WebPDecoder;
use image::error::LimitErrorKind;
use image::imageops;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, Limits, RgbaImage};
use porchlight_protocol::ErrorCode;
use porchlight_protocol::limits::{PICTURE_BYTES_MAX, PICTURE_PIXELS_MAX, PICTURE_SIDE};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Bytes of a pixel: red, green, blue and opacity.
const PIXEL_BYTES: u64 = 4;

/// Pictures that are read at the same time, each of which may need some hundred MB.
static AT_ONCE: Semaphore = Semaphore::const_new(1);

/// Makes the picture that is stored of the file that an agent has chosen, on a thread that may take its time.
pub async fn small(file: impl AsRef<[u8]> + Send + 'static) -> Result<Vec<u8>> {
    let permit = AT_ONCE.acquire().await.context("no more pictures")?;
    let made = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        made_of(file.as_ref())
    });
    made.await.context("a picture was not made")?
}

/// The square in the middle of the picture, [`PICTURE_SIDE`] wide and the right way up, as a PNG.
fn made_of(file: &[u8]) -> Result<Vec<u8>> {
    if file.len() > PICTURE_BYTES_MAX {
        return Err(ErrorCode::PictureTooLarge.into());
    }
    // By what the file begins with: its name and its declared type can say anything.
    let (picture, turned) = match image::guess_format(file) {
        Ok(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(Cursor::new(file), limits()).map_err(refused)?;
            must_stand_still(decoder.is_apng().map_err(refused)?)?;
            read(decoder)?
        }
        Ok(ImageFormat::WebP) => {
            let decoder = WebPDecoder::new(Cursor::new(file)).map_err(refused)?;
            must_stand_still(decoder.has_animation())?;
            read(decoder)?
        }
        Ok(ImageFormat::Jpeg) if is_whole_jpeg(file) => {
            read(JpegDecoder::new(Cursor::new(file)).map_err(refused)?)?
        }
        _ => return Err(ErrorCode::PictureInvalid.into()),
    };
    let mut square = DynamicImage::ImageRgba8(in_the_middle(&picture));
    square.apply_orientation(turned);
    let mut png = Vec::new();
    square.write_with_encoder(PngEncoder::new(&mut png)).map_err(|error| anyhow!(error))?;
    Ok(png)
}

/// Decodes a picture whose head says that it is not too large, and how a camera was held.
fn read(mut decoder: impl ImageDecoder) -> Result<(DynamicImage, image::metadata::Orientation)> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PICTURE_PIXELS_MAX || decoder.total_bytes() > limit_bytes() {
        return Err(ErrorCode::PictureTooLarge.into());
    }
    decoder.set_limits(limits()).map_err(refused)?;
    // A picture whose metadata can't be read is one all the same.
    let turned = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    Ok((DynamicImage::from_decoder(decoder).map_err(refused)?, turned))
}

const fn limit_bytes() -> u64 {
    PICTURE_PIXELS_MAX * PIXEL_BYTES
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    // A decoder holds its own rows beside the pixels.
    limits.max_alloc = Some(2 * limit_bytes());
    limits
}

fn must_stand_still(moves: bool) -> Result<()> {
    if moves { Err(ErrorCode::PictureAnimated.into()) } else { Ok(()) }
}

fn refused(error: ImageError) -> Error {
    let too_large = matches!(&error, ImageError::Limits(limit)
        if matches!(limit.kind(), LimitErrorKind::DimensionError | LimitErrorKind::InsufficientMemory));
    if too_large { ErrorCode::PictureTooLarge.into() } else { ErrorCode::PictureInvalid.into() }
}

/// The square in the middle, made as large as pictures are stored. It is the same square however the picture is turned.
fn in_the_middle(picture: &DynamicImage) -> RgbaImage {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let square = imageops::crop_imm(picture, (width - side) / 2, (height - side) / 2, side, side);
    // Each pixel counts for the average where there are many; few are drawn softly.
    if side >= PICTURE_SIDE {
        imageops::thumbnail(&*square, PICTURE_SIDE, PICTURE_SIDE)
    } else {
        let soft = imageops::FilterType::CatmullRom;
        imageops::resize(&*square, PICTURE_SIDE, PICTURE_SIDE, soft)
    }
}

/// True if a JPEG goes on to its end. Its decoder fills what is missing with grey.
fn is_whole_jpeg(file: &[u8]) -> bool {
    /// Marks the end of the picture.
    const END: u8 = 0xd9;
    let mut rest = file.get(2..).unwrap_or_default();
    loop {
        // What is between two markers are the pixels, in which 0xff stands before 0 or a restart, or is repeated.
        let Some(at) = rest.windows(2).position(|pair| {
            matches!(pair, [0xff, marker] if !matches!(marker, 0 | 0x01 | 0xd0..=0xd7 | 0xff))
        }) else {
            return false;
        };
        rest = rest.get(at + 1..).unwrap_or_default();
        let [marker, high, low, ..] = rest else {
            return rest.first() == Some(&END);
        };
        if *marker == END {
            return true;
        }
        // A segment has its length in front, which counts itself: a preview in it has an end of its own.
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        rest = rest.get(1 + length..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba};

    use super::*;

    /// A picture in this format: red on the left, blue on the right.
    fn drawn(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) }
        });
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    fn code(file: &[u8]) -> String {
        made_of(file).unwrap_err().refusal().unwrap().code.as_str().to_owned()
    }

    fn pixels(png: &[u8]) -> RgbaImage {
        image::load_from_memory_with_format(png, ImageFormat::Png).unwrap().to_rgba8()
    }

    fn is_red(pixel: Rgba<u8>) -> bool {
        pixel[0] > 200 && pixel[2] < 60
    }

    const FORMATS: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];

    #[test]
    fn every_format_becomes_the_square_in_the_middle() {
        for format in FORMATS {
            for (width, height) in [(640, 400), (400, 640), (128, 128), (40, 30), (1, 1), (900, 2)]
            {
                let png = made_of(&drawn(width, height, format)).unwrap();
                let small = pixels(&png);
                assert_eq!(small.dimensions(), (128, 128), "{format:?} {width} {height}");
                if width > 1 {
                    assert!(is_red(*small.get_pixel(8, 64)), "{format:?} {width} {height}");
                    assert!(!is_red(*small.get_pixel(120, 64)), "{format:?} {width} {height}");
                }
            }
        }
    }

    #[test]
    fn a_picture_of_ours_stays_as_it_is() {
        let once = made_of(&drawn(640, 400, ImageFormat::Jpeg)).unwrap();
        assert!(made_of(&once).unwrap() == once, "it would change each time that it is put back");
    }

    #[test]
    fn a_camera_that_was_turned_makes_upright_pictures() {
        // EXIF: little-endian, one entry, orientation 6, which is a quarter turn clockwise.
        let exif = [
            b"Exif\0\0II*\0\x08\0\0\0".as_slice(),
            &[1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0],
        ]
        .concat();
        let plain = drawn(200, 200, ImageFormat::Jpeg);
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let turned = [&plain[..2], &[0xff, 0xe1], &length, &exif, &plain[2..]].concat();
        let small = pixels(&made_of(&turned).unwrap());
        assert!(is_red(*small.get_pixel(64, 8)), "the left is above");
        assert!(!is_red(*small.get_pixel(64, 120)));
        assert!(!String::from_utf8_lossy(&made_of(&turned).unwrap()).contains("Exif"));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
        let gif = b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xf9\x04\x01\0\0\0\0";
        for file in [b"".as_slice(), b"hello", svg, gif, &[0xff, 0xd8, 0xff], &[0; 4096]] {
            assert_eq!(code(file), "picture_invalid", "{:?}", String::from_utf8_lossy(file));
        }
    }

    #[test]
    fn what_is_cut_off_is_refused_wherever_the_cut_is() {
        for format in FORMATS {
            let file = drawn(300, 200, format);
            // What has all its pixels is whole, though it has no end or the last checksums are missing.
            let end = match format {
                ImageFormat::Png => file.len() - 24,
                ImageFormat::WebP => file.len() - 1,
                _ => file.len(),
            };
            for part in (1..end).step_by(end / 60 + 1) {
                let made = made_of(&file[..part]);
                assert!(made.is_err(), "{format:?} {part} of {}", file.len());
            }
        }
    }

    #[test]
    fn bytes_after_the_end_and_a_preview_with_an_end_of_its_own_do_not_matter() {
        let plain = drawn(200, 200, ImageFormat::Jpeg);
        made_of(&[&plain[..], b"a trailer"].concat()).unwrap();
        let preview = [0xff, 0xec, 0, 6, 0xff, 0xd8, 0xff, 0xd9];
        let with = [&plain[..2], &preview, &plain[2..]].concat();
        made_of(&with).unwrap();
        assert_eq!(code(&with[..with.len() - 2]), "picture_invalid");
    }

    #[test]
    fn a_bomb_is_refused_by_its_head() {
        let bomb = png_of(10_000, png::ColorType::Grayscale, png::BitDepth::One);
        assert_eq!(code(&bomb), "picture_too_large");
        // Few enough pixels, of which each takes twice the usual bytes.
        let deep = png_of(4_000, png::ColorType::Rgba, png::BitDepth::Sixteen);
        assert_eq!(code(&deep), "picture_too_large");
        assert_eq!(code(&vec![0; PICTURE_BYTES_MAX + 1]), "picture_too_large");
    }

    /// The beginning of a square PNG.
    fn png_of(side: u32, color: png::ColorType, depth: png::BitDepth) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(color);
        encoder.set_depth(depth);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, b"\x78\x01\x01\x00\x00\xff\xff").unwrap();
        drop(writer);
        file
    }

    #[test]
    fn what_moves_is_refused() {
        let mut apng = Vec::new();
        let mut encoder = png::Encoder::new(&mut apng, 2, 2);
        encoder.set_animated(2, 0).unwrap();
        let mut writer = encoder.write_header().unwrap();
        for _ in 0..2 {
            writer.write_image_data(&[0; 4]).unwrap();
        }
        writer.finish().unwrap();
        assert_eq!(code(&apng), "picture_animated");
        assert_eq!(code(&animated_webp()), "picture_animated");
    }

    /// A WebP of one frame that says that it moves.
    fn animated_webp() -> Vec<u8> {
        let still = drawn(2, 2, ImageFormat::WebP);
        let chunk = |name: &[u8], data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            let pad = vec![0; data.len() % 2];
            [name, &length, data, &pad].concat()
        };
        let frame = [&[0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 100, 0, 0, 0], &still[12..]].concat();
        let all = [
            b"WEBP".to_vec(),
            chunk(b"VP8X", &[2, 0, 0, 0, 1, 0, 0, 1, 0, 0]),
            chunk(b"ANIM", &[0; 6]),
            chunk(b"ANMF", &frame),
            chunk(b"ANMF", &frame),
        ]
        .concat();
        chunk(b"RIFF", &all)
    }
}
