import pytest

from core.base.errors import Invalid
from core.catalog import queries, service
from core.catalog.errors import CategoryNotFound, PathTaken


def paths(merchant_id: str) -> dict[str, int]:
    tree = queries.flatten(queries.categories_tree(merchant_id))
    return {node.path: node.product_count for node in tree}


@pytest.fixture
def shelves(merchant):
    tea = service.create_category(merchant, name="Tea")
    green = service.create_category(merchant, name="Green", parent_id=tea)
    spring = service.create_category(merchant, name="Spring", parent_id=green)
    return tea, green, spring


def test_the_tree_names_each_shelf_with_its_parents_and_counts_what_stands_there(merchant, shelves, make_product):
    _tea, green, spring = shelves
    make_product("A", category_ids=[green])
    make_product("B", category_ids=[spring])
    hidden = make_product("C", category_ids=[spring])
    service.set_published(merchant, [hidden], False)
    assert paths(merchant) == {"Tea": 0, "Tea > Green": 1, "Tea > Green > Spring": 1}
    (top,) = queries.categories_tree(merchant)
    assert top.total_count == 2
    assert queries.categories_tree(merchant, published_only=False)[0].total_count == 3


def test_renaming_a_shelf_renames_what_is_below_and_keeps_its_address(merchant, shelves):
    tea, _green, _spring = shelves
    service.update_category(merchant, tea, name="茶", parent_id=None)
    assert list(paths(merchant)) == ["茶", "茶 > Green", "茶 > Green > Spring"]
    assert queries.category_by_slug(merchant, "tea").name == "茶"


def test_a_shelf_cannot_stand_below_itself(merchant, shelves):
    tea, _green, spring = shelves
    with pytest.raises(Invalid):
        service.update_category(merchant, tea, name="Tea", parent_id=spring)
    with pytest.raises(Invalid):
        service.merge_categories(merchant, tea, spring)


def test_two_shelves_of_one_name_in_one_place_are_refused(merchant, shelves):
    with pytest.raises(PathTaken):
        service.create_category(merchant, name="Green", parent_id=shelves[0])


def test_a_deleted_shelf_leaves_its_products_and_moves_its_children_up(merchant, shelves, make_product):
    _tea, green, _spring = shelves
    product_id = make_product(category_ids=[green])
    service.delete_category(merchant, green)
    assert list(paths(merchant)) == ["Tea", "Tea > Spring"]
    product = queries.product_by_id(merchant, product_id)
    assert product.categories == () and product.version == 2


def test_merged_shelves_hold_each_product_once(merchant, shelves, make_product):
    tea, green, spring = shelves
    make_product("A", category_ids=[green, spring])
    make_product("B", category_ids=[green])
    service.merge_categories(merchant, green, tea)
    assert paths(merchant) == {"Tea": 2, "Tea > Spring": 1}


def test_a_shelf_of_another_merchant_does_not_exist(merchant, other_merchant, shelves, make_product):
    with pytest.raises(CategoryNotFound):
        service.create_category(other_merchant, name="X", parent_id=shelves[0])
    with pytest.raises(CategoryNotFound):
        service.delete_category(other_merchant, shelves[0])
    foreign = service.create_category(other_merchant, name="Bowls")
    product_id = make_product()
    with pytest.raises(CategoryNotFound):
        service.set_product_categories(merchant, product_id, [foreign])
