import os
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from kerasgan.datasets import image_folder

pytestmark = pytest.mark.once


def save(path, pixels, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path, **options)
    return path


def flat(colour, height=12, width=12):
    return np.broadcast_to(np.array(colour, np.uint8), (height, width, len(colour)))


@pytest.fixture(autouse=True)
def _warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "webp", "gif", "bmp", "PNG"])
def test_image_folder_reads_each_format(tmp_path, suffix):
    save(tmp_path / f"a.{suffix}", flat((200, 40, 90)))
    images = image_folder(tmp_path, image_size=8)
    assert images.shape == (1, 8, 8, 3)
    assert images.dtype == np.uint8
    np.testing.assert_allclose(images[0].reshape(-1, 3), [(200, 40, 90)] * 64, atol=4)


def test_image_folder_keeps_pixels_of_the_asked_size(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    save(tmp_path / "a.png", pixels)
    images = image_folder(str(tmp_path), image_size=(5, 7))
    np.testing.assert_array_equal(images[0], pixels)


def test_image_folder_is_recursive_sorted_and_passes_over_the_rest(tmp_path):
    for value, name in enumerate(["b.png", "a/z.png", "c/d/e.png", "a/b.png"]):
        save(tmp_path / name, flat((value,) * 3))
    save(tmp_path / ".hidden.png", flat((99, 99, 99)))
    save(tmp_path / ".thumbs/t.png", flat((99, 99, 99)))
    (tmp_path / "notes.txt").write_text("not a picture")
    images = image_folder(tmp_path, image_size=4)
    assert images[:, 0, 0, 0].tolist() == [3, 1, 0, 2]


def test_image_folder_crops_around_the_centre(tmp_path):
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, 10:20] = (10, 20, 30)
    save(tmp_path / "a.png", wide)
    save(tmp_path / "b.png", wide.transpose(1, 0, 2))
    images = image_folder(tmp_path, image_size=10)
    np.testing.assert_array_equal(images[0], wide[:, 10:20])
    np.testing.assert_array_equal(images[1], wide[:, 10:20])


def test_image_folder_crops_to_the_target_aspect(tmp_path):
    pixels = np.zeros((20, 20, 3), np.uint8)
    pixels[5:15] = 255
    save(tmp_path / "a.png", pixels)
    images = image_folder(tmp_path, image_size=(10, 20))
    assert images.shape == (1, 10, 20, 3)
    assert images.min() == 255


def test_image_folder_averages_when_it_shrinks(tmp_path):
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    save(tmp_path / "a.png", np.repeat(board[:, :, None], 3, axis=2))
    images = image_folder(tmp_path, image_size=8)
    np.testing.assert_allclose(images, 127.5, atol=3)


def test_image_folder_enlarges_small_pictures(tmp_path):
    save(tmp_path / "a.png", flat((9, 8, 7), 1, 1))
    images = image_folder(tmp_path, image_size=16)
    assert np.unique(images.reshape(-1, 3), axis=0).tolist() == [[9, 8, 7]]


def test_image_folder_gives_grey_in_one_channel(tmp_path):
    save(tmp_path / "a.png", flat((255, 0, 0)))
    save(tmp_path / "b.png", np.full((6, 6), 77))
    images = image_folder(tmp_path, image_size=4, color_mode="grayscale")
    assert images.shape == (2, 4, 4, 1)
    # Red's weight in ITU-R 601 luma is 0.299.
    assert images[0, 0, 0, 0] == round(0.299 * 255)
    assert images[1, 0, 0, 0] == 77
    as_rgb = image_folder(tmp_path, image_size=4)
    assert as_rgb[1, 0, 0].tolist() == [77, 77, 77]


def test_image_folder_puts_transparency_on_white(tmp_path):
    save(tmp_path / "a.png", flat((200, 0, 100, 0)))
    save(tmp_path / "b.png", flat((200, 0, 100, 128)))
    save(tmp_path / "c.png", flat((40, 0)))
    images = image_folder(tmp_path, image_size=4)[:, 0, 0].astype(int)
    assert images[0].tolist() == [255, 255, 255]
    by_hand = [255 + (value - 255) * 128 / 255 for value in (200, 0, 100)]
    np.testing.assert_allclose(images[1], by_hand, atol=1)
    assert images[2].tolist() == [255, 255, 255]


