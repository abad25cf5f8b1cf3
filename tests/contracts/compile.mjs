// Compiles JSON schemas, and prints why Ajv in strict mode refuses one.
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const ajv = addFormats(new Ajv({ strict: true }));
const refused = {};
for (const path of process.argv.slice(2)) {
  try {
    ajv.compile(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    refused[path] = error.message;
  }
}
console.log(JSON.stringify(refused));
