/// Pages on which messages are read and written.
extension PageTemplates {
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
        <h1 dir="auto">{{subject}}</h1>
        {{#threadURL}}<p class="thread-link"><a href="{{threadURL}}">{{threadText}}</a></p>{{/threadURL}}
        <dl>
        <dt>From</dt><dd class="author">{{#from}}{{>people}}{{/from}}{{^from}}<b>(no sender)</b>{{/from}}</dd>
        {{#replyTo}}<dt>Reply to</dt><dd>{{>people}}</dd>{{/replyTo}}
        {{#to}}<dt>To</dt><dd>{{>people}}</dd>{{/to}}
        {{#cc}}<dt>Cc</dt><dd>{{>people}}</dd>{{/cc}}
        {{#bcc}}<dt>Bcc</dt><dd>{{>people}}</dd>{{/bcc}}
        <dt>Date</dt><dd>{{date}}</dd>
        </dl>
        </header>
        {{>bodies}}
        </article>

        """

    static let peopleTemplate = """
        {{#people}}{{#name}}<bdi class="name">{{name}}</bdi> <a class="address" href="{{url}}">&lt;<bdi>{{address}}</bdi>&gt;</a>{{/name}}{{^name}}<a class="name" href="{{url}}"><bdi>{{address}}</bdi></a>{{/name}}{{separator}}{{/people}}{{#more}} {{more}}{{/more}}
        """

    static let bodiesTemplate = """
        {{#remoteText}}<p class="notice quiet">{{remoteText}} <a href="{{remoteURL}}">Show</a></p>{{/remoteText}}
        {{#bodies}}
        {{#frameURL}}<iframe class="body{{#height}} {{height}}{{/height}}" src="{{frameURL}}" sandbox="allow-popups allow-popups-to-escape-sandbox" title="Text of the message" loading="lazy"></iframe>
        <p class="hint alone"><a href="{{aloneURL}}" target="_blank" rel="noopener">Open alone, to print</a></p>{{/frameURL}}
        {{^frameURL}}<pre class="body">{{{html}}}</pre>{{/frameURL}}
        {{#isTruncated}}<p class="hint">The message goes on; it is too long to be shown whole. Its source has all of it.</p>{{/isTruncated}}
        {{/bodies}}
        {{#isBlank}}<p class="empty">This message has no text.</p>{{/isBlank}}
        {{#hasAttachments}}
        <section class="attachments" aria-label="Attachments">
        <h2>{{attachmentsText}}</h2>
        <ul>
        {{#attachments}}
        <li>{{#pictureURL}}<a href="{{url}}"><img src="{{pictureURL}}" alt="" loading="lazy"></a>{{/pictureURL}}<a href="{{url}}" download="{{name}}"><bdi>{{name}}</bdi></a> <small>{{size}}</small></li>
        {{/attachments}}
        </ul>
        </section>
        {{/hasAttachments}}

        """

    static let threadTemplate = """
        <section class="thread">
        <div class="heading"><h1 dir="auto">{{subject}}</h1><p>{{count}}{{#listURL}} · <a href="{{listURL}}">Back</a>{{/listURL}}</p></div>
        {{#messages}}
        <details id="{{anchor}}"{{#isOpen}} open{{/isOpen}}>
        <summary><span class="from">{{#isUnread}}<span class="unseen">Unread: </span>{{/isUnread}}<bdi>{{who}}</bdi></span><span class="folder">{{folderLabel}}</span><time datetime="{{machineDate}}" title="{{date}}"><span class="wide">{{date}}</span><span class="narrow">{{shortDate}}</span></time></summary>
        <form class="toolbar" action="/mail" method="post">
        <input type="hidden" name="csrf" value="{{token}}">
        <input type="hidden" name="folder" value="{{folder}}">
        <input type="hidden" name="uid" value="{{uid}}">
        <input type="hidden" name="back" value="{{here}}">
        <a class="button" href="{{replyURL}}">Reply</a>
        {{#replyAllURL}}<a class="button" href="{{replyAllURL}}">Reply to all</a>{{/replyAllURL}}
        <a class="button" href="{{forwardURL}}">Forward</a>
        <button name="action" value="delete">{{deleteText}}</button>
        <a class="button" href="{{url}}">Open</a>
        </form>
        {{>bodies}}
        </details>
        {{/messages}}
        </section>

        """

    static let composeTemplate = """
        <form class="compose" action="/compose" method="post" enctype="multipart/form-data">
        {{^door}}<button class="unseen" name="action" value="draft" tabindex="-1" aria-hidden="true">Save as draft</button>{{/door}}
        <h1>{{heading}}</h1>
        {{#door}}
        <section class="card" aria-label="Log in">
        <p class="notice warning" role="alert">{{error}}</p>
        <input type="hidden" name="proof" value="{{proof}}">
        <label>Address<input name="user" type="text" inputmode="email" autocomplete="username" autocapitalize="none" spellcheck="false" value="{{user}}" maxlength="320" required{{^user}} autofocus{{/user}}></label>
        <label>Password<input name="password" type="password" autocomplete="current-password" maxlength="1024" required{{#user}} autofocus{{/user}}></label>
        <button class="primary" name="action" value="reopen">Log in and go on</button>
        </section>
        {{/door}}
        <input type="hidden" name="csrf" value="{{token}}" autocomplete="off">
        <input type="hidden" name="once" value="{{once}}" autocomplete="off">
        <input type="hidden" name="account" value="{{account}}" autocomplete="off">
        <input type="hidden" name="draft" value="{{draft}}" autocomplete="off">
        <input type="hidden" name="base-folder" value="{{baseFolder}}" autocomplete="off">
        <input type="hidden" name="base-uid" value="{{baseUID}}" autocomplete="off">
        <input type="hidden" name="answers" value="{{answers}}" autocomplete="off">
        <input type="hidden" name="answers-folder" value="{{answersFolder}}" autocomplete="off">
        <input type="hidden" name="answers-uid" value="{{answersUID}}" autocomplete="off">
        <input type="hidden" name="follows" value="{{follows}}" autocomplete="off">
        <div class="fields">
        <label for="name">From</label><div class="from-field"><input id="name" name="name" value="{{name}}" placeholder="Your name" autocomplete="name" maxlength="200" dir="auto"><span>{{account}}</span></div>
        <label for="to">To</label><input id="to" name="to" value="{{to}}" autocomplete="email" inputmode="email" placeholder="anna@example.org, …"{{^door}}{{^to}} autofocus{{/to}}{{/door}}>
        <label for="cc">Cc</label><input id="cc" name="cc" value="{{cc}}" inputmode="email">
        <label for="bcc">Bcc</label><input id="bcc" name="bcc" value="{{bcc}}" inputmode="email">
        <label for="subject">Subject</label><input id="subject" name="subject" value="{{subject}}" maxlength="1000" dir="auto">
        </div>
        {{^door}}{{#isLong}}<div class="toolbar above">{{>send}}</div>{{/isLong}}{{/door}}
        <textarea name="text" rows="18" aria-label="Text" dir="auto"{{^door}}{{#to}} autofocus{{/to}}{{/door}}>
        {{text}}</textarea>
        {{#door}}
        {{#carried}}<input type="hidden" name="keep" value="{{part}}">{{/carried}}
        {{/door}}
        {{^door}}
        <fieldset class="files">
        <legend>Attachments</legend>
        {{#carried}}<label class="carried"><input type="checkbox" name="keep" value="{{part}}"{{#isKept}} checked{{/isKept}}> <bdi>{{name}}</bdi> <small>{{size}}</small></label>{{/carried}}
        <input type="file" name="file" multiple aria-label="Files to attach">
        <button name="action" value="attach">Attach</button>
        <small>{{limit}}</small>
        </fieldset>
        <div class="toolbar">
        {{>send}}
        <button class="plain" name="action" value="discard">Discard</button>
        </div>
        {{/door}}
        </form>

        """

    static let sendTemplate = """
        <button class="primary" name="action" value="send">Send</button>
        <button name="action" value="draft">Save as draft</button>

        """
}
