// What is wrong with a page of ours for a reader who sees badly, hears it read, or types: one sentence each.
() => {
  const root = document.querySelector(".gl");
  if (!root) return ["no page of ours"];
  const wrong = [];
  const say = (text, element) => wrong.push(`${text}: ${(element.outerHTML || "").slice(0, 120)}`);
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  if (root.lang !== "fr") say("no language", root);
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

  const wide = document.documentElement.scrollWidth - innerWidth;
  const article = document.querySelector("article");
  if (wide > 0 || article.scrollWidth > article.clientWidth) wrong.push(`scrolls sideways by ${Math.max(wide, article.scrollWidth - article.clientWidth)}`);
  return wrong;
}
