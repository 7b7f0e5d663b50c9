/// The look of a report. Holds no `<` and no `&`, so that the page stays well-formed XML.
///
/// The colours of series are eight, and three patterns of lines and six shapes of points make 24 series of them, that keep apart under the common colour-vision deficiencies (after Okabe and Ito,
/// "Color Universal Design", 2008), darkened for white and lightened for black until each has a contrast of at least
/// 3:1 against the page (WCAG 2.2, success criterion 1.4.11).
enum Stylesheet {
    /// The style sheet.
    static let text = [colors, page, tables, charts, print].joined(separator: "\n")

    /// The palette as custom properties: light first, dark after its media query.
    static let colors = """
        :root { color-scheme: light dark;
          --surface: #ffffff; --raised: #f4f5f7; --text: #1a1d21; --muted: #555c66; --rule: #d5d9df; --grid: #e4e7eb;
          --link: #0b5cad; --best: #e3f3ea; --marker: #40464f;
          --c0: #005a94; --c1: #d55e00; --c2: #00845f; --c3: #b0478a; --c4: #9a7200; --c5: #2f9bd8; --c6: #6b4fb3;
          --c7: #5d646e; --b0: #d23b3b; --b1: #b58900; --b2: #6b7280; }
        @media (prefers-color-scheme: dark) { :root {
          --surface: #14171b; --raised: #1f242a; --text: #e8eaed; --muted: #a9b1bc; --rule: #3b424b; --grid: #2b3138;
          --link: #7db8f5; --best: #16382a; --marker: #c5ccd6;
          --c0: #2f8fe0; --c1: #f2894a; --c2: #2fbf94; --c3: #e08fc0; --c4: #e0b43a; --c5: #a6def9; --c6: #b39ddb;
          --c7: #a9b1bc; --b0: #ff6b6b; --b1: #e6c04a; --b2: #9aa3ae; } }
        """

    private static let page = """
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 1120px; padding: 24px 16px 64px; background: var(--surface);
          color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          -webkit-text-size-adjust: 100%; overflow-wrap: break-word; }
        h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
        h2 { margin: 40px 0 8px; padding-top: 16px; border-top: 1px solid var(--rule); font-size: 1.3rem; }
        h3 { margin: 0; font-size: 1rem; }
        p { margin: 8px 0; max-width: 75ch; }
        a { color: var(--link); }
        .subtitle, figcaption p { color: var(--muted); }
        code { font: 0.875em ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        pre { margin: 12px 0; padding: 10px 12px; background: var(--raised); border-radius: 6px; overflow-x: auto; }
        nav ul { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 16px 0 0; padding: 0; list-style: none; }
        .links { padding-left: 20px; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); gap: 10px;
          margin: 16px 0; }
        .facts div { padding: 10px 12px; background: var(--raised); border-radius: 6px; }
        dt { color: var(--muted); font-size: 0.85rem; }
        dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; }
        details { margin: 12px 0; border: 1px solid var(--rule); border-radius: 6px; padding: 0 12px; }
        summary { cursor: pointer; padding: 10px 0; font-weight: 600; }
        """

    private static let tables = """
        .scroll { margin: 8px 0 16px; overflow-x: auto; }
        .scroll:focus-visible { outline: 2px solid var(--link); }
        table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; min-width: 50%; }
        .caption { margin: 20px 0 0; color: var(--muted); font-size: 0.9rem; }
        th, td { padding: 6px 12px; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--grid); }
        th { vertical-align: bottom; white-space: normal; min-width: 72px; border-bottom: 2px solid var(--rule); }
        .number { text-align: right; }
        .best { background: var(--best); }
        .group td { border-top: 2px solid var(--rule); }
        """

    private static let charts = """
        .figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 28px 32px; margin: 20px 0; }
        figure { margin: 0; min-width: 0; }
        figure.full { grid-column: 1 / -1; }
        figcaption { margin-bottom: 8px; }
        .chart { display: block; width: 100%; height: auto; }
        .full .narrow { display: none; }
        .half .narrow { max-width: 480px; }
        @media screen and (max-width: 760px) {
          .figures { grid-template-columns: minmax(0, 1fr); }
          th, td { padding: 6px 8px; }
          .full .wide { display: none; }
          .full .narrow { display: block; max-width: 560px; }
        }
        .chart text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
          fill: var(--text); }
        .chart .tick { fill: var(--muted); font-variant-numeric: tabular-nums; }
        .chart .axis-title { font-weight: 600; }
        .chart .value { font-variant-numeric: tabular-nums; }
        .chart .label { paint-order: stroke; stroke: var(--surface); stroke-width: 4px;
          stroke-linejoin: round; }
        .chart .backing { fill: var(--surface); }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .axis { stroke: var(--muted); stroke-width: 1; }
        .leader { stroke: var(--muted); stroke-width: 1; }
        .marker { fill: none; stroke: var(--marker); stroke-width: 1.5; stroke-dasharray: 2 3; }
        .line { fill: none; stroke: var(--series); stroke-width: 2; stroke-linejoin: round; }
        .dashed { stroke-dasharray: 8 4; }
        .dotted { stroke-dasharray: 2 3; }
        .area { fill: var(--series); fill-opacity: 0.16; }
        .bar { fill: var(--series); }
        .dot { fill: var(--series); fill-opacity: 0.85; stroke: var(--surface); stroke-width: 1; }
        .band { fill: var(--band); fill-opacity: 0.32; }
        .whisker { fill: none; stroke: var(--series); stroke-width: 2; }
        .hollow { fill: var(--surface); stroke: var(--series); stroke-width: 2; }
        .strip { fill: var(--text); fill-opacity: 0; }
        .strip:hover { fill-opacity: 0.08; }
        .c0 { --series: var(--c0); } .c1 { --series: var(--c1); } .c2 { --series: var(--c2); }
        .c3 { --series: var(--c3); } .c4 { --series: var(--c4); } .c5 { --series: var(--c5); }
        .c6 { --series: var(--c6); } .c7 { --series: var(--c7); }
        .b0 { --band: var(--b0); } .b1 { --band: var(--b1); } .b2 { --band: var(--b2); }
        """

    private static let print = """
        @media print {
          body { max-width: none; padding: 0; font-size: 11pt; }
          * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          figure, tr, .facts div { break-inside: avoid; }
          h2, h3 { break-after: avoid; }
          nav { display: none; }
          .scroll { overflow: visible; }
        }
        """
}
