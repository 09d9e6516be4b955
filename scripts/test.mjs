// The whole of CI: prepares the machine, runs every check and ends with "N passed, N failed".
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
	console.error(`The tests need Node 20 or newer to start; this is ${process.version}.`);
	process.exit(1);
}
const { test } = await import('./test-steps.mjs');
await test(process.argv.slice(2));