def test_image_folder_reads_palettes_with_and_without_transparency(tmp_path):
    picture = Image.fromarray(flat((0, 128, 255))).quantize(4)
    picture.save(tmp_path / "a.png")
    index = picture.getpixel((0, 0))
    picture.save(tmp_path / "b.png", transparency=index)
    images = image_folder(tmp_path, image_size=4)
    assert images[0, 0, 0].tolist() == [0, 128, 255]
    assert images[1, 0, 0].tolist() == [255, 255, 255]


def test_image_folder_scales_sixteen_bits_to_eight(tmp_path):
    for name, value in (("a", 0), ("b", 257 * 100), ("c", 65535)):
        Image.fromarray(np.full((6, 6), value, np.uint16)).save(
            tmp_path / f"{name}.png"
        )
    images = image_folder(tmp_path, image_size=4, color_mode="grayscale")
    assert images[:, 0, 0, 0].tolist() == [0, 100, 255]


def test_image_folder_reads_one_bit_and_cmyk(tmp_path):
    Image.new("1", (6, 6), 1).save(tmp_path / "a.png")
    Image.new("CMYK", (6, 6), (0, 255, 255, 0)).save(tmp_path / "b.jpg")
    images = image_folder(tmp_path, image_size=4)
    assert images[0].min() == 255
    np.testing.assert_allclose(images[1, 0, 0], (255, 0, 0), atol=4)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_image_folder_honours_the_exif_orientation(tmp_path, orientation):
    upright = np.zeros((16, 24, 3), np.uint8)
    upright[:8, :12] = (250, 0, 0)
    upright[:8, 12:] = (0, 250, 0)
    upright[8:, :12] = (0, 0, 250)
    # What the camera stores, so that the tagged turn gives the upright picture.
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(tmp_path / "a.png", np.ascontiguousarray(undo(upright)), exif=exif)
    images = image_folder(tmp_path, image_size=(16, 24))
    np.testing.assert_array_equal(images[0], upright)


def test_image_folder_reads_a_large_jpeg_as_the_same_picture(tmp_path):
    ramp = np.linspace(0, 255, 1200)
    pixels = np.stack(
        [np.tile(ramp, (900, 1)), np.tile(ramp[:900, None], (1, 1200))], 2
    )
    save(tmp_path / "a.jpg", np.pad(pixels, ((0, 0), (0, 0), (0, 1))), quality=95)
    images = image_folder(tmp_path, image_size=(9, 12)).astype(float)
    by_hand = pixels.reshape(9, 100, 12, 100, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(images[0, :, :, :2], by_hand, atol=4)


def test_image_folder_labels_by_the_immediate_subfolder(tmp_path):
    for value, name in enumerate(["dog/1.png", "cat/deep/er/2.png", "cat/3.png"]):
        save(tmp_path / name, flat((value,) * 3))
    (tmp_path / "empty").mkdir()
    images, labels, names = image_folder(tmp_path, image_size=4, labels=True)
    assert names == ["cat", "dog"]
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 0, 1]
    assert images[:, 0, 0, 0].tolist() == [2, 1, 0]


def test_image_folder_with_labels_rejects_loose_pictures(tmp_path):
    save(tmp_path / "cat/1.png", flat((1, 1, 1)))
    save(tmp_path / "loose.png", flat((1, 1, 1)))
    with pytest.raises(ValueError, match=r"1 are not: loose\.png"):
        image_folder(tmp_path, labels=True)


