// A formula wider than its line scrolls in its own box; then the keyboard must reach that box.
const boxes = () => document.querySelectorAll("span.math, div.math mjx-container");

function letKeyboardScroll() {
  for (const box of boxes()) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

addEventListener("load", async () => {
  await MathJax.startup.promise;
  letKeyboardScroll();
  addEventListener("resize", letKeyboardScroll);
});
