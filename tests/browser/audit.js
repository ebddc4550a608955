/* What is wrong with a page for those who hear it, who use the keyboard, or who see little: a list of sentences, empty for a good page. */
() => {
    const isSeen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && element.getClientRects().length > 0;
    const textOf = (element) => {
        const copy = element.cloneNode(true);
        copy.querySelectorAll(".material-symbols-outlined, [aria-hidden=true]").forEach((icon) => icon.remove());
        return copy.textContent.trim() || [...element.querySelectorAll("img[alt]")].map((image) => image.alt).join(" ").trim();
    };
    const nameOf = (element) => {
        const ids = (element.getAttribute("aria-labelledby") || "").split(/\s+/);
        return (
            element.getAttribute("aria-label") ||
            ids.map((id) => document.getElementById(id)?.textContent.trim() || "").join(" ").trim() ||
            [...(element.labels || [])].map((label) => label.textContent.trim()).join(" ").trim() ||
            (element.matches("input, select, textarea") ? "" : textOf(element)) ||
            element.title
        );
    };
    const pixel = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const colourOf = (text) => {
        pixel.clearRect(0, 0, 1, 1);
        pixel.fillStyle = text;
        pixel.fillRect(0, 0, 1, 1);
        return [...pixel.getImageData(0, 0, 1, 1).data];
    };
    const over = (top, ground) => [0, 1, 2].map((part) => (top[part] * top[3] + ground[part] * (255 - top[3])) / 255).concat(255);
    const groundOf = (element) => {
        const layers = [];
        for (let each = element; each; each = each.parentElement) {
            layers.unshift(colourOf(getComputedStyle(each).backgroundColor));
            if (layers[0][3] === 255) break;
        }
        return layers.reduce((ground, layer) => over(layer, ground), [255, 255, 255, 255]);
    };
    /* Relative luminance and contrast by WCAG 2.2. */
    const luminance = (colour) => {
        const [red, green, blue] = colour.slice(0, 3).map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (element, pseudo) => {
        const ground = groundOf(element);
        const pair = [ground, over(colourOf(getComputedStyle(element, pseudo).color), ground)].map(luminance);
        return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    };
    const wrong = [];
    for (const element of document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href], [role=button], [role=combobox], [role=meter]")) {
        if (isSeen(element) && !nameOf(element)) wrong.push(`has no name: ${element.outerHTML.slice(0, 120)}`);
    }
    for (const image of document.querySelectorAll("img:not([alt])")) wrong.push(`has no alternative text: ${image.src}`);
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    for (const id of new Set(ids.filter((each, place) => ids.indexOf(each) !== place))) wrong.push(`id twice: ${id}`);
    const headings = [...document.querySelectorAll("h1")].filter(isSeen).length;
    if (headings !== 1) wrong.push(`${headings} headings of the first order`);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const [text, element] = [texts.currentNode.textContent.trim(), texts.currentNode.parentElement];
        if (!text || !isSeen(element) || element.closest("script, style, [aria-hidden=true], .sextant-skip, :disabled")) continue;
        const needed = element.matches(".material-symbols-outlined") ? 3 : 4.5;
        if (contrast(element) < needed) wrong.push(`${contrast(element).toFixed(2)}:1 of "${text.slice(0, 40)}"`);
    }
    for (const input of document.querySelectorAll("input[placeholder], textarea[placeholder]")) {
        if (isSeen(input) && !input.value && contrast(input, "::placeholder") < 4.5) wrong.push(`${contrast(input, "::placeholder").toFixed(2)}:1 of "${input.placeholder}"`);
    }
    return wrong;
};