def write_broken(folder):
    """Writes four files, each broken in its own way, beside two good ones."""
    save(folder / "b/good.png", flat((5, 5, 5)))
    save(folder / "c/good.jpg", flat((6, 6, 6), 40, 40))
    (folder / "a").mkdir()
    (folder / "a/text.png").write_text("this is no picture")
    (folder / "a/empty.gif").write_bytes(b"")
    half = (folder / "c/good.jpg").read_bytes()
    (folder / "c/half.jpg").write_bytes(half[: len(half) - 100])
    (folder / "d.webp").write_bytes(b"RIFF\x10\x00\x00\x00WEBPVP8 ")
    return ["a/empty.gif", "a/text.png", "c/half.jpg", "d.webp"]


def test_image_folder_skips_broken_files_with_one_warning(tmp_path):
    broken = write_broken(tmp_path)
    with pytest.warns(UserWarning, match="4 of 6 pictures") as caught:
        images = image_folder(tmp_path, image_size=4)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    assert all(name in message for name in broken)
    assert images.shape == (2, 4, 4, 3)
    np.testing.assert_allclose(images[:, 0, 0, 0], [5, 6], atol=2)


def test_image_folder_raises_one_error_that_names_all_broken_files(tmp_path):
    broken = write_broken(tmp_path)
    with pytest.raises(ValueError, match="4 of 6 pictures") as caught:
        image_folder(tmp_path, on_error="raise")
    assert all(name in str(caught.value) for name in broken)
    assert "good" not in str(caught.value)


def test_image_folder_skipping_keeps_labels_beside_their_pictures(tmp_path):
    for name, value in (("x/1", 10), ("y/2", 20), ("z/3", 30)):
        save(tmp_path / f"{name}.png", flat((value,) * 3))
    (tmp_path / "x/0.png").write_text("broken")
    (tmp_path / "y/2.png").write_text("broken")
    with pytest.warns(UserWarning, match="2 of 4"):
        images, labels, names = image_folder(tmp_path, image_size=4, labels=True)
    assert images[:, 0, 0, 0].tolist() == [10, 30]
    assert labels.tolist() == [0, 2]
    assert names == ["x", "y", "z"]


def test_image_folder_warning_names_ten_and_counts_the_rest(tmp_path):
    save(tmp_path / "good.png", flat((1, 1, 1)))
    for number in range(13):
        (tmp_path / f"broken{number:02}.png").write_text("broken")
    with pytest.warns(UserWarning, match="and 3 more") as caught:
        image_folder(tmp_path, image_size=4)
    assert "broken09.png" in str(caught[0].message)
    assert "broken10.png" not in str(caught[0].message)
    with pytest.raises(ValueError, match=r"broken12\.png"):
        image_folder(tmp_path, image_size=4, on_error="raise")


