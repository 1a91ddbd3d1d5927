#ifndef P2PFWD_CREADLINE_SHIM_H
#define P2PFWD_CREADLINE_SHIM_H

#include <stdio.h>

#include <readline/history.h>
#include <readline/readline.h>

// Makes the array that readline wants of the lines that `text` may become: the first entry is the
// beginning that all of them share, a null pointer ends it. All of it is to come from malloc.
typedef char **(*creadline_completer)(const char *text, int start, int end);

// Asks for one line on the terminal, and completes the whole line with `completer`. The prompt goes
// to standard error, like everything that is no result.
//
// The result comes from malloc; a null pointer at the end of input.
static inline char *creadline_ask(const char *prompt, creadline_completer completer) {
    rl_readline_name = "p2pfwd";
    rl_outstream = stderr;
    rl_attempted_completion_function = completer;
    // A code is one word, whatever stands between its parts.
    rl_basic_word_break_characters = "";
    rl_completer_quote_characters = "";
    rl_completion_append_character = '\0';
    rl_sort_completion_matches = 0;
    return readline(prompt);
}

// Not names of files, when nothing fits.
static inline void creadline_completion_is_over(void) { rl_attempted_completion_over = 1; }

// An editor that is driven from outside: it is told when there is something to read, and never
// waits. Readline has one for the whole process. What it knows here exists once for each object file
// that uses it, so all of it belongs to one Swift file: LineEditor.swift.
struct creadline_editor {
    // Says whether a blank follows a word that is complete. `line` is what stands before the cursor.
    int (*prepare)(void *owner, const char *line);
    // The candidate at `index`, made by malloc; a null pointer behind the last one.
    char *(*candidate)(void *owner, int index);
    void *owner;
    int index;
    int is_entered;
    // What was entered; a null pointer at the end of input.
    char *line;
};

static inline struct creadline_editor *creadline_editor(void) {
    static struct creadline_editor editor;
    return &editor;
}

static inline char *creadline_editor_generate(const char *text, int state) {
    struct creadline_editor *editor = creadline_editor();
    (void)text;
    if (state == 0) editor->index = 0;
    return editor->candidate(editor->owner, editor->index++);
}

static inline char **creadline_editor_complete(const char *text, int start, int end) {
    struct creadline_editor *editor = creadline_editor();
    (void)start;
    rl_attempted_completion_over = 1;
    char before = rl_line_buffer[end];
    rl_line_buffer[end] = '\0';
    int ends_word = editor->prepare(editor->owner, rl_line_buffer);
    rl_line_buffer[end] = before;
    rl_completion_append_character = ends_word ? ' ' : '\0';
    return rl_completion_matches(text, creadline_editor_generate);
}

// The terminal is given back at once: the answer to a line is not typed into an editor.
static inline void creadline_editor_take(char *line) {
    creadline_editor()->line = line;
    creadline_editor()->is_entered = 1;
    rl_callback_handler_remove();
}

// Shows the prompt and prepares the terminal. Signals are left to the program.
static inline void creadline_editor_begin(
    const char *prompt, void *owner, int (*prepare)(void *, const char *),
    char *(*candidate)(void *, int)) {
    struct creadline_editor *editor = creadline_editor();
    editor->owner = owner;
    editor->prepare = prepare;
    editor->candidate = candidate;
    rl_readline_name = "p2pfwd";
    rl_outstream = stderr;
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_change_environment = 0;
    rl_attempted_completion_function = creadline_editor_complete;
    rl_basic_word_break_characters = " \t";
    rl_completer_word_break_characters = " \t";
    rl_completer_quote_characters = "";
    rl_sort_completion_matches = 0;
    // Neither of these questions could be answered without waiting.
    rl_completion_query_items = -1;
    rl_callback_handler_install(prompt, creadline_editor_take);
    rl_variable_bind("page-completions", "off");
}

// Gives the terminal back, whatever was typed.
static inline void creadline_editor_end(void) { rl_callback_handler_remove(); }

// Reads what was typed.
//
// Returns 1 once a line was entered, which `line` gets: made by malloc, or a null pointer at the end
// of input.
static inline int creadline_editor_read(char **line) {
    struct creadline_editor *editor = creadline_editor();
    rl_callback_read_char();
    if (!editor->is_entered) return 0;
    editor->is_entered = 0;
    *line = editor->line;
    editor->line = NULL;
    return 1;
}

// Takes the line off the screen, so that something else can be written there.
static inline void creadline_editor_hide(void) {
    rl_clear_visible_line();
    fflush(rl_outstream);
}

static inline void creadline_editor_show(void) {
    rl_on_new_line();
    rl_redisplay();
}

// Leaves what was typed as it is, and begins a new line below.
static inline void creadline_editor_abandon(void) {
    rl_free_line_state();
    rl_callback_sigcleanup();
    rl_point = rl_end;
    rl_redisplay();
    fputs("^C\n", rl_outstream);
    rl_replace_line("", 1);
    rl_point = 0;
    rl_on_new_line();
    rl_redisplay();
}

static inline void creadline_editor_resize(void) { rl_resize_terminal(); }

// Before and after the process is stopped.
static inline void creadline_editor_suspend(void) { (*rl_deprep_term_function)(); }

static inline void creadline_editor_resume(void) {
    (*rl_prep_term_function)(1);
    rl_forced_update_display();
}

static inline void creadline_history_add(const char *line) {
    using_history();
    add_history(line);
}

#endif
