import io

import pytest
from PIL import Image
from sqlalchemy import select

from core.base.database import db
from core.catalog import queries, service
from core.catalog.errors import ImageNotFound, PictureRefused
from core.catalog.models import Asset
from core.catalog.pictures import prepare_picture, small_key


def test_a_picture_is_kept_in_two_sizes_and_stands_for_its_product(merchant, make_product, picture):
    product_id = make_product()
    service.add_image(merchant, product_id, picture((1600, 900)), alt="Leaves")
    product = queries.product_by_id(merchant, product_id)
    (image,) = product.images
    assert (image.alt, image.width, image.height) == ("Leaves", 1200, 675)
    assert product.version == 2
    (card,) = queries.list_products(merchant).rows
    assert card.image_url == image.small_url
    sizes = {}
    for asset in db.session.scalars(select(Asset)):
        assert asset.media_type == "image/webp"
        sizes[asset.hash] = Image.open(io.BytesIO(asset.content)).size
    key = image.url.split("/")[-1].removesuffix(".webp")
    assert sizes == {key: (1200, 675), small_key(key): (480, 270)}


def test_the_same_picture_twice_is_kept_once(merchant, make_product, picture):
    product_id = make_product()
    for _ in range(2):
        service.add_image(merchant, product_id, picture())
    assert len(queries.product_by_id(merchant, product_id).images) == 2
    assert len(db.session.scalars(select(Asset.hash)).all()) == 2


def test_the_first_picture_in_order_stands_for_the_product(merchant, make_product, picture):
    product_id = make_product()
    first = service.add_image(merchant, product_id, picture(colour="red"))
    second = service.add_image(merchant, product_id, picture(colour="blue"))
    service.reorder_images(merchant, product_id, [second, first])
    images = queries.product_by_id(merchant, product_id).images
    assert [image.id for image in images] == [second, first]
    assert queries.list_products(merchant).rows[0].image_url == images[0].small_url
    service.remove_image(merchant, second)
    assert queries.list_products(merchant).rows[0].image_url == images[1].small_url
    with pytest.raises(ImageNotFound):
        service.reorder_images(merchant, product_id, [second, first])


def test_a_picture_of_another_merchant_does_not_exist(merchant, other_merchant, make_product, picture):
    image_id = service.add_image(merchant, make_product(), picture())
    with pytest.raises(ImageNotFound):
        service.remove_image(other_merchant, image_id)


def test_see_through_pictures_stay_see_through_and_cameras_turn_is_applied(picture):
    clear = prepare_picture(picture((100, 60), mode="RGBA", colour=(0, 0, 0, 0)))
    assert Image.open(io.BytesIO(clear.large)).mode == "RGBA"
    turned = Image.Exif()
    turned[0x0112] = 6
    upright = prepare_picture(picture((100, 60), "JPEG", exif=turned))
    assert (upright.width, upright.height) == (60, 100)
    assert not Image.open(io.BytesIO(upright.large)).getexif()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "picture_kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "picture_kind"),
        (b"MZ" + b"\0" * 200, "picture_kind"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "picture_kind"),
        (b"\0" * (12 * 1024 * 1024 + 1), "picture_bytes"),
    ],
)
def test_what_is_not_a_picture_is_refused_whatever_it_is_called(content, code):
    with pytest.raises(PictureRefused) as refused:
        prepare_picture(content)
    assert refused.value.code == code


def test_a_small_file_that_unpacks_to_a_huge_picture_is_refused_before_it_is_unpacked(picture):
    bomb = picture((9000, 9000), mode="1", colour=0)
    assert len(bomb) < 100_000
    with pytest.raises(PictureRefused) as refused:
        prepare_picture(bomb)
    assert refused.value.code == "picture_pixels"


def test_a_picture_cut_short_is_refused(picture):
    whole = picture((800, 800), "JPEG")
    with pytest.raises(PictureRefused) as refused:
        prepare_picture(whole[: len(whole) // 2])
    assert refused.value.code == "picture_damaged"


def test_a_gif_is_refused(picture):
    with pytest.raises(PictureRefused) as refused:
        prepare_picture(picture((50, 50), "GIF", mode="P", colour=0))
    assert refused.value.code == "picture_kind"
