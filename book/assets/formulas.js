// A formula that is wider than its line is drawn smaller, as far as it stays easy to read. What is
// still too wide scrolls in its own box; then the keyboard must reach that box.
const SMALLEST = 0.7;
const SLANT = 2; // pixels by which a slanted letter leans out of its box
const boxes = () => document.querySelectorAll("span.math, div.math mjx-container");

function shrink(box) {
  const formula = box.querySelector("mjx-math");
  formula.style.fontSize = "";
  if (box.scrollWidth <= box.clientWidth + SLANT) return;
  const share = box.clientWidth / box.scrollWidth - 0.01;
  formula.style.fontSize = `${100 * Math.max(share, SMALLEST)}%`;
}

function letKeyboardScroll(box) {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
}

function fitFormulas() {
  for (const box of boxes()) {
    shrink(box);
    letKeyboardScroll(box);
  }
}

addEventListener("load", async () => {
  await MathJax.startup.promise;
  await document.fonts.ready;
  fitFormulas();
  addEventListener("resize", fitFormulas);
});
