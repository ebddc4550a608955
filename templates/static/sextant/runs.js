/* Keeps what is shown of runs that are at work as it is now. Without scripts the pages stand as they were drawn. */
"use strict";
(() => {
    const EVERY_MS = 2000;
    const page = document.getElementById("run-live");

    const refreshPage = async () => {
        const part = page.firstElementChild;
        if (part.dataset.live !== "1" || document.hidden || part.contains(document.activeElement)) return;
        const answer = await fetch(page.dataset.url, { headers: { "X-Requested-With": "fetch" } });
        if (!answer.ok || answer.redirected) return;
        const open = [...part.querySelectorAll("details")].map((details) => details.open);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".sextant-run");
        if (!fresh) return;
        [...fresh.querySelectorAll("details")].forEach((details, place) => { details.open = open[place] ?? false; });
        part.replaceWith(fresh);
    };

    const refreshRows = async () => {
        const rows = [...document.querySelectorAll("[data-run]")];
        if (!rows.length || document.hidden) return;
        const answer = await fetch(`${rows[0].dataset.liveUrl}?ids=${rows.map((row) => row.dataset.run).join(",")}`);
        if (!answer.ok || answer.redirected) return;
        const told = await answer.json();
        for (const row of rows) {
            const now = told[row.dataset.run];
            if (!now) continue;
            row.innerHTML = now.progress;
            const state = row.closest("tr").querySelector("[data-run-part='state']");
            if (state && state.innerHTML !== now.state) state.innerHTML = now.state;
            if (!now.live) row.removeAttribute("data-run");
        }
    };

    const again = async () => {
        try {
            await (page ? refreshPage() : refreshRows());
        } catch {
            /* the server is away for a moment; the next time it may answer */
        }
        setTimeout(again, EVERY_MS);
    };
    setTimeout(again, EVERY_MS);
})();
