// Not there yet.

import { begin } from "../frame.js";

begin({ name: "tilbakeblikk", draw() {}, spoken() {}, newest: () => -Infinity, csv: () => [] });
