/* Copies a text that is shown once. Without scripts the text can still be selected; the button appears only where it works. */
"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    const told = button.parentElement.querySelector("[data-copied]");
    const select = () => window.getSelection().selectAllChildren(source);
    source.addEventListener("focus", select);
    button.hidden = false;
    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(source.textContent.trim());
            told.textContent = "Copied.";
        } catch {
            select();
            told.textContent = "Selected: copy it with the keyboard.";
        }
        told.hidden = false;
    });
}
