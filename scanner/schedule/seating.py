"""Seats starts on a board of windows: those that must go where there is room, or all of them anew.

Members that start alike and may go to the same places are one lot, so that thousands are a handful of numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanner.schedule.board import Board
from scanner.schedule.week import Rings


@dataclass(frozen=True, slots=True)
class Target:
    """Where a start may be moved. Equal keys are one place; a ready one need not be made first; `far`: how far it is,
    the less the better."""

    key: str
    rings: Rings
    ready: bool
    far: int


@dataclass(frozen=True, slots=True)
class Lot:
    """Members that start alike, and where they may go; nowhere: they stay."""

    rings: Rings
    size: int
    targets: tuple[Target, ...] = ()

    def places(self) -> Iterator[Rings]:
        """When its members start, or may start."""
        yield self.rings
        for target in self.targets:
            yield target.rings


@dataclass(frozen=True, slots=True)
class Move:
    """So many members of the lot of that number go to one of its targets."""

    lot: int
    target: Target
    count: int


def placed(lots: Sequence[Lot], stay: Sequence[int], board: Board, most: int) -> tuple[Move, ...] | None:
    """Where those go that do not stay, on a board that holds those that do; None where one finds no place."""
    going = [number for number, lot in enumerate(lots) if stay[number] < lot.size]
    for sparing in (False, True):
        moves = _placed_by(lots, [(number, lots[number].size - stay[number]) for number in going], board, most, sparing)
        for move in moves:
            board.add(move.target.rings, -move.count)
        if sum(move.count for move in moves) == sum(lots[number].size - stay[number] for number in going):
            return tuple(moves)
    return None


def _placed_by(
    lots: Sequence[Lot], going: Sequence[tuple[int, int]], board: Board, most: int, sparing: bool
) -> list[Move]:
    """The moves of as many as find a place: ready ones, then near ones; `sparing`: those that take the most first."""
    opened: set[str] = set()
    moves: list[Move] = []
    for number, count in sorted(going, key=lambda one: (-board.weight(lots[one[0]].rings), len(lots[one[0]].targets))):
        left = count
        while left:
            best = None
            for place, target in enumerate(lots[number].targets):
                room = min(board.room(target.rings, most), left)
                if room <= 0:
                    continue
                ready = target.ready or target.key in opened
                rank = (0, 0) if ready and not sparing else (1, -room)
                score = (*rank, target.far, place)
                if best is None or score < best[0]:
                    best = (score, target, room)
            if best is None:
                break
            _, target, room = best
            board.add(target.rings, room)
            opened.add(target.key)
            moves.append(Move(number, target, room))
            left -= room
    return moves


def seated_anew(lots: Sequence[Lot], board: Board, most: int) -> tuple[tuple[Move, ...] | None, int]:
    """Everybody seated anew, for each lattice of windows: (the fewest moves that seat all, how many were seated)."""
    best: tuple[Move, ...] | None = None
    seated = 0
    for step in board.lattices([rings for lot in lots for rings in lot.places()]):
        for own_first in (False, True):
            board.clear()
            moves, count = _along(lots, board, most, step, own_first=own_first)
            seated = max(seated, count)
            if count == sum(lot.size for lot in lots):
                moves = _home(lots, moves, board, most)
                if best is None or _total(moves) < _total(best):
                    best = moves
    return best, seated


def _total(moves: Sequence[Move]) -> int:
    return sum(move.count for move in moves)


def _along(lots: Sequence[Lot], board: Board, most: int, step: int, *, own_first: bool) -> tuple[tuple[Move, ...], int]:
    """Seats who cannot move, who starts on the lattice, and then the others: at home first, or on the lattice first."""
    left = [lot.size for lot in lots]

    def at_home(numbers: Sequence[int]) -> None:
        for number in numbers:
            count = max(0, min(board.room(lots[number].rings, most), left[number]))
            board.add(lots[number].rings, count)
            left[number] -= count

    every = sorted(range(len(lots)), key=lambda number: -board.weight(lots[number].rings))
    at_home([number for number in every if not lots[number].targets])
    at_home([number for number in every if board.on(lots[number].rings, step)])
    if own_first:
        at_home(every)
    moves: list[Move] = []
    for only in (True, False):
        some = [
            Lot(lot.rings, lot.size, tuple(one for one in lot.targets if not only or board.on(one.rings, step)))
            for lot in lots
        ]
        more = _placed_by(some, [(number, left[number]) for number in every if left[number]], board, most, sparing=True)
        for move in more:
            left[move.lot] -= move.count
        moves += more
        if only:
            at_home(every)
    return tuple(moves), sum(lot.size for lot in lots) - sum(left)


def _home(lots: Sequence[Lot], moves: Sequence[Move], board: Board, most: int) -> tuple[Move, ...]:
    """The same without moves that turn out to be needless, on the board that holds all of them."""
    kept = []
    for move in moves:
        board.add(move.target.rings, -move.count)
        back = max(0, min(board.room(lots[move.lot].rings, most), move.count))
        board.add(lots[move.lot].rings, back)
        board.add(move.target.rings, move.count - back)
        if move.count > back:
            kept.append(Move(move.lot, move.target, move.count - back))
    return tuple(kept)
