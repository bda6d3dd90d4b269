// Which stretch, beside which, of which queues: what is chosen here stands in the address.

import { element, put } from "../elements.js";
import { text } from "../words.js";
import { toggled } from "./address.js";
import { BESIDE, isDate, moved, STEPS, stretch } from "./dates.js";
import { chosenName } from "./labels.js";

const said = (name, values) => text(`tilbakeblikk.${name}`, values);

function button(name, does) {
  const made = element("button", { type: "button", class: name }, said(name));
  made.addEventListener("click", () => made.getAttribute("aria-disabled") !== "true" && does());
  return made;
}

function labelled(name, field) {
  return element("label", {}, element("span", {}, said(name)), " ", field);
}

function select(name, values, wordOf, does) {
  const made = element("select", { name }, ...values.map((value) => element("option", { value }, wordOf(value))));
  made.addEventListener("change", () => does(made.value));
  return made;
}

// `now()` is what is asked for, what day it is and which groups there are; `go(values)` asks for something else.
export function controls(now, go) {
  const date = element("input", { type: "date", name: "dag", required: "" });
  date.addEventListener("change", () => isDate(date.value) && go({ dag: date.value }));
  const step = select("steg", STEPS, (of) => said(`steps.${of}`), (of) => go({ steg: of }));
  const which = select("ved", BESIDE, (of) => said(`beside.dag.${of}`), (of) => go({ ved: of }));
  const by = (n) => () => go({ dag: moved(now().at.date, now().at.step, n) });
  const [before, after] = [button("before", by(-1)), button("after", by(1))];
  const queues = element("div", { class: "groups" }), summary = element("summary", {}), loading = element("p", { class: "loading" });
  const made = element(
    "section", { class: "card asked", "aria-label": said("asked") },
    element("div", { class: "fields" }, before, after, button("today", () => go({ dag: null })), labelled("date", date), labelled("step", step), labelled("beside_label", which), loading),
    element("details", { class: "queues" }, summary, queues),
  );
  let drawn = null;
  return {
    node: made,
    fill(isLoading) {
      const { at, today, groups, chosen, names } = now();
      put(loading, isLoading ? text("loading") : "");
      if (document.activeElement !== date) date.value = at.date;
      date.max = today;
      step.value = at.step;
      beside(which, at);
      after.setAttribute("aria-disabled", String(stretch(at.date, at.step).last >= today));
      put(summary, said("chosen", { names: chosenName(at.names, chosen) }));
      const isAs = JSON.stringify([groups.map((group) => [group.name, group.queues.length])]);
      if (drawn !== isAs) queues.replaceChildren(...groups.map((group) => boxes(group, now, go)));
      drawn = isAs;
      for (const box of queues.querySelectorAll("input")) check(box, names, groups);
    },
  };
}

// A year has nothing a week before it: its months cannot be moved by weeks.
function beside(which, at) {
  for (const option of which.options) put(option, said(`beside.${at.step}.${option.value}`));
  which.options[0].hidden = at.step === "ar";
  which.value = at.step === "ar" && at.beside === "uke" ? "ar" : at.beside;
}

function boxes(group, now, go) {
  const box = (of) => {
    const input = element("input", { type: "checkbox", name: of.name });
    input.addEventListener("change", () => choose(of.name, input.checked, now(), go));
    return element("label", {}, input, " ", of.label);
  };
  return element("fieldset", {}, element("legend", {}, box(group)), ...group.queues.map(box));
}

function choose(name, isIn, { names, groups }, go) {
  const chosen = toggled(names, groups, name, isIn);
  go({ vis: chosen.length ? chosen.join(",") : null });
}

function check(box, names, groups) {
  const group = groups.find((one) => one.name === box.name || one.queues.some((queue) => queue.name === box.name));
  const isAll = names.length === 0 || names.includes(group.name);
  const some = group.queues.filter((queue) => names.includes(queue.name)).length;
  box.checked = isAll || names.includes(box.name);
  box.indeterminate = box.name === group.name && !box.checked && some > 0;
}
