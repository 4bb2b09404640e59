import re

from core.audit import record
from core.base.transactions import transactional
from tests.core.web.console.conftest import words
from tests.trade import make_shop


@transactional
def done(merchant_id: str, actor_id: str | None, action: str, times: int = 1, **details) -> None:
    for _time in range(times):
        record(action, actor_id=actor_id, subject=f"shop:{merchant_id}", merchant_id=merchant_id, details=details)


def rows(html: str) -> int:
    return len(re.findall("<tr>", html.split("<tbody>", 1)[-1])) if "<tbody>" in html else 0


def test_the_owner_reads_who_did_what_in_words(app, sign_in):
    merchant_id = make_shop("tea")
    desk = sign_in(merchant_id)
    done(merchant_id, desk.person_id, "shop.plugin_changed", plugin_id="payment", enabled=True)
    done(merchant_id, None, "webhook.switched_off")
    page = words(desk.page("/console/audit"))
    assert "A plugin was switched or set up" in page and "Bank payments" in page and "The system" in page
    assert "Not of your team" not in page


def test_another_shops_trail_is_never_shown(app, sign_in):
    tea, other = make_shop("tea"), make_shop("other")
    done(other, None, "domain.claimed", host="other.example")
    assert "other.example" not in sign_in(tea).page(f"/console/audit?chain={other}&merchant={other}")


def test_filters_by_person_area_and_day(app, sign_in):
    merchant_id = make_shop("tea")
    desk = sign_in(merchant_id)
    done(merchant_id, desk.person_id, "domain.claimed")
    done(merchant_id, None, "payout.requested", 2)
    base = rows(desk.page("/console/audit"))
    assert rows(desk.page("/console/audit?area=payout")) == 2
    assert rows(desk.page(f"/console/audit?who={desk.person_id}&area=domain")) == 1
    assert rows(desk.page("/console/audit?until=2001-01-01")) == 0
    assert rows(desk.page("/console/audit?since=2001-01-01")) == base
    assert desk.get("/console/audit?since=zz&area=%27&after=x|y|z").status_code == 200


def test_long_trails_come_in_pages_without_loss(app, sign_in, count_sql):
    merchant_id = make_shop("tea")
    desk = sign_in(merchant_id)
    done(merchant_id, None, "payout.requested", 120)
    seen, path = 0, "/console/audit?area=payout"
    while path:
        count_sql.clear()
        html = desk.page(path)
        assert len(count_sql) <= 15
        seen += rows(html)
        more = re.search(r'rel="next" href="([^"]+)"', html)
        path = more.group(1).replace("&amp;", "&") if more else None
    assert seen == 120


def test_only_those_who_lead_the_team_read_it(app, sign_in):
    merchant_id = make_shop("tea")
    assert sign_in(merchant_id, "clerk").get("/console/audit").status_code == 403
