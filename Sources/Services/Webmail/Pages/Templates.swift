/// Pages in Mustache. Values in two braces are escaped; the three places with three braces hold HTML that was made here.
extension PageTemplates {
    static let layoutTemplate = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
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
        <li class="{{level}}"><a href="{{url}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}><span>{{label}}</span>{{#unread}}<b aria-label="{{unread}} unread">{{unread}}</b>{{/unread}}</a></li>
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
        {{#notice}}<p class="notice" role="status">{{notice}}</p>{{/notice}}
        <input type="hidden" name="proof" value="{{proof}}">
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
        <h1>{{label}}{{#search}} <small>“{{search}}”</small>{{/search}}</h1>
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
        <span class="from">{{who}}</span>
        <span class="subject">{{#isAnswered}}<i class="mark" title="Answered">↩</i> {{/isAnswered}}{{subject}}</span>
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
        {{#targets}}<option value="{{name}}">{{label}}</option>{{/targets}}
        </select>
        <button name="action" value="move">Move</button>
        </span>

        """

    static let messageTemplate = """
        <article class="message">
        <form class="toolbar" action="/mail" method="post">
        <input type="hidden" name="csrf" value="{{token}}">
        <input type="hidden" name="folder" value="{{folder}}">
        <input type="hidden" name="uid" value="{{uid}}">
        <input type="hidden" name="back" value="{{listURL}}">
        <a class="button" href="{{listURL}}">Back</a>
        {{#editURL}}<a class="button primary" href="{{editURL}}">Edit</a>{{/editURL}}
        {{^editURL}}
        <a class="button primary" href="{{replyURL}}">Reply</a>
        {{#replyAllURL}}<a class="button" href="{{replyAllURL}}">Reply to all</a>{{/replyAllURL}}
        {{/editURL}}
        <a class="button" href="{{forwardURL}}">Forward</a>
        <button name="action" value="delete">{{deleteText}}</button>
        <details class="menu">
        <summary class="button">More</summary>
        <div>
        <button name="action" value="unread">Mark as unread</button>
        <button name="action" value="{{starAction}}">{{starText}}</button>
        {{#canArchive}}<button name="action" value="archive">Archive</button>{{/canArchive}}
        {{#junkAction}}<button name="action" value="{{junkAction}}">{{junkText}}</button>{{/junkAction}}
        <a href="{{forwardFileURL}}">Forward as an attachment</a>
        {{#plainURL}}<a href="{{plainURL}}">{{plainText}}</a>{{/plainURL}}
        <a href="{{sourceURL}}">Show the source</a>
        <a href="{{saveURL}}">Save as a file</a>
        {{>move}}
        </div>
        </details>
        <span class="steps">
        {{#newerURL}}<a class="button" href="{{newerURL}}" rel="prev">Newer</a>{{/newerURL}}
        {{#olderURL}}<a class="button" href="{{olderURL}}" rel="next">Older</a>{{/olderURL}}
        </span>
        </form>
        <header>
        <h1>{{subject}}</h1>
        {{#threadURL}}<p class="thread-link"><a href="{{threadURL}}">{{threadText}}</a></p>{{/threadURL}}
        <dl>
        <dt>From</dt><dd><b>{{fromName}}</b>{{#fromAddress}} <span class="address">&lt;{{fromAddress}}&gt;</span>{{/fromAddress}}</dd>
        {{#replyTo}}<dt>Reply to</dt><dd>{{replyTo}}</dd>{{/replyTo}}
        {{#to}}<dt>To</dt><dd>{{to}}</dd>{{/to}}
        {{#cc}}<dt>Cc</dt><dd>{{cc}}</dd>{{/cc}}
        {{#bcc}}<dt>Bcc</dt><dd>{{bcc}}</dd>{{/bcc}}
        <dt>Date</dt><dd>{{date}}</dd>
        </dl>
        </header>
        {{>bodies}}
        </article>

        """

    static let bodiesTemplate = """
        {{#remoteText}}<p class="notice quiet">{{remoteText}} <a href="{{remoteURL}}">Show</a></p>{{/remoteText}}
        {{#bodies}}
        {{#frameURL}}<iframe class="body" src="{{frameURL}}" sandbox="allow-popups allow-popups-to-escape-sandbox" title="Text of the message" loading="lazy"></iframe>{{/frameURL}}
        {{^frameURL}}<pre class="body">{{{html}}}</pre>{{/frameURL}}
        {{#isTruncated}}<p class="hint">The message goes on; it is too long to be shown whole. Its source has all of it.</p>{{/isTruncated}}
        {{/bodies}}
        {{#isBlank}}<p class="empty">This message has no text.</p>{{/isBlank}}
        {{#hasAttachments}}
        <section class="attachments" aria-label="Attachments">
        <h2>{{attachmentsText}}</h2>
        <ul>
        {{#attachments}}
        <li>{{#pictureURL}}<a href="{{url}}"><img src="{{pictureURL}}" alt="" loading="lazy"></a>{{/pictureURL}}<a href="{{url}}" download="{{name}}">{{name}}</a> <small>{{size}}</small></li>
        {{/attachments}}
        </ul>
        </section>
        {{/hasAttachments}}

        """

    static let threadTemplate = """
        <section class="thread">
        <div class="heading"><h1>{{subject}}</h1><p>{{count}}{{#listURL}} · <a href="{{listURL}}">Back</a>{{/listURL}}</p></div>
        {{#messages}}
        <details{{#isOpen}} open{{/isOpen}}>
        <summary><span class="from">{{who}}</span><span class="folder">{{folderLabel}}</span><time datetime="{{machineDate}}">{{date}}</time></summary>
        <p class="hint"><a href="{{url}}">Open</a> · <a href="{{replyURL}}">Reply</a></p>
        {{>bodies}}
        </details>
        {{/messages}}
        </section>

        """

    static let composeTemplate = """
        <form class="compose" action="/compose" method="post" enctype="multipart/form-data">
        <h1>{{heading}}</h1>
        <input type="hidden" name="csrf" value="{{token}}">
        <input type="hidden" name="draft" value="{{draft}}">
        <input type="hidden" name="base-folder" value="{{baseFolder}}">
        <input type="hidden" name="base-uid" value="{{baseUID}}">
        <input type="hidden" name="answers" value="{{answers}}">
        <input type="hidden" name="answers-folder" value="{{answersFolder}}">
        <input type="hidden" name="answers-uid" value="{{answersUID}}">
        <div class="fields">
        <label for="name">From</label><div class="from-field"><input id="name" name="name" value="{{name}}" placeholder="Your name" autocomplete="name" maxlength="200"><span>{{account}}</span></div>
        <label for="to">To</label><input id="to" name="to" value="{{to}}" autocomplete="email" inputmode="email" placeholder="anna@example.org, …"{{^to}} autofocus{{/to}}>
        <label for="cc">Cc</label><input id="cc" name="cc" value="{{cc}}" inputmode="email">
        <label for="bcc">Bcc</label><input id="bcc" name="bcc" value="{{bcc}}" inputmode="email">
        <label for="subject">Subject</label><input id="subject" name="subject" value="{{subject}}" maxlength="1000">
        </div>
        <textarea name="text" rows="18" aria-label="Text"{{#to}} autofocus{{/to}}>
        {{text}}</textarea>
        <fieldset class="files">
        <legend>Attachments</legend>
        {{#carried}}<label class="carried"><input type="checkbox" name="keep" value="{{part}}" checked> {{name}} <small>{{size}}</small></label>{{/carried}}
        <input type="file" name="file" multiple aria-label="Files to attach">
        <button name="action" value="attach">Attach</button>
        <small>{{limit}}</small>
        </fieldset>
        <div class="toolbar">
        <button class="primary" name="action" value="send">Send</button>
        <button name="action" value="draft">Save as draft</button>
        <button class="plain" name="action" value="discard">Discard</button>
        </div>
        </form>

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
        <h2>{{label}} <small>{{figures}}</small></h2>
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
