/* Unfold opens some menus by a click on elements that the keyboard does not reach: make buttons of them. And a field that asks for the focus
   gets it, which a browser may forget while a page is still being drawn. */
"use strict";
window.addEventListener("load", () => {
    if (document.activeElement === document.body || document.activeElement === null) {
        document.querySelector("[autofocus]")?.focus();
    }
});
window.addEventListener("DOMContentLoaded", () => {
    const labels = { openUserLinks: "Account menu", filterOpen: "Filters", sidebarToggle: "Hide the navigation", openCommandResults: "Search", switchTheme: "Theme", openTheme: "Theme", openRelatedWidgetWrapper: "More about this field" };
    for (const element of document.querySelectorAll("[x-on\\:click]")) {
        if (element.matches("a[href], button, input, select, textarea, [tabindex], nav, #page *[x-on\\:click\\.outside]")) {
            continue;
        }
        element.tabIndex = 0;
        element.setAttribute("role", "button");
        const known = Object.keys(labels).find((word) => element.getAttribute("x-on:click").includes(word));
        if (known && !element.textContent.trim().includes(" ") && !element.hasAttribute("aria-label")) {
            element.setAttribute("aria-label", labels[known]);
        }
        element.addEventListener("keydown", (event) => {
            if ((event.key === "Enter" || event.key === " ") && event.target === element) {
                event.preventDefault();
                element.click();
            }
        });
    }
});
