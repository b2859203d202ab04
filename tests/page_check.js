// What is wrong with a page of ours for a reader who sees badly, hears it read, or types: one sentence each.
() => {
  const root = document.querySelector(".gl");
  if (!root) return ["no page of ours"];
  const wrong = [];
  const say = (text, element) => wrong.push(`${text}: ${(element.outerHTML || "").slice(0, 120)}`);
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  if (root.lang !== "fr") say("no language", root);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) wrong.push(`id twice: ${id}`);
  for (const element of root.querySelectorAll("[aria-labelledby]"))
    if (!document.getElementById(element.getAttribute("aria-labelledby"))) say("label that is not there", element);

  for (const element of root.querySelectorAll("a, button, select, input:not([type=hidden]), summary, [role=img], nav, [role=region]")) {
    const label =
      element.getAttribute("aria-label") || element.querySelector("title")?.textContent ||
      (element.labels && element.labels[0]?.textContent) || (element.matches("nav, select, input") ? "" : element.textContent);
    if (!label || !label.trim()) say("no name", element);
  }
  for (const element of root.querySelectorAll("a:not([href]), a[href='']")) say("link to nowhere", element);
  for (const element of root.querySelectorAll("svg:not([role=img])")) say("drawing without a role", element);
  for (const element of root.querySelectorAll("th:not([scope])")) say("heading cell without scope", element);

  for (const element of root.querySelectorAll("a, button, summary, select, input:not([type=hidden])")) {
    const heights = shown(element) ? [...element.getClientRects()].map((each) => each.height) : [];
    if (heights.length && Math.max(...heights) < 24) say(`target of ${Math.max(...heights).toFixed(1)} px`, element);
  }

  let level = 1;
  for (const element of root.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const own = Number(element.tagName[1]);
    if (own > level + 1 || own === 1) say(`heading after level ${level}`, element);
    level = own;
  }

  const channels = (text) => {
    const found = text.match(/rgba?\(([^)]+)\)/);
    if (!found) return null;
    const [r, g, b, a = 1] = found[1].split(/[ ,/]+/).filter(Boolean).map(Number);
    return [r, g, b, a];
  };
  const over = (top, bottom) => [0, 1, 2].map((i) => top[i] * top[3] + bottom[i] * (1 - top[3])).concat(1);
  const ground = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour && colour[3] > 0) layers.push(colour);
      if (colour && colour[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const seen = new Set();
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("style, title, option") || seen.has(element) || !shown(element)) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const back = ground(element);
    const front = over(channels(style.color), back);
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    const large = parseFloat(style.fontSize) >= 24;
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, element);
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  const article = document.querySelector("article");
  if (wide > 0 || article.scrollWidth > article.clientWidth) wrong.push(`scrolls sideways by ${Math.max(wide, article.scrollWidth - article.clientWidth)}`);
  return wrong;
}
