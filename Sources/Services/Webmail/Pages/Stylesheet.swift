internal import Crypto
internal import Foundation

/// How pages look: one column on a phone, folders beside the mail on wider windows, light or dark as the system is.
enum Stylesheet {
    /// Where it is; another text has another address, so that browsers may keep it.
    static let url = "/style.css?" + String(SHA256.hash(data: Data(text.utf8)).description.suffix(12))

    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6e8f"/>\
        <path d="M6 11c3.5-3 6.5-3 10 0s6.5 3 10 0M6 17c3.5-3 6.5-3 10 0s6.5 3 10 0M6 23c3.5-3 6.5-3 10 0s6.5 3 10 0" \
        fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round"/></svg>
        """

    /// In place of a picture that is not fetched.
    static let blocked = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 32" width="48" height="32"><rect x="1" y="1" width="46" \
        height="30" rx="3" fill="#f1f3f6" stroke="#c8ced8"/><path d="M10 24l9-9 6 6 5-5 8 8" fill="none" stroke="#a9b2c0" \
        stroke-width="2"/><circle cx="33" cy="10" r="3" fill="#a9b2c0"/></svg>
        """

    static let text = """
        :root {
          color-scheme: light dark;
          --back: #f4f6f8; --paper: #fff; --ink: #1b2430; --soft: #5c6878; --line: #dfe4ea; --hover: #eef3f7;
          --accent: #0b6e8f; --accent-ink: #fff; --accent-soft: #e1f0f5; --warn: #a2371d; --warn-soft: #fcebe6;
          --star: #b57b00; --edge: #76838f; --quote: #7a5c1e; --shadow: 0 1px 2px rgb(20 30 45 / .06);
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --back: #12171d; --paper: #1a2129; --ink: #e4e9ef; --soft: #9aa7b6; --line: #2c3641; --hover: #222b35;
            --accent: #4fb3d3; --accent-ink: #08222c; --accent-soft: #173644; --warn: #ff9d80; --warn-soft: #3a2119;
            --star: #f0b840; --edge: #6d7c90; --quote: #d0b26a; --shadow: none;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; }
        h1 { font-size: 1.3rem; line-height: 1.3; margin: 0; overflow-wrap: anywhere; max-height: 7.8em; overflow-y: auto; }
        h1 small, h2 small { color: var(--soft); font-weight: 400; font-size: .85em; }
        h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
        small { color: var(--soft); }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
        .skip { position: absolute; left: -999px; }
        .unseen { position: absolute; width: 1px; height: 1px; min-height: 0; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .skip:focus { left: 8px; top: 8px; background: var(--paper); padding: 8px; z-index: 2; }

        button, .button, select, input, textarea { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); }
        button, .button, select { display: inline-flex; align-items: center; min-height: 36px; padding: 0 12px; cursor: pointer; white-space: nowrap; }
        button:hover, .button:hover { background: var(--hover); text-decoration: none; }
        a.button, summary.button { color: var(--ink); }
        button.primary, a.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; }
        button.primary:hover, a.primary:hover { filter: brightness(1.08); background: var(--accent); }
        button.plain { border-color: transparent; background: none; color: var(--soft); }
        button.plain:hover { color: var(--ink); background: var(--hover); }
        button.danger { color: var(--warn); }
        input, textarea { padding: 7px 10px; width: 100%; min-width: 0; }
        input, textarea, select { border-color: var(--edge); }
        input::placeholder { color: var(--soft); opacity: 1; }
        input[type=checkbox] { width: 18px; height: 18px; margin: 0; padding: 0; accent-color: var(--accent); flex: none; }
        input[type=hidden] { display: none; }

        .top { display: flex; align-items: center; gap: 16px; padding: 10px 20px; background: var(--paper); border-bottom: 1px solid var(--line); }
        .brand { display: flex; align-items: center; gap: 9px; color: var(--ink); font-weight: 650; font-size: 1.05rem; width: 204px; flex: none; }
        .brand:hover { text-decoration: none; }
        .search { display: flex; gap: 8px; flex: 1; max-width: 620px; }
        .who { display: flex; align-items: center; gap: 4px; margin-left: auto; min-width: 0; }
        .account { color: var(--soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

        .frame { display: grid; grid-template-columns: 224px minmax(0, 1fr); max-width: 1320px; }
        .side { padding: 20px 8px 20px 20px; }
        .side > .button { width: 100%; justify-content: center; min-height: 40px; margin-bottom: 14px; }
        .side ul { list-style: none; margin: 0; padding: 0; }
        .side li a { display: flex; justify-content: space-between; gap: 8px; padding: 6px 12px; border-radius: 8px; color: var(--ink); }
        .side li a span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .side li a:hover { background: var(--hover); text-decoration: none; }
        .side a[aria-current] { background: var(--accent-soft); font-weight: 600; }
        .side b { color: var(--accent); font-weight: 650; font-variant-numeric: tabular-nums; }
        .side .level-1 a { padding-left: 26px; } .side .level-2 a { padding-left: 40px; } .side .level-3 a { padding-left: 54px; }
        .side .manage a { color: var(--soft); margin-top: 10px; font-size: .92em; }
        main { padding: 20px; min-width: 0; }

        .notice { margin: 0 0 14px; padding: 9px 14px; border-radius: 8px; background: var(--accent-soft); overflow-wrap: anywhere; }
        .notice.warning { background: var(--warn-soft); color: var(--warn); }
        .heading { display: flex; flex-wrap: wrap; align-items: baseline; justify-content: space-between; gap: 2px 16px; margin-bottom: 12px; }
        .heading p { margin: 0; color: var(--soft); }
        .toolbar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-bottom: 12px; }
        .move { display: inline-flex; gap: 8px; min-width: 0; }
        .move select { max-width: 180px; min-width: 0; }
        .steps { display: inline-flex; gap: 8px; margin-left: auto; }
        .empty { padding: 56px 20px; text-align: center; color: var(--soft); background: var(--paper); border: 1px solid var(--line); border-radius: 12px; margin: 0; }
        .hint { color: var(--soft); margin: 8px 0; font-size: .93em; }

        .messages { list-style: none; margin: 0; padding: 0; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; box-shadow: var(--shadow); }
        .messages li { display: flex; align-items: center; border-bottom: 1px solid var(--line); }
        .messages li:last-child { border-bottom: 0; }
        .messages li:hover, .messages li:has(input:checked) { background: var(--hover); }
        .pick { display: flex; padding: 12px 6px 12px 14px; cursor: pointer; }
        .star { border: 0; background: none; padding: 0 8px; min-height: 40px; color: var(--soft); font-size: 1.05rem; }
        .star.on { color: var(--star); }
        .row { flex: 1; min-width: 0; display: grid; grid-template-columns: minmax(110px, 210px) minmax(0, 1fr) auto; gap: 14px; padding: 9px 16px 9px 4px; color: var(--ink); }
        .row:hover { text-decoration: none; }
        .row > span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .row .when, .row .subject { color: var(--soft); }
        .row .when { font-size: .92em; font-variant-numeric: tabular-nums; }
        .unread .from, .unread .subject { font-weight: 650; color: var(--ink); }
        .unread .from::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; background: var(--accent); margin-right: 8px; vertical-align: 1px; }
        .clip { width: 15px; height: 15px; vertical-align: -2px; fill: none; stroke: currentColor; stroke-width: 1.3; stroke-linecap: round; }
        .mark { font-style: normal; color: var(--soft); font-weight: 400; }
        .pages { display: flex; align-items: center; justify-content: center; gap: 16px; margin-top: 16px; color: var(--soft); }

        .message > header { background: var(--paper); border: 1px solid var(--line); border-radius: 12px 12px 0 0; padding: 18px 20px 14px; }
        .message dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 3px 14px; margin: 12px 0 0; }
        .message dt { color: var(--soft); }
        .message dd { margin: 0; overflow-wrap: anywhere; }
        .address { color: var(--soft); }
        .name { color: var(--ink); } .author .name { font-weight: 650; }
        .thread-link { margin: 4px 0 0; }
        .message > .notice, .message > .hint { margin: 0; border-radius: 0; border: 1px solid var(--line); border-width: 0 1px 1px; padding: 8px 20px; background: var(--paper); }
        .message > .notice.quiet { background: var(--accent-soft); }
        .body { display: block; width: 100%; margin: 0; border: 1px solid var(--line); border-top: 0; background: var(--paper); }
        .message > .body:last-of-type { border-radius: 0 0 12px 12px; }
        iframe.body { height: 68vh; min-height: 320px; background: #fff; color-scheme: light; resize: vertical; overflow: auto; }
        iframe.body.short { height: 240px; min-height: 120px; }
        iframe.body.medium { height: 440px; min-height: 120px; }
        .message > .hint.alone { padding: 4px 20px; text-align: right; }
        pre.body { unicode-bidi: plaintext; text-align: start; padding: 18px 20px; white-space: pre-wrap; overflow-wrap: anywhere; font: 15px/1.55 ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .92rem; }
        .quote { color: var(--soft); } .quote-2, .quote-4 { color: var(--quote); }
        .attachments { margin-top: 16px; }
        .attachments ul { list-style: none; margin: 8px 0 0; padding: 0; display: flex; flex-wrap: wrap; align-items: flex-start; gap: 10px; }
        .attachments li { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 8px 12px; max-width: 100%; overflow-wrap: anywhere; }
        .attachments img { display: block; max-width: 180px; max-height: 120px; border-radius: 6px; margin-bottom: 6px; }
        details.menu { position: relative; }
        details.menu > summary { list-style: none; }
        details.menu > summary::-webkit-details-marker { display: none; }
        details.menu > div { position: absolute; left: 0; z-index: 1; margin-top: 6px; padding: 8px; display: grid; gap: 2px; min-width: 260px; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; box-shadow: 0 8px 28px rgb(10 20 35 / .18); }
        details.menu > div > button, details.menu > div > a { border: 0; border-radius: 6px; padding: 7px 10px; color: var(--ink); background: none; justify-content: flex-start; }
        details.menu > div > button:hover, details.menu > div > a:hover { background: var(--hover); text-decoration: none; }
        details.menu .move { padding: 6px 10px; }

        .thread details { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; margin-bottom: 10px; padding: 0 18px; overflow: hidden; }
        .thread details[open] { padding-bottom: 16px; }
        .thread summary { display: flex; gap: 12px; align-items: baseline; padding: 12px 0; cursor: pointer; }
        .thread summary .narrow { display: none; }
        .thread summary .from { font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .thread summary .folder, .thread summary time { color: var(--soft); font-size: .92em; white-space: nowrap; }
        .thread summary time { margin-left: auto; }
        .thread .body { border-width: 1px 0 0; }
        .thread iframe.body { height: 46vh; }
        .thread .hint.alone { margin: 4px 0 0; text-align: right; }
        .thread pre.body { padding: 14px 0; }

        .compose { position: relative; }
        .compose h1 { margin-bottom: 14px; }
        .compose .above { margin: 12px 0 0; }
        .door .compose { width: 100%; max-width: 820px; }
        .door .compose .card { margin: 0 auto 20px; }
        .fields { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 8px 12px; align-items: center; }
        .fields label { color: var(--soft); }
        .from-field { display: flex; align-items: center; gap: 12px; }
        .from-field input { max-width: 260px; }
        .from-field span { color: var(--soft); overflow: hidden; text-overflow: ellipsis; }
        textarea { display: block; margin: 12px 0; padding: 14px; line-height: 1.55; resize: vertical; min-height: 40vh; }
        .files { border: 1px solid var(--line); border-radius: 10px; margin: 0 0 14px; padding: 8px 14px 14px; display: flex; flex-wrap: wrap; gap: 10px 14px; align-items: center; min-width: 0; }
        .files legend { color: var(--soft); padding: 0 6px; }
        ::file-selector-button { font: inherit; color: inherit; min-height: 34px; padding: 0 12px; margin-right: 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--paper); cursor: pointer; }
        .files input[type=file] { width: auto; max-width: 100%; border: 0; padding: 0; background: none; }
        .files small { flex-basis: 100%; }
        .carried { display: flex; align-items: center; gap: 8px; flex-basis: 100%; overflow-wrap: anywhere; }
        .carried small { flex-basis: auto; }

        .inline { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; margin: 8px 0 0; }
        .inline label { display: grid; gap: 4px; color: var(--soft); }
        .inline label.check { display: flex; align-items: center; gap: 8px; min-height: 36px; }
        .inline input:not([type=checkbox]) { width: 240px; max-width: 100%; color: var(--ink); }
        .cards { list-style: none; margin: 16px 0 0; padding: 0; display: grid; gap: 10px; }
        .cards li { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 12px 16px; }

        .door { min-height: 100vh; display: grid; place-items: center; padding: 20px; }
        .card { width: 100%; max-width: 380px; background: var(--paper); border: 1px solid var(--line); border-radius: 14px; padding: 28px; display: grid; gap: 16px; box-shadow: var(--shadow); }
        .card h1 { display: flex; align-items: center; gap: 10px; }
        .card p { margin: 0; }
        .card label { display: grid; gap: 5px; color: var(--soft); }
        .card label input { color: var(--ink); min-height: 42px; }
        .card .primary { justify-content: center; min-height: 42px; }
        .card .notice { margin: 0; }
        main > .plain-card { max-width: 560px; }

        @media (max-width: 760px) {
          .top { flex-wrap: wrap; padding: 10px 14px; gap: 8px 12px; }
          .brand { width: auto; }
          .search { order: 3; flex-basis: 100%; max-width: none; }
          .account { display: none; }
          .frame { display: block; }
          .side { display: flex; gap: 8px; align-items: center; overflow-x: auto; padding: 10px 14px; border-bottom: 1px solid var(--line); scrollbar-width: none; }
          .side > .button { width: auto; min-height: 36px; margin: 0; flex: none; }
          .side ul { display: flex; gap: 4px; }
          .side li a, .side .level-1 a, .side .level-2 a, .side .level-3 a { padding: 6px 12px; white-space: nowrap; }
          .side .manage a { margin: 0; font-size: inherit; }
          main { padding: 14px; }
          .row { grid-template-columns: minmax(0, 1fr) auto; gap: 1px 10px; padding-right: 14px; }
          .row .subject { grid-row: 2; grid-column: 1 / 3; }
          .star { padding: 0 6px; }
          .message > header { padding: 14px; }
          .thread summary { flex-wrap: wrap; gap: 0 12px; }
          .thread summary .from { flex-basis: 100%; white-space: normal; overflow-wrap: anywhere; }
          .thread summary .wide { display: none; } .thread summary .narrow { display: inline; }
          .thread details { padding: 0 14px; }
          .message > .notice, .message > .hint { padding: 8px 14px; }
          pre.body { padding: 14px; }
          details.menu { position: static; }
          details.menu > div { left: 14px; right: 14px; }
          .fields { gap: 6px 10px; }
          textarea { min-height: 50vh; }
          .from-field { flex-wrap: wrap; gap: 4px 12px; }
          .from-field input { max-width: none; }
          .inline input:not([type=checkbox]) { width: 100%; }
          input, textarea, select { font-size: 16px; }
          input[type=checkbox] { width: 20px; height: 20px; }
        }

        @media print {
          :root { --back: #fff; --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --quote: #444; color-scheme: light; }
          .top, .side, .toolbar, .skip, .pages, .hint.alone, .notice.quiet, .thread-link { display: none; }
          .frame { display: block; max-width: none; }
          main { padding: 0; }
          h1 { max-height: none; }
          .message > header, .thread details, .body, .messages { border-color: #bbb; border-radius: 0; box-shadow: none; }
        }
        """
}
