"""How fast the desk is with years behind it: every list, filter and search, Today and the idle poll.

`.venv/bin/python -m benchmarks.desk [--candidates N] [--interviews N] [--database sqlite|postgresql]` serves a small
desk and a large one side by side, each in a database of its own that is thrown away, and asks them for each page by
turns: queries, p50 and p95 with four clients at once, and how much slower the large one is. By turns, because a machine
changes its speed by the minute, and a ratio must not. It exits 1 when a page needs more than twelve queries, another
number of them when it grows, or more than 150 ms (p95), or when it grows by more than half.
"""

import argparse
import contextlib
import http.client
import sys
import threading
import time
from dataclasses import dataclass, field

from benchmarks.served import Desk, database, served

SMALL = (1_000, 1_000)
CLIENTS = 4
# Each desk is asked so often in a row, so many times in turn.
IN_A_ROW, TURNS = 20, 6
WARMING = 3
MOST_QUERIES, MOST_MS, MOST_GROWTH = 12, 150.0, 1.5
# Pages this quick may double: what is measured then is the machine.
NEGLIGIBLE_MS = 20.0

PAGES = {
    "Today": "/",
    "Today, idle poll": "/?live=1",
    "candidates": "/candidates/",
    "candidates, board": "/candidates/?layout=board",
    "candidates, board of one": "/candidates/?layout=board&state=held",
    "candidates, board of position": "/candidates/?layout=board&position={position}",
    "candidates, Z first": "/candidates/?sort=-name",
    "candidates, state held": "/candidates/?state=held",
    "candidates, state to invite": "/candidates/?state=to_invite",
    "candidates, state opened": "/candidates/?state=opened",
    "candidates, needs attention": "/candidates/?state=needs_attention",
    "candidates, position": "/candidates/?position={position}",
    "candidates, tag and state": "/candidates/?tag={tag}&state=opened",
    "candidates, mine": "/candidates/?mine=1",
    "candidates, by next": "/candidates/?sort=next",
    "candidates, newest": "/candidates/?sort=-added",
    "candidates, archived": "/candidates/?archived=1",
    "candidates, search": "/candidates/?q={some}",
    "candidates, search of few": "/candidates/?q={few}",
    "candidates, search of many": "/candidates/?q=an",
    "candidates, search late name": "/candidates/?q=yuki",
    "candidates, search two words": "/candidates/?q={both}",
    "links": "/links/",
    "links, waiting": "/links/?state=waiting",
    "links, invited": "/links/?state=invited",
    "links, expired": "/links/?state=expired",
    "links, booked": "/links/?state=booked",
    "links, event type": "/links/?event_type={type}",
    "links, by expiry": "/links/?sort=expires",
    "links, by candidate": "/links/?sort=candidate",
    "links, waiting by expiry": "/links/?state=waiting&sort=expires",
    "links, mine": "/links/?mine=1",
    "links, search": "/links/?q={some}",
    "links, search of few": "/links/?q={few}",
    "interviews, upcoming": "/interviews/",
    "interviews, today": "/interviews/?view=today",
    "interviews, past": "/interviews/?view=past",
    "interviews, to mark": "/interviews/?view=unmarked",
    "interviews, no-shows": "/interviews/?view=no_show",
    "interviews, canceled": "/interviews/?view=canceled",
    "interviews, all": "/interviews/?view=all",
    "interviews, held": "/interviews/?view=past&outcome=held",
    "interviews, canceled late": "/interviews/?view=all&outcome=canceled_late",
    "interviews, interviewer": "/interviews/?view=all&interviewers={host}",
    "interviews, event type": "/interviews/?view=past&event_type={type}",
    "interviews, position": "/interviews/?view=all&position={position}",
    "interviews, search": "/interviews/?view=all&q={some}",
    "interviews, search of few": "/interviews/?view=all&q={met}",
    "interviews, search of many": "/interviews/?view=all&q=an",
    "interviews, search stranger": "/interviews/?view=all&q=stranger",
    "interviews, mine": "/interviews/?mine=1",
    "interviews, soonest of all": "/interviews/?view=all&sort=starts",
    "interviews, week": "/interviews/?view=all&layout=week",
    "interviews, ahead of interviewer": "/interviews/?interviewers={host}",
    "interviews, past of interviewer": "/interviews/?view=past&interviewers={host}",
    "interviews, ahead search of many": "/interviews/?q={ahead}",
    "interviews, canceled search": "/interviews/?view=canceled&q={met}",
    "interviews, past by candidate": "/interviews/?view=past&sort=candidate",
    "interviews, past by interview": "/interviews/?view=past&sort=interview",
    "unmatched": "/interviews/unmatched/",
    "palette, a letter": "/search/?q=a",
    "palette, a name": "/search/?q={some}",
    "palette, few": "/search/?q={few}",
    "palette, name and kind": "/search/?q={some}+tech",
    "palette, an address": "/search/?q=person77@mail27.example.com",
}  # fmt: skip


