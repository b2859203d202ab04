// What axe-core looks at when it need not look at the whole page again.
window.glAxe = (() => {
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const every = () => [...document.body.querySelectorAll("*")].filter(shown);
  const words = (element) =>
    element.matches("input, select, textarea, button") ||
    [...element.childNodes].some((each) => each.nodeType === Node.TEXT_NODE && each.data.trim());
  let seen = new Set();
  const numbers = new Map();
  const judged = new Set();

  // A number for how an element looks: what colours it, the letters and the ground, and all that it stands in.
  const look = (element, known) => {
    if (!element) return 0;
    if (!known.has(element)) {
      const s = getComputedStyle(element);
      const said = [
        look(element.parentElement, known), element.tagName, element.getAttribute("class"), s.color, s.backgroundColor,
        s.backgroundImage, s.opacity, s.fontSize, s.fontWeight, s.position, s.textShadow, s.textDecorationLine, s.mixBlendMode,
        s.filter,
      ].join("\n");
      if (!numbers.has(said)) numbers.set(said, numbers.size + 1);
      known.set(element, numbers.get(said));
    }
    return known.get(element);
  };

  return {
    // Keeps what is shown now.
    remember() {
      seen = new Set(every());
    },
    // What is shown and was not, less what stands in another such element.
    unseen() {
      const fresh = new Set(every().filter((element) => !seen.has(element)));
      return [...fresh].filter((element) => !fresh.has(element.parentElement));
    },
    // Of the elements with words of their own, one of each look that was not judged yet: the others have its colours on its ground.
    looks() {
      const [known, one] = [new Map(), []];
      for (const element of every().filter(words)) {
        const number = look(element, known);
        if (judged.has(number)) continue;
        judged.add(number);
        one.push(element);
      }
      return one;
    },
  };
})();
