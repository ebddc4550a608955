/* Names, for those who hear a page, of controls that Unfold, Django and Select2 make without one. They make them on load: this comes after. */
"use strict";
window.addEventListener("load", () => window.setTimeout(() => {
    const name = (element, words) => {
        if (element && words && !element.hasAttribute("aria-label")) {
            element.setAttribute("aria-label", words);
        }
    };
    const rowName = (element) => (element.closest(".field-row, .form-row, [class*='field-']")?.querySelector("label, .font-semibold")?.textContent || "").replace("*", "").trim();
    const search = document.getElementById("searchbar");
    name(search, search?.placeholder);
    name(document.getElementById("searchbar-submit"), "Search");
    document.querySelectorAll("a[href='#'][x-on\\:click*='showActions']").forEach((link) => name(link, "Actions"));
    document.querySelectorAll(".vDateField").forEach((input) => name(input, `${rowName(input)}: date`));
    document.querySelectorAll(".vTimeField").forEach((input) => name(input, `${rowName(input)}: time`));
    document.querySelectorAll("a[id^='calendarlink'], a[id^='clocklink']").forEach((link) => name(link, link.querySelector("[title]")?.title));
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
        const words = select.labels[0]?.textContent.replace("*", "").trim() || rowName(select);
        const box = select.nextElementSibling;
        name(box?.querySelector(".select2-search__field"), words);
        const choice = box?.querySelector("[role='combobox']");
        if (choice && select.id) {
            const own = select.labels[0] || box.appendChild(document.createElement("span"));
            if (own !== select.labels[0]) {
                own.hidden = true;
                own.textContent = words;
            }
            own.id ||= `${select.id}-name`;
            choice.setAttribute("aria-labelledby", `${own.id} ${choice.getAttribute("aria-labelledby") || ""}`.trim());
        }
    }
}));
