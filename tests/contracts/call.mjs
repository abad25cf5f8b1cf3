// Calls functions of a module in turn, and prints what each gives.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [file, calls] = process.argv.slice(2);
const module = await import(pathToFileURL(file).href);
const given = [];
for (const [name, ...values] of JSON.parse(calls)) given.push(await module[name](...values));
console.log(JSON.stringify(given));
