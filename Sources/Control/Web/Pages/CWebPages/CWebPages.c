#include "CWebPages.h"

// It is of C23, and this compiler has it in every C.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define HTML "text/html; charset=utf-8"
#define SCRIPT "text/javascript; charset=utf-8"

static const unsigned char index_html[] = {
#embed "../Files/index.html"
};
static const unsigned char status_js[] = {
#embed "../Files/status.js"
};
static const unsigned char console_html[] = {
#embed "../Files/console.html"
};
static const unsigned char console_js[] = {
#embed "../Files/console.js"
};
static const unsigned char page_js[] = {
#embed "../Files/page.js"
};
static const unsigned char plot_js[] = {
#embed "../Files/plot.js"
};
static const unsigned char theme_js[] = {
#embed "../Files/theme.js"
};
static const unsigned char style_css[] = {
#embed "../Files/style.css"
};
static const unsigned char favicon_svg[] = {
#embed "../Files/favicon.svg"
};
// The client that others use, too: there is one.
static const unsigned char client_js[] = {
#embed "../../../../../clients/javascript/p2pfwd.js"
};

static const struct cwebpages_file files[] = {
    {"/", HTML, index_html, sizeof index_html},
    {"/status.js", SCRIPT, status_js, sizeof status_js},
    {"/console", HTML, console_html, sizeof console_html},
    {"/console.js", SCRIPT, console_js, sizeof console_js},
    {"/page.js", SCRIPT, page_js, sizeof page_js},
    {"/plot.js", SCRIPT, plot_js, sizeof plot_js},
    {"/theme.js", SCRIPT, theme_js, sizeof theme_js},
    {"/style.css", "text/css; charset=utf-8", style_css, sizeof style_css},
    {"/favicon.svg", "image/svg+xml", favicon_svg, sizeof favicon_svg},
    {"/client.js", SCRIPT, client_js, sizeof client_js},
};

const struct cwebpages_file *cwebpages_file_at(size_t index)
{
    return index < sizeof files / sizeof files[0] ? &files[index] : NULL;
}
