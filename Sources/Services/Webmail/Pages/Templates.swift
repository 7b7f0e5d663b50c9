/// Pages in Mustache. Values in two braces are escaped; the three places with three braces hold HTML that was made here.
extension PageTemplates {
    static let layoutTemplate = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        {{#refresh}}<meta http-equiv="refresh" content="0;url={{refresh}}">{{/refresh}}
        <title>{{title}} · Headwater</title>
        <link rel="stylesheet" href="{{styleURL}}">
        <link rel="icon" href="/icon.svg" type="image/svg+xml">
        </head>
        <body>
        {{#isLoggedIn}}
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
        <a class="brand" href="/mail"><img src="/icon.svg" alt="" width="22" height="22">Headwater</a>
        <form class="search" action="/mail" method="get" role="search">
        <input type="hidden" name="folder" value="{{folder}}">
        <input type="search" name="q" value="{{search}}" placeholder="Search in {{folderLabel}}" aria-label="Search in {{folderLabel}}" maxlength="200">
        <button>Search</button>
        </form>
        <form class="who" action="/logout" method="post">
        <input type="hidden" name="csrf" value="{{token}}">
        <span class="account" title="{{account}}">{{account}}</span>
        <button class="plain">Log out</button>
        </form>
        </header>
        <div class="frame">
        <nav class="side" aria-label="Folders">
        <a class="button primary" href="/compose">Write</a>
        <ul>
        {{#folders}}
        <li class="{{level}}"><a href="{{url}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}><span dir="auto">{{label}}</span>{{#unread}}<b aria-label="{{unread}} unread">{{unread}}</b>{{/unread}}</a></li>
        {{/folders}}
        <li class="manage"><a href="/folders"><span>Manage folders</span></a></li>
        </ul>
        </nav>
        <main id="content">
        {{#notice}}<p class="notice" role="status">{{notice}}</p>{{/notice}}
        {{#warning}}<p class="notice warning" role="alert">{{warning}}</p>{{/warning}}
        {{{content}}}
        </main>
        </div>
        {{/isLoggedIn}}
        {{^isLoggedIn}}
        <main class="door">
        {{{content}}}
        </main>
        {{/isLoggedIn}}
        </body>
        </html>

        """

    static let logInTemplate = """
        <form class="card" action="/login" method="post">
        <h1><img src="/icon.svg" alt="" width="30" height="30">Headwater</h1>
        {{#error}}<p class="notice warning" role="alert">{{error}}</p>{{/error}}
        <input type="hidden" name="proof" value="{{proof}}">
        <input type="hidden" name="next" value="{{next}}">
        <label>Address<input name="user" type="text" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck="false" value="{{user}}" maxlength="320" required{{^user}} autofocus{{/user}}></label>
        <label>Password<input name="password" type="password" autocomplete="current-password" maxlength="1024" required{{#user}} autofocus{{/user}}></label>
        <button class="primary">Log in</button>
        </form>

        """

    static let errorTemplate = """
        <section class="card plain-card">
        <h1>{{title}}</h1>
        <p>{{text}}</p>
        <p><a class="button" href="{{link}}">{{linkText}}</a></p>
        </section>

        """

    static let listTemplate = """
        <form class="list" action="/mail" method="post">
        <input type="hidden" name="csrf" value="{{token}}">
        <input type="hidden" name="folder" value="{{folder}}">
        <input type="hidden" name="back" value="{{here}}">
        <div class="heading">
        <h1><bdi>{{label}}</bdi>{{#search}} <small>“<bdi>{{search}}</bdi>”</small>{{/search}}</h1>
        <p>{{count}}{{#search}} · <a href="{{allURL}}">Show all</a>{{/search}} · <a href="{{here}}">Refresh</a></p>
        </div>
        {{#isEmpty}}
        <p class="empty">{{emptyText}}</p>
        {{/isEmpty}}
        {{^isEmpty}}
        <div class="toolbar">
        <a class="button" href="{{selectURL}}">{{selectText}}</a>
        <button name="action" value="read">Read</button>
        <button name="action" value="unread">Unread</button>
        {{#canArchive}}<button name="action" value="archive">Archive</button>{{/canArchive}}
        <button name="action" value="delete">{{deleteText}}</button>
        <details class="menu">
        <summary class="button">More</summary>
        <div>
        <button name="action" value="flag">Flag</button>
        <button name="action" value="unflag">Unflag</button>
        {{#junkAction}}<button name="action" value="{{junkAction}}">{{junkText}}</button>{{/junkAction}}
        {{>move}}
        </div>
        </details>
        </div>
        <ol class="messages">
        {{#rows}}
        <li{{#isUnread}} class="unread"{{/isUnread}}>
        <label class="pick"><input type="checkbox" name="uid" value="{{uid}}" aria-label="Select {{subject}}"{{#isSelected}} checked{{/isSelected}}></label>
        <button class="star{{#isFlagged}} on{{/isFlagged}}" name="star" value="{{uid}}" aria-label="{{#isFlagged}}Unflag{{/isFlagged}}{{^isFlagged}}Flag{{/isFlagged}} {{subject}}">{{#isFlagged}}★{{/isFlagged}}{{^isFlagged}}☆{{/isFlagged}}</button>
        <a class="row" href="{{url}}">
        <span class="from">{{#isUnread}}<span class="unseen">Unread: </span>{{/isUnread}}<bdi>{{who}}</bdi></span>
        <span class="subject">{{#isAnswered}}<i class="mark" title="Answered">↩</i> {{/isAnswered}}<bdi>{{subject}}</bdi></span>
        <span class="when">{{#hasAttachments}}<svg class="clip" viewBox="0 0 16 16" role="img" aria-label="Has attachments"><path d="M13 7.2 7.9 12.3a3.3 3.3 0 0 1-4.7-4.7l5.4-5.4a2.2 2.2 0 0 1 3.1 3.1L6.4 10.6a1.1 1.1 0 0 1-1.5-1.5l4.7-4.7"/></svg> {{/hasAttachments}}<time datetime="{{machineDate}}" title="{{longDate}}">{{date}}</time></span>
        </a>
        </li>
        {{/rows}}
        </ol>
        {{#isPaged}}
        <nav class="pages" aria-label="Pages">
        {{#newerURL}}<a class="button" href="{{newerURL}}" rel="prev">Newer</a>{{/newerURL}}
        <span>{{pageText}}</span>
        {{#olderURL}}<a class="button" href="{{olderURL}}" rel="next">Older</a>{{/olderURL}}
        </nav>
        {{/isPaged}}
        {{/isEmpty}}
        </form>

        """

    static let moveTemplate = """
        <span class="move">
        <select name="target" aria-label="Folder to move to">
        <option value="">Move to…</option>
        {{#targets}}<option value="{{name}}">{{label}}</option>{{/targets}}
        </select>
        <button name="action" value="move">Move</button>
        </span>

        """

    static let foldersTemplate = """
        <section class="manage-folders">
        <div class="heading"><h1>Folders</h1></div>
        <form class="inline" action="/folders" method="post">
        <input type="hidden" name="csrf" value="{{token}}">
        <label>New folder<input name="name" maxlength="200" placeholder="Work/Projects" required></label>
        <button class="primary" name="action" value="create">Make</button>
        </form>
        <ul class="cards">
        {{#folders}}
        <li>
        <h2><bdi>{{label}}</bdi> <small>{{figures}}</small></h2>
        {{#canEmpty}}
        <form class="inline" action="/folders" method="post">
        <input type="hidden" name="csrf" value="{{token}}"><input type="hidden" name="folder" value="{{name}}">
        <button name="action" value="empty">Empty it</button><small>What is in it is removed for good.</small>
        </form>
        {{/canEmpty}}
        {{#canChange}}
        <form class="inline" action="/folders" method="post">
        <input type="hidden" name="csrf" value="{{token}}"><input type="hidden" name="folder" value="{{name}}">
        <input name="name" value="{{name}}" aria-label="New name of {{label}}" maxlength="200" required>
        <button name="action" value="rename">Rename</button>
        </form>
        <form class="inline" action="/folders" method="post">
        <input type="hidden" name="csrf" value="{{token}}"><input type="hidden" name="folder" value="{{name}}">
        <label class="check"><input type="checkbox" name="sure" value="yes"> with all that is in it</label>
        <button class="danger" name="action" value="delete">Delete</button>
        </form>
        {{/canChange}}
        </li>
        {{/folders}}
        </ul>
        </section>

        """
}
