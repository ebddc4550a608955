// Renews a page that says `data-refresh` (in seconds): its content is fetched and put in the place of the old one. One timer, one request at a time,
// nothing while the page is hidden or someone is within the content by keyboard; what was opened stays open.
(() => {
    "use strict";
    const content = () => document.querySelector("[data-refresh]");
    let busy = false;

    const opened = (root) => [...root.querySelectorAll("details")].map((details) => details.open);

    const renew = async () => {
        const old = content();
        if (!old || busy || document.hidden || old.contains(document.activeElement)) return;
        busy = true;
        try {
            const answer = await fetch(location.href, { headers: { "X-Requested-With": "refresh" }, redirect: "error" });
            if (!answer.ok) return;
            const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-refresh]");
            if (!fresh) return;
            const open = opened(old);
            fresh.querySelectorAll("details").forEach((details, place) => { details.open = Boolean(open[place]); });
            old.replaceWith(document.adoptNode(fresh));
        } catch {
            // The next round tries again.
        } finally {
            busy = false;
        }
    };

    const start = content();
    if (start) setInterval(renew, Number(start.dataset.refresh) * 1000);
})();
