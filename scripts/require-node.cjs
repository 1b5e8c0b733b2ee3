// Old JavaScript on purpose: it must run, and say its one line, on any Node.js there is.
var required = require("../package.json").engines.node.replace(/[^0-9.]/g, "");
var present = process.versions.node;

function isOlder(a, b) {
  var left = a.split(".");
  var right = b.split(".");
  for (var i = 0; i < 3; i += 1) {
    if (Number(left[i]) !== Number(right[i])) return Number(left[i]) < Number(right[i]);
  }
  return false;
}

if (isOlder(present, required)) {
  var hint = "`npm ci` brings a newer one along where install scripts may run.";
  console.error("runpass needs Node.js " + required + " or newer; this is " + present + ". " + hint);
  process.exit(1);
}
