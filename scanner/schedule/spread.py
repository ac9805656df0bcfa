"""Spreads starts over a week so that no window holds too many: as few as can be are moved, each of them once.

As few as possible are taken out of the windows that are too full (branch and bound, with a proof of how few it takes),
then those find other places. Where they find none, everybody is seated anew. Windows by the offsets of January and by
those of July hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.schedule.board import Board
from scanner.schedule.seating import Lot, Move, placed, seated_anew
from scanner.schedule.week import WEEK

_NODES = 3000
"""Steps of one search; what is found by then counts, and how far it may be from the fewest is said."""
_WORK = 2_000_000
"""Roughly how much is looked at in one search: large groups get fewer steps and tries."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The moves that make every window hold. `least`: so many must move whatever is done."""

    moves: tuple[Move, ...]
    least: int

    def moved(self) -> int:
        return sum(move.count for move in self.moves)


@dataclass(frozen=True, slots=True)
class NoRoom:
    """No such moves were found. `seated`: so many members found a place. `proved`: there can be none."""

    seated: int
    proved: bool


def spread(lots: Sequence[Lot], width: int, most: int) -> Spread | NoRoom:
    """Moves after which no window of `width` minutes (half-open) holds more than `most` members."""
    board = _board(lots, width)
    search = _Search(lots, board, most)
    proved = _even(lots, board) > most
    found = None if proved else search.run()
    if found is None:
        found, seated = seated_anew(lots, board, most)
        if found is None:
            return NoRoom(seated, proved)
    return Spread(found, search.least)


def least_limit(lots: Sequence[Lot], width: int, most: int) -> int:
    """The smallest number above `most` for which moves are found; as many as start together now hold without any."""
    board = _board(lots, width)
    for lot in lots:
        board.add(lot.rings, lot.size)
    low, high = max(most, _even(lots, board) - 1), board.fullest()
    while high - low > 1:
        middle = (low + high) // 2
        if isinstance(spread(lots, width, middle), Spread):
            high = middle
        else:
            low = middle
    return high


def _board(lots: Sequence[Lot], width: int) -> Board:
    return Board([rings for lot in lots for rings in lot.places()], width)


def _even(lots: Sequence[Lot], board: Board) -> int:
    """How many start in each window where all windows hold as many: with fewer there is no room, wherever they go."""
    taken = (
        sum(lot.size * min(board.cover(rings, season) for rings in lot.places()) for lot in lots) for season in (0, 1)
    )
    return -(-max(taken) // WEEK)


class _Search:
    """Takes as few members as can be out of the windows that are too full, so that all of them find another place."""

    def __init__(self, lots: Sequence[Lot], board: Board, most: int) -> None:
        self._lots = lots
        self._board = board
        self._most = most
        self._lots_at = board.members([lot.rings for lot in lots])
        self._stay = [lot.size for lot in lots]
        self._nodes = max(30, min(_NODES, 10 * _WORK // (1 + sum(map(len, self._lots_at)))))
        self._tries = max(3, _WORK // (1 + sum(len(lot.targets) for lot in lots) * 32))
        self._best: tuple[Move, ...] | None = None
        self._cost = sum(self._stay) + 1
        self._refused = False
        for lot in lots:
            board.add(lot.rings, lot.size)
        self.least = self._bound()

    def run(self) -> tuple[Move, ...] | None:
        self._step(0)
        if self._best is not None and not self._refused and self._nodes > 0 and self._tries > 0:
            self.least = self._cost  # every other way was seen to cost as much
        return self._best

    def _excess(self) -> list[tuple[int, int]]:
        """(by how many, window) of every window that is too full, the fullest first."""
        return sorted(
            ((load - self._most, window) for window, load in enumerate(self._board.loads) if load > self._most),
            key=lambda one: (-one[0], one[1]),
        )

    def _bound(self) -> int:
        """So many must still go: what is too many in windows that no lot shares."""
        seen: set[int] = set()
        total = 0
        for excess, window in self._excess():
            if seen.isdisjoint(self._lots_at[window]):
                seen.update(self._lots_at[window])
                total += excess
        return total

    def _done(self) -> bool:
        return self._nodes <= 0 or self._tries <= 0 or self._cost == self.least

    def _step(self, removed: int) -> None:
        self._nodes -= 1
        if self._done() or removed >= self._cost:
            return
        excess = self._excess()
        if not excess:
            self._tries -= 1
            moves = placed(self._lots, self._stay, self._board, self._most)
            if moves is None:
                self._refused = True
            else:
                self._best, self._cost = moves, removed
            return
        if removed + self._bound() >= self._cost:
            return
        by, window = excess[0]
        weight = dict.fromkeys(self._lots_at[window], 0)
        for one, other in excess:
            for number in self._lots_at[other]:
                if number in weight:
                    weight[number] += one
        ready = {number: self._has_ready(number) for number in weight}
        order = sorted(
            (number for number in weight if self._stay[number] and self._lots[number].targets),
            key=lambda number: (-weight[number], not ready[number], self._stay[number] > by, number),
        )
        self._take(order, by, removed)

    def _take(self, order: Sequence[int], by: int, removed: int) -> None:
        """Every way of taking `by` members out of these lots, those with more of the first one first."""
        if by == 0:
            self._step(removed)
            return
        if removed + by >= self._cost:
            return
        rest = sum(self._stay[number] for number in order[1:])
        for count in range(min(self._stay[order[0]], by) if order else -1, max(0, by - rest) - 1, -1):
            if self._done():
                return
            self._leave(order[0], count)
            self._take(order[1:], by - count, removed + count)
            self._leave(order[0], -count)

    def _leave(self, number: int, count: int) -> None:
        self._stay[number] -= count
        self._board.add(self._lots[number].rings, -count)

    def _has_ready(self, number: int) -> bool:
        return any(
            target.ready and self._board.room(target.rings, self._most) > 0 for target in self._lots[number].targets
        )
