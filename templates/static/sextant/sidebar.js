/* The sidebar stands open from 1280 pixels on, where Unfold's styles make room for it; Unfold's own script begins at 1281. */
"use strict";
document.addEventListener("alpine:init", () => {
    const isWide = () => window.matchMedia("(min-width: 1280px)").matches;
    const isWanted = () => isWide() && localStorage.getItem("sidebarOpen") !== "0";
    Alpine.data("theme", (chosen) => {
        const page = window.theme(chosen);
        page.sidebarOpen = isWanted();
        page.sidebarWasWide = isWide();
        page.sidebarToggle = function () {
            this.sidebarOpen = !this.sidebarOpen;
            if (isWide()) {
                localStorage.setItem("sidebarOpen", this.sidebarOpen ? "1" : "0");
            }
        };
        page.themeBindings["x-resize.window"] = function () {
            if (this.sidebarWasWide !== isWide()) {
                this.sidebarWasWide = isWide();
                this.sidebarOpen = isWanted();
            }
        };
        return page;
    });
});
