/* Arrow keys walk through the boxes of a neighbourhood: up and down along a side, left and right across. */
document.addEventListener("keydown", (event) => {
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-2, 0], ArrowRight: [2, 0] };
    const box = event.target.closest?.(".sextant-graph a");
    const step = steps[event.key];
    if (!step || !event.target.closest?.(".sextant-graph")) return;
    const boxes = [...document.querySelectorAll(".sextant-graph a")];
    const place = (each) => [Number(each.dataset.column), Number(each.dataset.row)];
    const [column, row] = box ? place(box) : [1, 0];
    const wanted = box ? [column + step[0], row + step[1]] : [step[0] < 0 ? 0 : 2, 0];
    const side = boxes.filter((each) => place(each)[0] === wanted[0]);
    const next = side.find((each) => place(each)[1] === wanted[1]) || (step[0] && side[side.length - 1]);
    if (next) {
        next.focus();
        event.preventDefault();
    }
});
