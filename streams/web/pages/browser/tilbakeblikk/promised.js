// What was promised of what is chosen, and whether it was kept. Of several groups together nothing was promised. Nothing here
// touches the page.

import { edgeOf, ratio } from "./figures.js";

// The target of a group's, or a queue's own, of a measure that history has; undefined where there is none.
function target(targets, measure, group, queue) {
  const isOf = (one) => one.measure === measure && `${one.channel}/${one.audience}` === group;
  return targets.find((one) => isOf(one) && queue && `${group}/${one.queue}` === queue) ?? targets.find((one) => isOf(one) && !one.queue);
}

export function promisesOf(targets, group, queue = null) {
  return { mean: target(targets, "mean_wait", group, queue), share: target(targets, "share_within", group, queue) };
}

// Of what is chosen where it is all of one group.
export function promisesOfAll(targets, groups) {
  if (groups.length !== 1) return { mean: undefined, share: undefined };
  const [group] = groups;
  return promisesOf(targets, group.name, !group.isWhole && group.queues.length === 1 ? group.queues[0].name : null);
}

export function within(total, share) {
  return total === null || share === undefined ? null : ratio(total.within[edgeOf(share.within_ms)], total.answered);
}

// Whether it was kept; null where that is not known.
export function isKept(target, value) {
  if (target === undefined || value === null || value === undefined) return null;
  const { at_most_ms: most, at_least: least, more_than: more } = target.limit;
  if (most !== undefined) return value <= most;
  if (least !== undefined) return value >= least;
  return more === undefined ? null : value > more;
}
