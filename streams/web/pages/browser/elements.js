// Parts of a page.

const SVG = "http://www.w3.org/2000/svg";

function dressed(made, attributes, within) {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...within);
  return made;
}

export function element(name, attributes = {}, ...within) {
  return dressed(document.createElement(name), attributes, within);
}

// Likewise, of a drawing.
export function drawn(name, attributes = {}, ...within) {
  return dressed(document.createElementNS(SVG, name), attributes, within);
}

// These two touch the page only where it changes.
export function put(node, said) {
  if (node.textContent !== said) node.textContent = said;
}

export function flag(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}