@dataclass
class Page:
    """What one desk's page cost: queries, how many rows it shows, and milliseconds of each request."""

    queries: int
    rows: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return sorted(self.times)[len(self.times) // 2]

    @property
    def p95(self) -> float:
        return sorted(self.times)[int(len(self.times) * 0.95)]


def main() -> int:
    options = arguments()
    sizes = [SMALL, (options.candidates, options.interviews)]
    with contextlib.ExitStack() as stack:
        desks = []
        for url, size in zip(options.urls or [None, None], sizes, strict=True):
            print(f"{size[0]:,} candidates, {size[1]:,} interviews", flush=True)
            address = url or stack.enter_context(database(options.database))
            desks.append(stack.enter_context(served(address, *size)))
        print(f"{'':32} queries     rows      small p50   p95      large p50   p95   growth (p50)")
        names = [name for name in PAGES if options.only in name]
        broken = sum(told(name, *measured(desks, PAGES[name])) for name in names)
    print("every limit holds" if not broken else f"{broken} pages are over a limit")
    return 1 if broken else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--interviews", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--only", default="", help="measure pages whose name contains this")
    parser.add_argument(
        "--urls", nargs=2, metavar=("SMALL", "LARGE"), help="databases to keep; they are seeded if they are empty"
    )
    return parser.parse_args()


def measured(desks: list[Desk], path: str) -> list[Page]:
    """The page of each desk, asked by turns."""
    paths = [path.format(**desk.keys) for desk in desks]
    pages = [Page(desk.queries(path)) for desk, path in zip(desks, paths, strict=True)]
    asking = [Asking(desk, path) for desk, path in zip(desks, paths, strict=True)]
    for one in asking:
        # Each connection of each process prepares what a page asks.
        for _ in range(WARMING):
            one.with_all_clients()
    for turn in range(TURNS):
        # Whoever comes second finds the machine as the first left it, so each does in turn.
        for number in (0, 1) if turn % 2 else (1, 0):
            pages[number].times += asking[number].with_all_clients()
            pages[number].rows = asking[number].rows
    return pages


class Asking:
    """A page that is asked for, by several clients at once or by one."""

    def __init__(self, desk: Desk, path: str) -> None:
        self._desk, self._path = desk, path
        self._etag = ""
        self.rows = 0

    def with_all_clients(self) -> list[float]:
        """Milliseconds of each request."""
        self._desk.catch_up()
        times: list[float] = []
        share = IN_A_ROW // CLIENTS
        clients = [threading.Thread(target=lambda: times.extend(self.ask(share))) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        return times

    def ask(self, count: int) -> list[float]:
        """The same of one client."""
        times = []
        line = http.client.HTTPConnection("127.0.0.1", self._desk.port)
        for _ in range(count):
            headers = {"Cookie": f"sessionid={self._desk.keys['session']}", "Accept": "text/html"}
            began = time.perf_counter()
            line.request("GET", self._path, headers=headers | ({"If-None-Match": self._etag} if self._etag else {}))
            response = line.getresponse()
            self.rows = response.read().count(b"data-row=")
            times.append((time.perf_counter() - began) * 1000)
            if "live=1" in self._path:
                self._etag = response.getheader("ETag") or self._etag
            if response.status not in (200, 304):
                raise SystemExit(f"{self._path}: {response.status}")
        line.close()
        return times


def told(name: str, small: Page, large: Page) -> bool:
    """Print a line of the table; whether a limit does not hold."""
    growth = large.p50 / small.p50
    wrong = [
        *(["queries"] if max(large.queries, small.queries) > MOST_QUERIES else []),
        *(["other queries"] if large.queries > small.queries else []),
        *(["slow"] if large.p95 > MOST_MS else []),
        *(["grows"] if growth > MOST_GROWTH and large.p50 > NEGLIGIBLE_MS else []),
    ]
    print(
        f"{name:32} {small.queries:3} {large.queries:3}  {small.rows:3} {large.rows:3}   "
        f"{small.p50:8.0f} {small.p95:6.0f}   {large.p50:10.0f} {large.p95:6.0f}   {growth:6.2f}  {', '.join(wrong)}",
        flush=True,
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