def test_image_folder_treats_a_decompression_bomb_as_broken(tmp_path):
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = b"\x89PNG\r\n\x1a\n"
    for kind, data in (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        chunks += struct.pack(">I", len(data)) + kind + data + checksum
    (tmp_path / "bomb.png").write_bytes(chunks)
    save(tmp_path / "good.png", flat((1, 1, 1)))
    with pytest.warns(UserWarning, match=r"bomb\.png \(.*decompression bomb"):
        images = image_folder(tmp_path, image_size=4)
    assert len(images) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_image_folder_skips_what_is_no_regular_file(tmp_path):
    save(tmp_path / "good.png", flat((1, 1, 1)))
    os.mkfifo(tmp_path / "fifo.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    (tmp_path / "endless.png").symlink_to("/dev/zero")
    with pytest.warns(UserWarning, match="4 of 5 pictures") as caught:
        images = image_folder(tmp_path, image_size=4)
    assert len(images) == 1
    for name in ("fifo.png", "loop.png", "gone.png", "endless.png"):
        assert f"{name} (it is no regular file)" in str(caught[0].message)


def test_image_folder_follows_no_link_to_a_folder(tmp_path):
    save(tmp_path / "a/good.png", flat((1, 1, 1)))
    (tmp_path / "a/again").symlink_to(tmp_path)
    assert len(image_folder(tmp_path, image_size=4)) == 1


def test_image_folder_reads_a_link_to_a_picture(tmp_path):
    save(tmp_path / "elsewhere/a.png", flat((9, 9, 9)))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/b.png").symlink_to(tmp_path / "elsewhere/a.png")
    assert image_folder(tmp_path / "photos", image_size=4)[0, 0, 0, 0] == 9


@pytest.mark.skipif(os.getuid() == 0, reason="root may read anything")
def test_image_folder_skips_a_file_that_may_not_be_read(tmp_path):
    save(tmp_path / "good.png", flat((1, 1, 1)))
    save(tmp_path / "secret.png", flat((1, 1, 1))).chmod(0)
    with pytest.warns(UserWarning, match=r"1 of 2.*secret\.png .*Permission"):
        assert len(image_folder(tmp_path, image_size=4)) == 1


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_image_folder_reads_the_first_frame_of_an_animation(tmp_path, suffix):
    frames = [Image.fromarray(flat((v, v, v))) for v in (40, 200)]
    path = tmp_path / f"a.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], lossless=True)
    images = image_folder(tmp_path, image_size=4)
    np.testing.assert_allclose(images, 40, atol=2)


def test_image_folder_reads_files_with_odd_names(tmp_path):
    odd = ["a b.png", "\u00fc\u4e2d.png", "-rf.png", "new\nline.png", "'\";$(x).png"]
    names = [name.encode() for name in odd] + [b"\xff\xfe.png", b"x" * 250 + b".png"]
    save(tmp_path / "good.png", flat((7, 7, 7)))
    data = (tmp_path / "good.png").read_bytes()
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(data)
    images = image_folder(tmp_path, image_size=4)
    assert len(images) == len(names) + 1 and (images == 7).all()


def test_image_folder_warns_of_files_with_odd_names(tmp_path):
    save(tmp_path / "good.png", flat((7, 7, 7)))
    with open(os.path.join(os.fsencode(tmp_path), b"\xff\n.png"), "wb") as file:
        file.write(b"broken")
    with pytest.warns(UserWarning, match="1 of 2") as caught:
        image_folder(tmp_path, image_size=4)
    # A warning that no terminal can print would hide all others.
    str(caught[0].message).encode("utf-8")
    assert "\n" not in str(caught[0].message)


def test_image_folder_reads_deeper_pictures_than_eight_bits(tmp_path):
    Image.fromarray(np.full((6, 6), 257 * 100, np.uint16)).save(tmp_path / "a.png")
    Image.new("RGBA", (6, 6), (100, 100, 100, 255)).save(tmp_path / "b.webp")
    Image.new("P", (6, 6)).save(tmp_path / "c.gif")
    assert image_folder(tmp_path, image_size=4).shape == (3, 4, 4, 3)


def test_image_folder_rejects_a_folder_without_a_readable_picture(tmp_path):
    (tmp_path / "a.png").write_text("broken")
    with pytest.raises(ValueError, match=r"none is left: a\.png"):
        image_folder(tmp_path)


def test_image_folder_rejects_a_folder_without_pictures(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match=r"no picture in the folder.*\.webp"):
        image_folder(tmp_path)


def test_image_folder_rejects_a_missing_path(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        image_folder(tmp_path / "absent")


def test_image_folder_rejects_a_file(tmp_path):
    path = save(tmp_path / "a.png", flat((1, 1, 1)))
    with pytest.raises(NotADirectoryError, match="this is a file"):
        image_folder(path)


@pytest.mark.parametrize(
    "image_size", [0, -3, 2.5, "64", None, True, (4,), (4, 0), (4, 4, 3), (4, 2.0)]
)
def test_image_folder_rejects_a_bad_image_size(tmp_path, image_size):
    with pytest.raises(ValueError, match=r"`image_size` must be.*Received: image_size"):
        image_folder(tmp_path, image_size=image_size)


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"color_mode": "gray"}, r"`color_mode`.*\['rgb', 'grayscale'\].*'gray'"),
        ({"on_error": "ignore"}, r"`on_error`.*\['skip', 'raise'\].*'ignore'"),
    ],
)
def test_image_folder_rejects_a_bad_choice(tmp_path, argument, message):
    with pytest.raises(ValueError, match=message):
        image_folder(tmp_path, **argument)
