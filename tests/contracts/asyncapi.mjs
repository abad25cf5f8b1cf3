// Prints of each document where it first breaks the JSON schema of AsyncAPI 3.0.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const require = createRequire(`${process.cwd()}/`);
// The schema brings its own copy of the schema of schemas.
const ajv = addFormats(new Ajv({ strict: false, meta: false }));
const valid = ajv.compile(require("@asyncapi/specs/schemas/3.0.0.json"));
const broken = {};
for (const path of process.argv.slice(2)) {
  valid(JSON.parse(readFileSync(path, "utf8")));
  broken[path] = valid.errors?.[0].instancePath ?? null;
}
console.log(JSON.stringify(broken));
