// Not there yet.

import { begin } from "../frame.js";

begin({ name: "ko-i-dybden", draw() {}, spoken() {}, newest: () => -Infinity, csv: () => [] });
