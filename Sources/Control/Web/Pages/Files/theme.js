// Light or dark: as the system has it, unless somebody chose. Before anything is drawn.

(() => {
    const choices = ['auto', 'light', 'dark'];
    const names = { auto: 'Theme: as the system', light: 'Theme: light', dark: 'Theme: dark' };
    let chosen = 'auto';
    try {
        const kept = localStorage.getItem('p2pfwd-theme');
        if (choices.includes(kept)) chosen = kept;
    } catch { /* without storage, the choice lasts as long as the page */ }

    const apply = () => { document.documentElement.dataset.theme = chosen; };
    apply();

    document.addEventListener('DOMContentLoaded', () => {
        const button = document.getElementById('theme');
        const label = () => {
            button.textContent = { auto: '◐', light: '○', dark: '●' }[chosen];
            button.setAttribute('aria-label', names[chosen]);
            button.title = names[chosen];
        };
        label();
        button.addEventListener('click', () => {
            chosen = choices[(choices.indexOf(chosen) + 1) % choices.length];
            try { localStorage.setItem('p2pfwd-theme', chosen); } catch { /* as above */ }
            apply();
            label();
        });
    });
})();
