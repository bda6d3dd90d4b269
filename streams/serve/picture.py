"""What a terminal shows as a picture (SVG), for pages that cannot run one. May import: rich."""

from io import StringIO

from rich.console import Console, RenderableType
from rich.terminal_theme import TerminalTheme

WIDTH = 120  # in characters
_THEME = TerminalTheme(
    background=(16, 20, 26),
    foreground=(222, 226, 230),
    normal=[(0, 0, 0), (213, 94, 0), (0, 158, 115), (230, 159, 0), (0, 114, 178), (204, 121, 167), (86, 180, 233)],
)
# Rich's own form fetches a font from the net, which a picture in a page is not allowed to.
_FORM = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
  <style>
    .{unique_id}-matrix {{ font: {char_height}px/{line_height}px "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
    .{unique_id}-title {{ font: bold 18px sans-serif; }}
    {styles}
  </style>
  <defs>
    <clipPath id="{unique_id}-clip-terminal">
      <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
    </clipPath>
    {lines}
  </defs>
  {chrome}
  <g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
    {backgrounds}
    <g class="{unique_id}-matrix">{matrix}</g>
  </g>
</svg>
"""


def svg(shown: RenderableType, title: str, width: int = WIDTH) -> str:
    """What a terminal would show, so many characters wide. The same gives the same text."""
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(shown)
    return console.export_svg(title=title, theme=_THEME, code_format=_FORM, unique_id="board")
