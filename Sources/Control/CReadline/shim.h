#ifndef P2PFWD_CREADLINE_SHIM_H
#define P2PFWD_CREADLINE_SHIM_H

#include <stdio.h>

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

#endif
