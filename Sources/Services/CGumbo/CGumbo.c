#define _GNU_SOURCE
#include "CGumbo.h"

#include <errno.h>
#include <gumbo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/// What stands at the start of the shared memory.
struct report {
    /// One of HEADWATER_HTML_…
    _Atomic int state;
    size_t length;
};

/// All that the child works with. Nothing is freed: the process is.
struct work {
    char *next;
    char *end;
    struct report *report;
    uint8_t *output;
    size_t room;
    size_t written;
};

static _Noreturn void leave(struct work *work, int state) {
    work->report->length = work->written;
    atomic_store(&work->report->state, state);
    // Seccomp's strict mode allows this call, and not exit_group.
    for (;;) syscall(SYS_exit, 0);
}

static void *take(void *context, size_t size) {
    struct work *work = context;
    size_t whole = (size + 15) & ~(size_t)15;
    if (whole < size || whole > (size_t)(work->end - work->next)) leave(work, HEADWATER_HTML_TOO_LARGE);
    void *memory = work->next;
    work->next += whole;
    return memory;
}

static void keep(void *context, void *memory) {
    (void)context;
    (void)memory;
}

static void put(struct work *work, const void *octets, size_t count) {
    if (count > work->room - work->written) leave(work, HEADWATER_HTML_TOO_LARGE);
    if (count > 0) memcpy(work->output + work->written, octets, count);
    work->written += count;
}

static void put_octet(struct work *work, uint8_t octet) { put(work, &octet, 1); }
static void put_number(struct work *work, size_t number) {
    uint32_t value = (uint32_t)number;
    put(work, &value, sizeof value);
}

static void put_text(struct work *work, const char *text) {
    size_t length = text ? strlen(text) : 0;
    put_number(work, length);
    put(work, text, length);
}

static void put_start(struct work *work, const GumboElement *element) {
    put_octet(work, HEADWATER_HTML_START);
    put_octet(work, element->tag_namespace == GUMBO_NAMESPACE_HTML);
    put_text(work, element->tag == GUMBO_TAG_UNKNOWN ? "" : gumbo_normalized_tagname(element->tag));
    size_t count = 0;
    for (unsigned i = 0; i < element->attributes.length; i++) {
        const GumboAttribute *attribute = element->attributes.data[i];
        if (attribute->attr_namespace == GUMBO_ATTR_NAMESPACE_NONE) count++;
    }
    put_number(work, count);
    for (unsigned i = 0; i < element->attributes.length; i++) {
        const GumboAttribute *attribute = element->attributes.data[i];
        if (attribute->attr_namespace != GUMBO_ATTR_NAMESPACE_NONE) continue;
        put_text(work, attribute->name);
        put_text(work, attribute->value);
    }
}

/// An element that is open, and which of its children comes next.
struct open_element {
    const GumboElement *element;
    unsigned next;
};

static void put_tree(struct work *work, const GumboNode *root) {
    size_t depth = 0, room = 256;
    struct open_element *open = take(work, room * sizeof *open);
    const GumboNode *node = root;
    for (;;) {
        if (node && (node->type == GUMBO_NODE_ELEMENT || node->type == GUMBO_NODE_TEMPLATE)) {
            put_start(work, &node->v.element);
            if (depth == room) {
                struct open_element *larger = take(work, 2 * room * sizeof *open);
                memcpy(larger, open, room * sizeof *open);
                open = larger;
                room *= 2;
            }
            open[depth].element = &node->v.element;
            open[depth].next = 0;
            depth++;
        } else if (node && (node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ||
                            node->type == GUMBO_NODE_CDATA)) {
            put_octet(work, HEADWATER_HTML_TEXT);
            put_text(work, node->v.text.text);
        }
        while (depth > 0 && open[depth - 1].next == open[depth - 1].element->children.length) {
            put_octet(work, HEADWATER_HTML_END);
            depth--;
        }
        if (depth == 0) return;
        node = open[depth - 1].element->children.data[open[depth - 1].next++];
    }
}

/// What the child does. It may call nothing that takes a lock that another thread of the parent may have had.
static _Noreturn void work_alone(struct work *work, const char *text, size_t length, unsigned seconds) {
    const int faults[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGXCPU, SIGSYS};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) signal(faults[i], SIG_DFL);
    sigset_t open;
    sigemptyset(&open);
    sigaddset(&open, SIGXCPU);
    sigprocmask(SIG_UNBLOCK, &open, NULL);
    struct rlimit time = {seconds, seconds + 1}, none = {0, 0};
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_CORE, &none);
    syscall(SYS_close_range, 0u, ~0u, 0u);
    prctl(PR_SET_SECCOMP, 1 /* SECCOMP_MODE_STRICT */);

    GumboOptions options = kGumboDefaultOptions;
    options.allocator = take;
    options.deallocator = keep;
    options.userdata = work;
    options.max_errors = 0;
    GumboOutput *tree = gumbo_parse_with_options(&options, text, length);
    put_tree(work, tree->root);
    leave(work, HEADWATER_HTML_PARSED);
}

int headwater_html_parse(const char *text, size_t length, size_t memory, size_t output, unsigned seconds,
                         struct headwater_html *result) {
    size_t shared = sizeof(struct report) + output;
    void *mapping = mmap(NULL, shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) return HEADWATER_HTML_UNAVAILABLE;
    void *arena = mmap(NULL, memory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena == MAP_FAILED) {
        munmap(mapping, shared);
        return HEADWATER_HTML_UNAVAILABLE;
    }
    struct report *report = mapping;
    atomic_store(&report->state, HEADWATER_HTML_FAILED);
    struct work work = {arena, (char *)arena + memory, report, (uint8_t *)(report + 1), output, 0};

    // No handler of ours may run in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t child = fork();
    if (child == 0) work_alone(&work, text, length, seconds);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(arena, memory);
    int state = HEADWATER_HTML_UNAVAILABLE;
    if (child > 0) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
        state = atomic_load(&report->state);
        if (report->length > output) state = HEADWATER_HTML_FAILED;
    }
    if (state != HEADWATER_HTML_PARSED) {
        munmap(mapping, shared);
        return state;
    }
    *result = (struct headwater_html){work.output, report->length, mapping, shared};
    return state;
}

void headwater_html_free(struct headwater_html *html) {
    if (html->mapping) munmap(html->mapping, html->mapped);
    *html = (struct headwater_html){NULL, 0, NULL, 0};
}
