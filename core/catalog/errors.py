"""Named refusals of the catalogue.

TongbaoError
├── NotFound: ProductNotFound, CategoryNotFound, ImageNotFound
├── Refused:  ChangedMeanwhile (somebody else saved first), PathTaken (two shelves of one name)
└── Invalid:  SlugTaken, SkuTaken, VariantsInvalid, PictureRefused
"""

from __future__ import annotations

from core.base.errors import Invalid, NotFound, Refused


class ProductNotFound(NotFound):
    code = "product_not_found"


class CategoryNotFound(NotFound):
    code = "category_not_found"


class ImageNotFound(NotFound):
    code = "image_not_found"


class ChangedMeanwhile(Refused):
    code = "changed_meanwhile"


class PathTaken(Refused):
    code = "category_path_taken"


class SlugTaken(Invalid):
    code = "slug_taken"


class SkuTaken(Invalid):
    code = "sku_taken"


class VariantsInvalid(Invalid):
    code = "variants_invalid"


class PictureRefused(Invalid):
    code = "picture_refused"
