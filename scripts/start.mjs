// Kept readable for old versions of Node, so that they can say what is wrong.
const major = Number(process.versions.node.split('.')[0]);
if (major < 20) {
	console.error(`ChatIQ needs Node 20 or newer to start; this is ${process.version}.`);
	process.exit(1);
}
const { start } = await import('./start-stack.mjs');
await start(process.argv.slice(2));
