"""The look of the template `modern`: colors that stay readable when a mail program turns them dark, and sizes."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

PAGE, CARD, TEXT, QUIET, LINE = "#f3f4f6", "#ffffff", "#1f2937", "#4b5563", "#d1d5db"
BUTTON, BUTTON_TEXT = "#1d4ed8", "#ffffff"
FONTS = "Helvetica, Arial, sans-serif"
HEADING_SIZES = {1: "26px", 2: "21px", 3: "17px"}

# Some programs invert colors by themselves; those that ask get a dark look of our own.
DARK = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
.words p { margin: 0 0 12px; }
.words a { color: #1d4ed8; }
.summary th, .summary td { padding: 6px 4px; border-bottom: 1px solid #d1d5db; text-align: left; }
.summary .sum { text-align: right; white-space: nowrap; }
@media (prefers-color-scheme: dark) {
  body, .page { background-color: #111827 !important; }
  .card, .card > table { background: #1f2937 !important; background-color: #1f2937 !important; }
  .words div, .words p, .words h1, .words h2, .words h3, .words li { color: #f3f4f6 !important; }
  .summary table, .summary th, .summary td { color: #f3f4f6 !important; border-color: #4b5563 !important; }
  .words a { color: #93c5fd !important; }
}
"""

_PAGE = """<mjml lang="{language}">
<mj-head>
<mj-title>{title}</mj-title>
<mj-raw><meta name="color-scheme" content="light dark" />\
<meta name="supported-color-schemes" content="light dark" /></mj-raw>
<mj-attributes>
<mj-all font-family="{fonts}" />
<mj-text color="{text}" font-size="16px" line-height="24px" css-class="words" />
<mj-table color="{text}" font-size="15px" line-height="22px" css-class="summary" />
<mj-button background-color="{button}" color="{button_text}" font-size="16px" font-weight="600" border-radius="6px" \
inner-padding="12px 24px" />
<mj-divider border-color="{line}" border-width="1px" />
</mj-attributes>
<mj-style>{dark}</mj-style>
</mj-head>
<mj-body background-color="{page}" css-class="page">
<mj-section padding="12px 0"></mj-section>
<mj-section background-color="{card}" border-radius="8px" css-class="card"><mj-column>
{body}
</mj-column></mj-section>
<mj-section padding="12px 0"></mj-section>
</mj-body>
</mjml>"""


def page(body: SafeString, *, title: str, language: str) -> str:
    """The whole message as MJML; `language` as HTML names it."""
    return format_html(
        _PAGE,
        body=body,
        title=title,
        language=language,
        fonts=FONTS,
        text=TEXT,
        button=BUTTON,
        button_text=BUTTON_TEXT,
        line=LINE,
        dark=SafeString(DARK),
        page=PAGE,
        card=CARD,
    )
