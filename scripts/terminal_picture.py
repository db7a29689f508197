"""Draws what a command printed as a picture of a terminal.

    sextant read … | python3 scripts/terminal_picture.py '$ sextant read …' > docs/pictures/read.svg

Text stays text, spaces as no-break ones, and the picture follows the reader's light or dark mode.
"""

import html
import sys
import unicodedata

lines = [*sys.argv[1:], *sys.stdin.read().rstrip("\n").split("\n")]
size, width, height, margin = 13, 7.83, 18, 16


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


page = (2 * margin + max(map(columns, lines)) * width, 2 * margin + len(lines) * height)
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {page[0]:.0f} {page[1]:.0f}" width="{page[0]:.0f}" role="img">')
print("<style>rect{fill:#fbfbf9}text{fill:#222}.command{font-weight:bold}"
      "@media(prefers-color-scheme:dark){rect{fill:#1b1b1d}text{fill:#ddd}}</style>")
print('<rect width="100%" height="100%" rx="6"/>')
print(f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{size}" xml:space="preserve">')
for number, line in enumerate(lines):
    kind = ' class="command"' if number < len(sys.argv) - 1 else ""
    print(f'<text x="{margin}" y="{margin + (number + 0.75) * height:.1f}"{kind}>{html.escape(line).replace(" ", chr(160))}</text>')
print("</g></svg>")
