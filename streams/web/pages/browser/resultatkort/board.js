// Not there yet.

import { begin } from "../frame.js";

begin({ name: "resultatkort", draw() {}, spoken() {}, newest: () => -Infinity, csv: () => [] });
