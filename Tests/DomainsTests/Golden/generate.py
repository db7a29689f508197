"""R's lazy-load database (Rdata.rdx, Rdata.rdb), put together by hand after "R Internals": the values are made up, in the columns that the R
package dslabs gives its films."""
import gzip
import pathlib
import struct
import zlib

here = pathlib.Path(__file__).parent


class Writer:
    """R's serialisation, version 3, big-endian."""

    def __init__(self):
        self.symbols = []
        self.out = b"X\n" + struct.pack(">iii", 3, 0x040101, 0x030500) + struct.pack(">i", 5) + b"UTF-8"

    def int(self, value):
        self.out += struct.pack(">i", value)

    def char(self, text):
        if text is None:
            self.int(9)
            self.int(-1)
            return
        data = text.encode()
        self.int(9 | (0x40 if data.isascii() else 0x8) << 12)
        self.int(len(data))
        self.out += data

    def symbol(self, name):
        if name in self.symbols:
            self.int(255 | (self.symbols.index(name) + 1) << 8)
            return
        self.symbols.append(name)
        self.int(1)
        self.char(name)

    def attributes(self, **pairs):
        for name, write in pairs.items():
            self.int(2 | 0x400)
            self.symbol(name.replace("_", "."))
            write()
        self.int(254)

    def texts(self, values, flags=0):
        self.int(16 | flags)
        self.int(len(values))
        for value in values:
            self.char(value)

    def ints(self, values, flags=0):
        self.int(13 | flags)
        self.int(len(values))
        for value in values:
            self.int(value)

    def reals(self, values):
        self.int(14)
        self.int(len(values))
        self.out += struct.pack(f">{len(values)}d", *values)

    def factor(self, values):
        levels = sorted(set(values))
        self.ints([levels.index(value) + 1 for value in values], 0x200 | 0x100)
        self.attributes(levels=lambda: self.texts(levels), **{"class": lambda: self.texts(["factor"])})

    def sequence(self, count, first):
        """A compact row of integers, as R keeps 1:n."""
        self.int(238)
        self.int(2)
        self.symbol("compact_intseq")
        self.int(2)
        self.symbol("base")
        self.int(2)
        self.ints([13])
        self.int(254)
        self.reals([count, first, 1])
        self.int(254)

    def list(self, members, names, **more):
        self.int(19 | 0x200)
        self.int(len(members))
        for member in members:
            member()
        self.attributes(names=lambda: self.texts(names), **more)


films = [
    (1, "Matrix, The", 1999, "Action|Sci-Fi|Thriller"), (2, "Toy Story", 1995, "Animation|Children|Comedy"),
    (3, "Amélie", 2001, "Comedy|Romance"), (4, "Untitled", None, "(no genres listed)"), (5, "Toy Story", 1995, "Comedy"),
    (6, None, None, "Drama"),
]
ratings = [
    (user, film, [4.5, 2.0, 3.5, 5.0, 1.0, 3.0][(user * 3 + film) % 6])
    for user in range(1, 13) for film in range(1, 7) if (user + film) % 4
]
NA = -(2**31)
writer = Writer()
by_id = {film[0]: film for film in films}
of = [by_id[film] for _, film, _ in ratings]
writer.list(
    [
        lambda: writer.ints([film[0] for film in of]), lambda: writer.texts([film[1] for film in of]),
        lambda: writer.ints([NA if film[2] is None else film[2] for film in of]),
        lambda: writer.factor([film[3] for film in of]), lambda: writer.ints([user for user, _, _ in ratings]),
        lambda: writer.reals([stars for _, _, stars in ratings]), lambda: writer.sequence(len(ratings), 1),
    ],
    ["movieId", "title", "year", "genres", "userId", "rating", "timestamp"],
    row_names=lambda: writer.ints([NA, -len(ratings)]), **{"class": lambda: writer.texts(["data.frame"])})
other = Writer()
other.texts(["a", None, "é"])
database, places = b"", []
for content in [other.out, writer.out]:
    chunk = struct.pack(">i", len(content)) + zlib.compress(content, 9)
    places.append([len(database), len(chunk)])
    database += chunk
index = Writer()
index.list(
    [
        lambda: index.list([lambda place=place: index.ints(place) for place in places], ["letters", "movielens"]),
        lambda: index.list([], []), lambda: index.ints([1]),
    ],
    ["variables", "references", "compressed"])
(here / "dslabs" / "data").mkdir(parents=True, exist_ok=True)
(here / "dslabs" / "data" / "Rdata.rdb").write_bytes(database)
(here / "dslabs" / "data" / "Rdata.rdx").write_bytes(gzip.compress(index.out, mtime=0))
