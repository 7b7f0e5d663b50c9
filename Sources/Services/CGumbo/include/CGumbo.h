/// HTML parsed by Gumbo in a process of its own.
///
/// Gumbo follows HTML's rules for broken markup, but it was not written for what strangers send: it stops the process at
/// an assertion that fails, recurses where markup is nested, and may take time that grows with the square of its input. So
/// it runs in a child that is made by fork, has no files, a limit of time and of memory, and may do nothing but end (on
/// kernels with seccomp). What comes back is a list of what it found, in memory that both share.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// What came of it.
enum {
    HEADWATER_HTML_PARSED = 0,
    /// The tree is larger than the memory or the list that are allowed.
    HEADWATER_HTML_TOO_LARGE = 1,
    /// The child ended before it was done: a crash, or more time than allowed.
    HEADWATER_HTML_FAILED = 2,
    /// There was no memory, or no process could be made.
    HEADWATER_HTML_UNAVAILABLE = 3,
};

/// Marks in the list.
enum {
    /// An octet (1 where the element is HTML's own, 0 where it is SVG's or MathML's), the name, the number of attributes, and
    /// of each the name and the value. Unknown elements have an empty name.
    HEADWATER_HTML_START = 1,
    /// The end of the element that was begun last.
    HEADWATER_HTML_END = 2,
    /// Text.
    HEADWATER_HTML_TEXT = 3,
};

/// A list of events; numbers are 32 bits in the machine's order, texts are a number and so many octets of UTF-8.
struct headwater_html {
    const uint8_t *events;
    size_t length;
    /// What is to be unmapped.
    void *mapping;
    size_t mapped;
};

/// Parses a document.
///
/// - Parameters:
///   - text: UTF-8; what is none becomes U+FFFD.
///   - length: octets of it.
///   - memory: octets that the tree may take.
///   - output: octets that the list may take.
///   - seconds: of processor time.
///   - result: the list, which the caller frees; only if the answer is HEADWATER_HTML_PARSED.
int headwater_html_parse(const char *text, size_t length, size_t memory, size_t output, unsigned seconds,
                         struct headwater_html *result);

void headwater_html_free(struct headwater_html *html);
