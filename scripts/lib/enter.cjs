"use strict";
// The step from the file that every Node can read into the modules that only a new one can.

module.exports = (job, args) => import("./run.mjs").then(({ run }) => run(job, args));
